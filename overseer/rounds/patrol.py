"""The rounds of one watch: which there are, and when each is due."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overseer.conditions.base import Polled, Reading, Scene
from overseer.core import spell
from overseer.model.process import Process
from overseer.model.state import RESTART, Life
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.rounds.readying import ReadyRound
from overseer.rounds.ring import Ring
from overseer.rounds.round import Rhythm, Round

SHOW_EVERY = 15.0
"""Seconds between looks at a process that no condition asks about: for people only, who are shown a
look of the moment until then."""
SOON = 0.1
"""Seconds, at least, between two looks at what a process says, however often it speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Polled):
    """Asked of a process that nothing else measures, so that `status` has its memory and CPU."""

    needs_process = True

    def measure(self, scene: Scene) -> float | None:
        return 0.0

    def met(self, value: float) -> bool:
        return False

    def show(self, value: float) -> str:
        return ""


SHOW = Transition((), Show(interval=SHOW_EVERY))


class Patrol:
    """*rounds* are in the order of declaration: those of the state, then the lifecycle's."""

    __slots__ = (
        "_asked",
        "_began",
        "_loaded",
        "_request",
        "_rings",
        "_slots",
        "due",
        "entry",
        "process",
        "reading",
        "rounds",
        "watch",
        "worn",
    )

    def __init__(self, watch: Watch, rings: dict[float, Ring]) -> None:
        self.watch = watch
        self.entry: int | None = None
        self.process: Process | None = None  # None: nothing to measure
        self.worn = watch.program  # as which it was launched
        self.rounds: tuple[Round, ...] = ()
        self.reading: Reading | None = None  # the last one, for people
        self.due: float | None = None
        self._rings = rings
        self._slots: dict[Rhythm, int] = {}
        self._asked: dict[Place, float] = {}  # when each row was asked last
        self._began: float | None = None
        self._loaded: tuple[tuple[Transition, float], ...] = ()  # rows that came with a load
        self._request = 0  # of an operator, since whom nothing was asked in vain

    def arrange(self, watch: Watch, status: Status, now: float) -> None:
        """Go by what holds now. What has begun to hold is asked at once; but no row more often
        than once an interval, whatever states the watch goes through, or a graph that turns in a
        circle would do so as fast as it is asked."""
        another = watch is not self.watch and graph_of(watch) != graph_of(self.watch)
        if another or status.request != self._request:
            self._asked.clear()
        if self._began is None:
            self._began = now
        elif another:
            self._loaded = tuple(self._came(watch, now))
        self._request = status.request
        process = status.process if is_measured(watch, status) else None
        before = list(self.rounds)
        rounds = tuple(
            take(before, watch.name, row, transition, entry)
            for row, transition, entry in holding(watch, status, process)
        )
        rounds += tuple(readying(before, watch, status, process))
        if process != self.process:
            self.reading = None
            for one in rounds:
                if one.condition.needs_process:
                    one.meet_another_process(now)
        self.watch, self.entry, self.process, self.rounds = watch, status.entry, process, rounds
        self.worn = status.program or watch.program
        for one in rounds:  # the end of a check that restarts counts where its restarts are held
            held = one.transition.to == RESTART and bool(status.held_by)
            one.end_counts = one.transition.to is None or held
            one.loaded = self._loaded_at(one.transition)
            one.since = max(one.loaded, self._began)
            one.launched = launched_or_acted(one.transition, status)
        self._set_rhythm(now)

    def _came(self, watch: Watch, now: float) -> Iterator[tuple[Transition, float]]:
        """The rows that a load has brought, this one or one before, and when."""
        before = (*self.watch.transitions, *self.watch.lifecycle)
        yield from (came for came in self._loaded if came[0] in before)
        for row in (*watch.transitions, *watch.lifecycle):
            if row not in before:
                yield row, now

    def _loaded_at(self, row: Transition) -> float:
        """When a load brought the check; 0 where this daemon did."""
        return max((at for loaded, at in self._loaded if loaded == row), default=0.0)

    def asked(self, rounds: Iterable[Round], now: float) -> None:
        """These have been asked; when next?"""
        for one in rounds:
            first = one.slot is None
            one.slot = slot = self._slot(one, now)
            # Whatever its slot, the second look is not much sooner or later than an interval.
            after = now + one.interval / 2 if first else now
            one.due = self._rings[one.interval].due(slot, after)
            if not isinstance(one, ReadyRound):  # there each process is a beginning
                self._asked[place(one)] = now
        self._find_due()

    def hasten(self, one: Round, now: float) -> bool:
        """After an answer: True where it is to be asked again before its interval is over."""
        pace = one.pace
        if pace >= 1.0 or one.due is None or one.due <= now + one.interval * pace:
            return False
        one.due = now + one.interval * pace
        self._find_due()
        return True

    def nudge(self, now: float) -> bool:
        """True where somebody is to be asked at once."""
        listening = [one for one in self.rounds if one.condition.listens and one.due is not None]
        for one in listening:
            soon = now if isinstance(one, ReadyRound) else self._asked.get(place(one), 0.0) + SOON
            one.due = min(one.due or now, max(now, soon))
        self._find_due()
        return bool(listening)

    def dissolve(self) -> None:
        self.rounds = ()
        self._release(set())

    def _set_rhythm(self, now: float) -> None:
        for one in self.rounds:
            interval = one.condition.interval or self.watch.interval
            if interval != one.interval:
                one.interval, one.slot, one.due = interval, None, None
            if one.condition.needs_process and self.process is None:
                one.slot, one.due = None, None
            elif one.due is None:
                one.due = self._earliest(one, now)
        self._release({one.rhythm for one in self.rounds if one.slot is not None})
        self._find_due()

    def _earliest(self, one: Round, now: float) -> float:
        """A process that has just been launched is not shown to people: it is hardly there."""
        if one.transition is SHOW:
            return now + one.interval
        before = None if isinstance(one, ReadyRound) else self._asked.get(place(one))
        return now if before is None else max(now, before + one.interval)

    def _slot(self, one: Round, now: float) -> int:
        """Those of one interval are asked together, so that one look serves them all; and all
        trees of all watches, so that one pass over /proc does."""
        slot = self._slots.get(one.rhythm)
        if slot is None:
            ring = self._rings.setdefault(one.interval, Ring(one.interval))
            slot = ring.claim_first() if one.tree else ring.claim(now)
            self._slots[one.rhythm] = slot
        return slot

    def _release(self, keep: set[Rhythm]) -> None:
        for rhythm in self._slots.keys() - keep:
            ring = self._rings[rhythm[0]]
            ring.release(self._slots.pop(rhythm))
            if not ring.total:
                del self._rings[ring.interval]

    def _find_due(self) -> None:
        self.due = min((one.due for one in self.rounds if one.due is not None), default=None)


Row = tuple[int, Transition, int | None]
Place = tuple[bool, int]
"""Of a row: whether it is one of the lifecycle, and where it stands."""


def place(one: Round) -> Place:
    return one.entry is None, one.row


def graph_of(watch: Watch) -> tuple[object, ...]:
    return watch.transitions, watch.lifecycle, watch.interval


def holding(watch: Watch, status: Status, process: Process | None) -> Iterator[Row]:
    """The rows whose conditions are to be asked: place, row, and the entry they belong to."""
    measured = False
    if status.monitored:
        for row, transition, entry in rows(watch, status):
            if isinstance(transition.when, Polled):
                measured = measured or transition.when.needs_process
                yield row, transition, entry
    if process is not None and not measured:
        yield -1, SHOW, None


def launched_or_acted(row: Transition, status: Status) -> float | None:
    """When overseer itself last launched the process; where the row has signalled or reloaded it
    since then, when it did."""
    if not status.acted:
        return status.last_launch
    spelled = spell.row(row)
    moments = [acted.at for acted in status.acted if acted.row == spelled]
    return max([*moments, status.last_launch or 0.0]) or None


def is_measured(watch: Watch, status: Status) -> bool:
    return status.life is Life.ALIVE or (status.life is Life.GRACE and bool(watch.ready))


def readying(
    before: Iterable[Round], watch: Watch, status: Status, process: Process | None
) -> Iterator[Round]:
    """What is asked of a process that is not up yet; nothing while nobody monitors it."""
    if status.life is not Life.GRACE or process is None or not status.monitored:
        return
    under_way = [one for one in before if isinstance(one, ReadyRound)]
    for row, condition in enumerate(watch.ready):
        known = (one for one in under_way if one.is_for(process, row, condition))
        yield next(known, None) or ReadyRound(watch.name, row, condition, process)


def rows(watch: Watch, status: Status) -> Iterator[Row]:
    """Of a task's state when its command is over: what that does may be the answer."""
    busy = watch.is_task and status.life is Life.LAUNCHING
    for row, transition in enumerate(watch.transitions):
        if status.state in transition.states and not busy:
            yield row, transition, status.entry
    for row, transition in enumerate(watch.lifecycle):
        yield row, transition, None


def take(
    before: list[Round], name: str, row: int, transition: Transition, entry: int | None
) -> Round:
    """The round under way for this row, wherever it stood in the file before; or a new one."""
    for one in before:
        if one.belongs_to(transition, entry):
            before.remove(one)
            one.row = row
            return one
    return Round(name, row, transition, entry)
