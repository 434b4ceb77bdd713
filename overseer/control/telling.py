"""What has happened, and what goes on happening: history, log, events, program output."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from overseer.control import events
from overseer.control.chronicle import Entry, Story
from overseer.control.ear import Ear
from overseer.control.feed import Feed, Heard, LeftOut, Reader
from overseer.control.moments import told
from overseer.control.office import Office
from overseer.control.output import Tail, last_lines
from overseer.control.protocol import Answer, done
from overseer.control.record import entry
from overseer.errors import Refused, UnknownName
from overseer.model.watch import Watch

BREATH = 0.25  # seconds between two looks at a log file


class Line(NamedTuple):
    """A line of the history that has just been made."""

    at: float
    watch: str
    kind: str
    message: str
    by: str
    incident: str  # "": it is not known yet
    facts: Mapping[str, Any]


class Telling:
    def __init__(self, office: Office, ear: Ear) -> None:
        self._office = office
        self._ear = ear

    def history(
        self, names: Sequence[str], since: float | None, limit: int, reader: Reader
    ) -> Answer:
        return self._say(self._office.chronicle.history(names, since, limit), reader)

    def incident(self, id: str, limit: int, reader: Reader) -> Answer:
        """All that belongs to one, whether it is over or not."""
        found = self._office.chronicle.history((), None, limit, id)
        if not found:
            raise UnknownName(f"no incident is called {id!r}; `overseer incidents` lists them")
        return self._say(found, reader)

    def incidents(self, names: Sequence[str], since: float | None, limit: int) -> Answer:
        still_open = self._office.people.open_incidents()
        found = self._office.chronicle.incidents(names, since, limit)
        return done(incidents=[_story(one, one.incident in still_open) for one in found])

    def _say(self, found: Sequence[Entry], reader: Reader) -> Answer:
        for one in found:
            reader.say(_line(one))
        return done(count=len(found))

    def follow(
        self, names: Sequence[str], since: float | None, limit: int, reader: Reader
    ) -> Answer:
        """The history, and whatever is added to it until the client hangs up."""
        with Feed(self._ear, self._office.clock, names) as feed:
            found = self._past(names, since, limit)
            for one in found:
                reader.say(_line(one))
            reader.say({"caught_up": True})
            for new in feed.until_gone(reader, found):
                reader.say(_gap(new) if isinstance(new, LeftOut) else _line(_as_entry(new)))
        return done()

    def events(
        self, names: Sequence[str], since: float | None, limit: int, reader: Reader
    ) -> Answer:
        """The same with all that is known of each event, and with what had to be left out."""
        office = self._office
        with Feed(self._ear, office.clock, names) as feed:
            found = self._past(names, since, limit)
            for one in found:
                reader.say(_told(events.past(one)))
            facts = office.facts
            reader.say(_told(events.listening(office.clock.wall(), facts.version, facts.pid)))
            for new in feed.until_gone(reader, found):
                if isinstance(new, LeftOut):
                    reader.say(_told(events.left_out(office.clock.wall(), new)))
                else:
                    reader.say(_told(events.heard(new)))
        return done()

    def _past(self, names: Sequence[str], since: float | None, limit: int) -> Sequence[Entry]:
        return self._office.chronicle.history(names, since, limit) if limit else ()

    def files(self, watch: Watch, only_errors: bool) -> list[str]:
        found = self._office.log_files(watch)
        both = (found.err_log,) if only_errors and found.err_log else (found.log, found.err_log)
        return list(dict.fromkeys(path for path in both if path))

    def paths(self, names: Sequence[str], only_errors: bool, reader: Reader) -> Answer:
        for watch in self._watches(names):
            for path in self.files(watch, only_errors):
                reader.say({"watch": watch.name, "file": path, "say": path})
        return done()

    def output(
        self, names: Sequence[str], lines: int, follow: bool, only_errors: bool, reader: Reader
    ) -> Answer:
        """The last lines of each log; with *follow* also the next, until the client hangs up."""
        tails = [
            (watch.name, Tail(self._office.log_files(watch).now.get(path) or path))
            for watch in self._watches(names)
            for path in self.files(watch, only_errors)
        ]
        if not tails:
            raise Refused(f"{', '.join(names)}: no log file")
        reader.say({"about": list(dict.fromkeys(name for name, _ in tails))})
        for one in self._office.moved_logs():
            if one.partition(":")[0] in names:
                reader.say({"moved": True, "say": one})
        try:
            for name, tail in tails:
                _say_all(name, tail, tail.last(lines), reader)
            while follow and not reader.gone(BREATH):
                for name, tail in tails:
                    _say_all(name, tail, tail.more(), reader)
        finally:
            for _, tail in tails:
                tail.close()
        return done()

    def last_lines(self, name: str, count: int) -> list[str]:
        """The end of its log, for those who ask once."""
        watch = self._office.engine.watches.get(name)
        files = self._office.log_files(watch) if watch else None
        if files is None or files.log is None:
            return []
        return last_lines(files.now.get(files.log) or files.log, count)

    def _watches(self, names: Sequence[str]) -> Iterator[Watch]:
        known = self._office.engine.watches
        return (known[name] for name in names if name in known)


def _say_all(name: str, tail: Tail, lines: Sequence[str] | Iterator[str], reader: Reader) -> None:
    for line in lines:
        reader.say({"watch": name, "file": tail.path, "say": line})


def _as_entry(one: Heard) -> Entry:
    news = one.news
    return Line(one.at, one.name, news.kind, news.message, news.by, "", events.facts_of(news))


def _story(one: Story, still_open: bool) -> Answer:
    return {
        "incident": one.incident,
        "watch": one.watch,
        "open": still_open,
        "began": told(one.began),
        "latest": told(one.latest),
        "lasted_s": round(max(0.0, one.latest - one.began), 1),
        "first": one.first,
        "last": one.last,
        "entries": one.entries,
        "error_line": one.error_line,
    }


def _gap(gap: LeftOut) -> Answer:
    return {"missing": gap.events, "say": f"({gap.events} lines left out)"}


def _told(event: Answer) -> Answer:
    return {"event": event}


def _line(one: Entry) -> Answer:
    at = datetime.fromtimestamp(one.at, UTC).astimezone()
    return {"entry": entry(one), "say": f"{at:%Y-%m-%d %H:%M:%S} {one.watch}: {one.message}"}
