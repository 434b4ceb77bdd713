"""What has happened, and what goes on happening: history, log, events, program output."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from typing import NamedTuple, Protocol

from overseer.control.ear import Ear
from overseer.control.office import Entry, Office
from overseer.control.output import Tail
from overseer.control.protocol import Answer, done
from overseer.control.view import entry
from overseer.errors import Refused
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch

BACKLOG = 1_000  # lines kept for a client that reads slowly; then some are left out
BREATH = 0.25  # seconds between two looks at a log file


class Reader(Protocol):
    """The client, as far as one who tells it something needs it."""

    def say(self, answer: Answer) -> None: ...

    def gone(self, patience: float = 0.0) -> bool:
        """True if the client has hung up, or does within *patience* seconds."""
        ...


class Heard(NamedTuple):
    """An entry of the history that has just been made."""

    at: float
    watch: str
    kind: str
    message: str
    by: str


class Telling:
    def __init__(self, office: Office, ear: Ear) -> None:
        self._office = office
        self._ear = ear

    def history(
        self, names: Sequence[str], since: float | None, limit: int, reader: Reader
    ) -> Answer:
        found = self._office.chronicle.history(names, since, limit)
        for one in found:
            reader.say(_line(one))
        return done(count=len(found))

    def follow(
        self, names: Sequence[str], since: float | None, limit: int, reader: Reader
    ) -> Answer:
        """The history, and whatever is added to it until the client hangs up."""
        news: Queue[Heard] = Queue(BACKLOG)
        wanted = frozenset(names)

        def hear(name: str, _: Watch, __: Status, told: tuple[News, ...]) -> None:
            if not wanted or name in wanted:
                self._take(news, name, told)

        self._ear.listen(hear)
        try:
            found = self._office.chronicle.history(names, since, limit) if limit else ()
            for one in found:
                reader.say(_line(one))
            last = found[-1].at if found else 0.0
            self._pass_on(news, last, reader)
        finally:
            self._ear.forget(hear)
        return done()

    def _take(self, news: "Queue[Heard]", name: str, told: tuple[News, ...]) -> None:
        for one in told:
            try:
                news.put_nowait(
                    Heard(self._office.clock.wall(), name, one.kind, one.message, one.by)
                )
            except Full:  # the engine waits for nobody's terminal
                return

    def _pass_on(self, news: "Queue[Heard]", last: float, reader: Reader) -> None:
        while not reader.gone():
            try:
                one = news.get(timeout=BREATH)
            except Empty:
                continue
            if one.at > last:  # else it was among the history already
                reader.say(_line(one))

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
            (watch.name, Tail(path))
            for watch in self._watches(names)
            for path in self.files(watch, only_errors)
        ]
        if not tails:
            raise Refused(f"{', '.join(names)}: no log file")
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

    def _watches(self, names: Sequence[str]) -> Iterator[Watch]:
        known = self._office.engine.watches
        return (known[name] for name in names if name in known)


def last_lines(path: str | None, count: int) -> list[str]:
    """The end of a log, for those who ask once."""
    if path is None:
        return []
    tail = Tail(path)
    try:
        return tail.last(count)
    finally:
        tail.close()


def _say_all(name: str, tail: Tail, lines: Sequence[str] | Iterator[str], reader: Reader) -> None:
    for line in lines:
        reader.say({"watch": name, "file": tail.path, "say": line})


def _line(one: Entry) -> Answer:
    at = datetime.fromtimestamp(one.at, UTC).astimezone()
    return {"entry": entry(one), "say": f"{at:%Y-%m-%d %H:%M:%S} {one.watch}: {one.message}"}
