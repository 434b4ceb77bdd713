"""What the engine does, passed on to one client who may read slowly."""

from collections.abc import Iterator, Sequence
from queue import Empty, Full, Queue
from types import TracebackType
from typing import NamedTuple, Protocol

from overseer.control.chronicle import Entry
from overseer.control.ear import Ear
from overseer.control.protocol import Answer
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock
from overseer.safepoint import safepoint

BACKLOG = 1_000  # events kept for a client that reads slowly; then some are left out
BREATH = 0.25  # seconds between two looks whether the client is still there
SAME = 1.0  # seconds between hearing of an event and its entry in the history, at most


class Reader(Protocol):
    """The client, as far as one who tells it something needs it."""

    def say(self, answer: Answer) -> None: ...

    def gone(self, patience: float = 0.0) -> bool:
        """True if the client has hung up, or does within *patience* seconds."""
        ...

    def begin_stream(self) -> None:
        """What follows is sent as it happens, for as long as the client likes."""
        ...


class Heard(NamedTuple):
    """News that has just been made, and where its watch was then. *at* is since the epoch."""

    at: float
    name: str
    watch: Watch
    status: Status
    news: News


class LeftOut(NamedTuple):
    """So many had to be left out, as nobody read them in time."""

    events: int


class Feed:
    """News of these watches (none named: of all) from `with` on."""

    def __init__(self, ear: Ear, clock: Clock, names: Sequence[str]) -> None:
        self._ear = ear
        self._clock = clock
        self._wanted = frozenset(names)
        self._queue: Queue[Heard] = Queue(BACKLOG)
        self._left_out = 0

    def __enter__(self) -> "Feed":
        self._ear.listen(self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ear.forget(self._hear)

    def until_gone(self, reader: Reader, past: Sequence[Entry]) -> Iterator[Heard | LeftOut]:
        """What comes in until *reader* hangs up, but nothing of *past* a second time."""
        known = list(past)
        reader.begin_stream()
        while not reader.gone():
            try:
                with safepoint.idle():
                    one = self._queue.get(timeout=BREATH)
            except Empty:
                continue
            if (twin := _twin(one, known)) is not None:
                known.remove(twin)
            else:
                yield one
            if self._left_out and self._queue.empty():
                count, self._left_out = self._left_out, 0
                yield LeftOut(count)

    def heard(self, known: list[Entry]) -> Iterator[Heard | LeftOut]:
        """What has come in, but nothing of *known* a second time; waits for nothing."""
        while not self._queue.empty():
            one = self._queue.get_nowait()
            if (twin := _twin(one, known)) is not None:
                known.remove(twin)
            else:
                yield one
        if self._left_out:
            count, self._left_out = self._left_out, 0
            yield LeftOut(count)

    def _hear(self, name: str, watch: Watch, status: Status, news: tuple[News, ...]) -> None:
        """On the engine's thread, which waits for nobody's terminal."""
        if self._wanted and name not in self._wanted:
            return
        for one in news:
            try:
                self._queue.put_nowait(Heard(self._clock.wall(), name, watch, status, one))
            except Full:
                self._left_out += 1


def _twin(one: Heard, known: Sequence[Entry]) -> Entry | None:
    """The entry of the history that is about the same: it was made while we began to listen."""
    same = (one.name, one.news.kind, one.news.message)
    return next(
        (
            entry
            for entry in known
            if (entry.watch, entry.kind, entry.message) == same and abs(entry.at - one.at) < SAME
        ),
        None,
    )
