"""What has happened, and what goes on happening: history, log, events, program output."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, NamedTuple

from overseer.control import events
from overseer.control.chronicle import Entry, Story
from overseer.control.ear import Ear
from overseer.control.feed import Feed, Heard, LeftOut, Reader
from overseer.control.moments import told
from overseer.control.office import LogFiles, Office
from overseer.control.output import MOST, Tail, last_line, last_lines
from overseer.control.protocol import Answer, done
from overseer.control.record import entry
from overseer.errors import Refused, UnknownName
from overseer.model.log_file import LogMark
from overseer.model.watch import Watch
from overseer.units import show_bytes

BREATH = 0.25  # seconds between two looks at a log file
MOST_LOOKED_THROUGH = 64 * 2**20
"""Bytes of a log for a client that chooses among its lines; of all logs where it is no admin."""
LINES_AT_ONCE = 500
END = 2**63
"""Beyond the end of any log."""


class Line(NamedTuple):
    """A line of the history that has just been made."""

    at: float
    watch: str
    kind: str
    message: str
    by: str
    incident: str  # "": it is not known yet
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be shown of logs. *lines* of each, None: all since then, for a client that
    chooses itself. *history*: with at most *limit* lines of it."""

    names: Sequence[str]
    lines: int | None = None
    since: float | None = None
    follow: bool = False
    only_errors: bool = False
    history: bool = False
    limit: int = 0
    shares: bool = False  # MOST_LOOKED_THROUGH is of all logs


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

    def output(self, asked: Asked, reader: Reader) -> Answer:
        """The last lines of each log; with *follow* also the next, until the client hangs up."""
        tails = self._tails(asked)
        if not tails and not asked.history:
            raise Refused(f"{', '.join(asked.names)}: no log file")
        written = dict.fromkeys(name for name, _ in tails)
        reader.say({"about": list(asked.names if asked.history else written)})
        with ExitStack() as stack:
            for tail in tails.values():
                stack.callback(tail.close)
            feed = Feed(self._ear, self._office.clock, asked.names)
            if asked.history:
                stack.enter_context(feed)
            known = self._say_past(tails, asked, reader)
            while asked.follow and not reader.gone(BREATH):
                for new in feed.heard(known):
                    reader.say(_gap(new) if isinstance(new, LeftOut) else _line(_as_entry(new)))
                for (name, path), tail in tails.items():
                    for line in tail.more():
                        reader.say({"watch": name, "file": path, "say": line})
        return done()

    def _say_past(
        self, tails: Mapping[tuple[str, str], Tail], asked: Asked, reader: Reader
    ) -> list[Entry]:
        """What there is now, and which lines of the history are among it."""
        past = self._past(asked.names, asked.since, asked.limit) if asked.history else ()
        for one in past:
            reader.say(_line(one))
        for said in self._office.moved_logs():
            if said.partition(":")[0] in asked.names:
                reader.say({"moved": True, "say": said})
        for (name, path), tail in tails.items():
            most = MOST_LOOKED_THROUGH // (len(tails) if asked.shares else 1)
            self._say_lines(name, path, tail, asked, most, reader)
        reader.say({"caught_up": True})
        return list(past)

    def _tails(self, asked: Asked) -> dict[tuple[str, str], Tail]:
        return {
            (watch.name, path): Tail(where(self._office.log_files(watch), path))
            for watch in self._watches(asked.names)
            for path in self.files(watch, asked.only_errors)
        }

    def _say_lines(
        self, name: str, path: str, tail: Tail, asked: Asked, most: int, reader: Reader
    ) -> None:
        """In pieces whose lines were written in the same span, as far as it is known."""
        times = self._times(name, path)
        if asked.lines is not None:
            lines: Iterable[tuple[int, str]] = tail.placed(asked.lines)
        else:
            before = (size for size, at in times if at < (asked.since or 0.0))
            lines = tail.all_since(max(before, default=0), most)
        if tail.left_out:
            bound = f"{path}: only the last {show_bytes(MOST)} are looked through"
            reader.say({"moved": True, "say": f"{bound}; --since and --grep look further"})
        for (after, until), group in groupby(lines, lambda one: span(times, one[0])):
            for piece in pieces(line for _, line in group):
                reader.say(
                    {"watch": name, "file": path, "says": piece, "after": after, "before": until}
                )
        if tail.trouble:
            reader.say({"moved": True, "say": tail.trouble})

    def _times(self, name: str, path: str) -> list[tuple[int, float]]:
        """How long the log was when."""
        office = self._office
        status = office.engine.statuses.get(name)
        begun = [one for one in (status.log, status.err) if one] if status else []
        known = [(size, at) for size, at in office.log_times(path)]
        if status and status.launched_at is not None:
            at = office.clock.wall() - office.clock.now() + status.launched_at
            known += [(one.at, at) for one in begun if one.path == path]
        return sorted([*known, (END, office.clock.wall())])

    def last_lines(self, name: str, count: int) -> list[str]:
        """The end of its log, for those who ask once."""
        watch = self._office.engine.watches.get(name)
        files = self._office.log_files(watch) if watch else None
        if files is None or files.log is None:
            return []
        return last_lines(where(files, files.log), count)

    def last_line(self, name: str) -> str:
        """Of what its last launch has printed, its errors first."""
        status = self._office.engine.statuses.get(name)
        for mark in (status.err, status.log) if status else ():
            if mark and (line := last_line(mark)):
                return line
        return ""

    def _watches(self, names: Sequence[str]) -> Iterator[Watch]:
        known = self._office.engine.watches
        return (known[name] for name in names if name in known)


def where(files: LogFiles, path: str) -> LogMark:
    """Where what is written there can be read by now."""
    return files.now.get(path) or LogMark(path)


def span(times: Sequence[tuple[int, float]], end: int) -> tuple[float | None, float | None]:
    """Between which moments a line was written that ends there."""
    place = bisect_left(times, (end, 0.0))
    after = times[place - 1][1] if place else None
    return after, times[place][1] if place < len(times) else None


def pieces(lines: Iterator[str]) -> Iterator[Sequence[str]]:
    while piece := list(islice(lines, LINES_AT_ONCE)):
        yield piece


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
