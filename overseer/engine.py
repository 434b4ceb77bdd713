"""The one loop: events in, the machine asked, what it says written down, then carried out."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from overseer.core.machine import Step, step
from overseer.dependencies import Dependencies
from overseer.model.action import Action, Cancel, Follow, Hook, Look, Signal, Spawn, Sweep, Tell
from overseer.model.event import Asked, Begun, Event, Provided, Reshaped, Timer
from overseer.model.news import News
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.state import Hold, Life
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.one_by_one import OneByOne
from overseer.ports import World

log = logging.getLogger("overseer")

T = TypeVar("T")
Decide = Callable[[Watch, Status, Event, float], Step]
Observer = Callable[[str, Watch, Status, tuple[News, ...]], None]


class Decided(NamedTuple):
    """What the machine has made of one event."""

    watch: Watch
    before: Status
    after: Status
    actions: tuple[Action, ...]
    told: tuple[News, ...]
    durable: bool  # also against loss of power: what an operator asked, and a hold
    kept: bool  # to be kept on disk


class Engine:
    """Holds the statuses; decides nothing. Everything enters by `post` or `call`, from any
    thread; all else happens in `turn`, on one thread, a batch at a time.

    Within a batch what changed is recorded in one transaction before any action is carried
    out, so that the next daemon finds the intent of whatever this one may have begun.
    """

    def __init__(
        self,
        world: World,
        boot: str,
        wake: Callable[[], None] = lambda: None,
        step: Decide = step,
    ) -> None:
        self.watches: dict[str, Watch] = {}
        self.statuses: dict[str, Status] = {}
        self.left: dict[str, Status] = {}  # of watches that are gone, and left a process behind
        self.observers: list[Observer] = []
        self._world = world
        self._boot = boot
        self._wake = wake
        self._step = step
        self._inbox: deque[tuple[str, Event]] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._dependencies = Dependencies(self.watches, self.statuses)
        self._one_by_one = OneByOne(self.statuses)
        self._undone: list[tuple[Watch, Action]] = []
        does = world.processes
        self._performs: Mapping[type, Callable[[Watch, Any], None]] = {
            Spawn: lambda *what: does.spawn(*what),
            Cancel: lambda *what: does.cancel(*what),
            Look: lambda *what: does.look(*what),
            Follow: lambda *what: does.follow(*what),
            Signal: lambda *what: does.signal(*what),
            Sweep: lambda *what: does.sweep(*what),
            Hook: lambda *what: does.hook(*what),
        }

    def post(self, name: str, event: Event) -> None:
        """Put an event into the inbox; from any thread, at any time."""
        self._inbox.append((name, event))
        self._wake()

    def call(self, work: Callable[[], T]) -> "Future[T]":
        """Run *work* on the engine's thread, between two batches."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - the caller gets it, the engine lives on
                future.set_exception(error)

        self._calls.append(run)
        self._wake()
        return future

    def add(self, watch: Watch, known: Status | None = None, *, replaced: bool = False) -> None:
        """Take a watch in, with what an earlier daemon knew of it, or with what it left; see
        Begun for *replaced*."""
        self.watches[watch.name] = watch
        known = known or self.left.pop(watch.name, None)
        status = self.statuses[watch.name] = known or Status(name=watch.name)
        self._dependencies.add(watch.name)
        self._world.timers.set(watch.name, dues(status))
        if watch.is_task:  # goes on as it is, where a process is looked for first
            self._world.rounds.arrange(watch, status)
        self.post(watch.name, Begun(self._boot, replaced))

    @property
    def waiting(self) -> int:
        """Events that have not been answered."""
        return len(self._inbox)

    def replace(self, watch: Watch, *, hard: bool, restart: bool) -> None:
        """The watch file says something else now."""
        ready = self.watches[watch.name].ready != watch.ready
        self.watches[watch.name] = watch
        self._dependencies.replace()
        self._world.rounds.arrange(watch, self.statuses[watch.name])
        self.post(watch.name, Reshaped(hard, restart, ready))

    def rename(self, old: str, watch: Watch, *, hard: bool, restart: bool) -> None:
        """Process, goal and counters go to a watch of another name."""
        status = self.statuses[old].but({"name": watch.name})
        ready = self.watches[old].ready != watch.ready
        self.remove(old)
        self._world.store.record({watch.name: status}, (), True)
        self.add(watch, status)
        self.post(watch.name, Reshaped(hard, restart, ready))

    def arrange(self, names: Iterable[str]) -> None:
        """Have the watches in this order, that of the files; others stay behind them."""
        order = dict.fromkeys((*(one for one in names if one in self.watches), *self.watches))
        self.watches = {name: self.watches[name] for name in order}
        self._dependencies.watches = self.watches

    def let_go(self, names: Iterable[str]) -> None:
        """These are to be removed; what depends on them is not to follow."""
        self._dependencies.leave(names)

    def remove(self, name: str, *, leave: bool = False) -> None:
        """Forget a watch; its process, if it has one, lives on. *leave*: that is meant, so the
        process, or the launch under way, stays known to whoever takes it over."""
        status = self.statuses.pop(name)
        del self.watches[name]
        self._dependencies.remove(name)
        self._world.processes.forget(name)
        self._world.rounds.forget(name)
        self._world.timers.set(name, {})
        if leave and (status.process or status.errand):
            self.left[name] = status
        else:
            self._world.store.forget(name)

    def process_of(self, name: str) -> Process | None:
        """What the watch of that name runs; from any thread."""
        status = self.statuses.get(name)
        return status.process if status else None

    def living(self) -> Iterator[tuple[str, Program, Process]]:
        """What runs, and as what it was launched; from any thread."""
        for name, status in list(self.statuses.items()):
            watch = self.watches.get(name)
            if watch and status.process and status.life in (Life.GRACE, Life.ALIVE):
                yield name, status.program or watch.program, status.process

    def turn(self) -> None:
        """Answer everything that has come in until now, and what comes in meanwhile."""
        while self._inbox or self._calls or self._dependencies.stale:
            while self._calls:
                self._calls.popleft()()
            self._answer([self._inbox.popleft() for _ in range(len(self._inbox))])

    def _answer(self, batch: list[tuple[str, Event]]) -> None:
        """Decide, write down, carry out; whoever only watches hears of it last. What goes wrong
        with one of them is its own trouble: the others are carried out."""
        decided = list(self._decide_all(batch))
        self._record(decided)
        for one in decided:
            for action in one.actions:
                self._perform(one.watch, action)
        for one in decided:
            with guarded(one.watch.name, "could not be arranged"):
                self._arrange(one.watch, one.before, one.after)
            self._observe(one)

    def _record(self, decided: list[Decided]) -> None:
        """In one transaction; should that fail, each by itself: none is lost with another."""
        try:
            self._write(decided)
        except Exception:  # the store says that it never raises
            log.exception("%d changes could not be recorded together", len(decided))
            for one in decided:
                with guarded(one.watch.name, "could not be recorded"):
                    self._write([one])

    def _write(self, decided: list[Decided]) -> None:
        changed = {one.watch.name: one.after for one in decided if one.kept}
        news = [(one.watch, one.after, item) for one in decided for item in one.told]
        if changed or news:
            durable = any(one.durable for one in decided)
            self._world.store.record(changed, news, durable)

    def _decide_all(self, batch: list[tuple[str, Event]]) -> Iterator[Decided]:
        """In order, but that a watch hears at once what has become of those it depends on."""
        to_do = deque(batch)
        to_do.extendleft(self._dependencies.renew())
        while to_do:
            name, event = to_do.popleft()
            if (one := self._decide(name, event)) is not None:
                with guarded(name, "those that depend on it could not be told"):
                    to_do.extendleft(self._dependencies.hear(name, event))
                yield one

    def _decide(self, name: str, event: Event) -> Decided | None:
        before = self.statuses.get(name)
        if before is None:  # removed meanwhile
            return None
        watch, now = self.watches[name], self._world.clock.now()
        try:
            if self._one_by_one.puts_off(watch, event, now):
                return None
            after, actions = self._step(watch, before, event, now)
        except Exception:  # the trouble of one watch is not the others'
            log.exception("%s: stumbled over %s", name, event)
            return None
        self.statuses[name] = after
        with guarded(name, "whose turn it is could not be told"):
            self._inbox.extend(self._one_by_one.hear(watch, before, now))
        told = tuple(action.news for action in actions if isinstance(action, Tell))
        durable = isinstance(event, Asked) or after.hold is not before.hold
        kept = after is not before and not (isinstance(event, Provided) and passes(before, after))
        return Decided(watch, before, after, actions, told, durable, kept)

    def _arrange(self, watch: Watch, before: Status, after: Status) -> None:
        """Timers and rounds follow from the status; nothing else sets them."""
        if dues(after) != dues(before):
            self._world.timers.set(watch.name, dues(after))
        if polling(after) != polling(before):
            self._world.rounds.arrange(watch, after)

    def _observe(self, one: Decided) -> None:
        if one.after is one.before and not one.told:
            return
        for item in one.told:
            log.info("%s: %s", one.watch.name, item.message)
        for observer in self.observers:
            with guarded(one.watch.name, "could not be passed on"):
                observer(one.watch.name, one.watch, one.after, one.told)

    def _perform(self, watch: Watch, action: Action) -> None:
        """What could not begin is kept and tried again, in the order asked."""
        perform = self._performs.get(type(action))
        if perform is None:
            return
        try:
            perform(watch, action)
        except Exception as error:  # noqa: BLE001 - whatever it was, it was not done
            log.warning("%s: %s not done yet: %r", watch.name, type(action).__name__, error)
            self._undone.append((watch, action))

    def try_again(self) -> bool:
        """Carry out what could not be; False while something is left. On the engine's thread."""
        undone, self._undone = self._undone, []
        for watch, action in undone:
            if watch.name in self.watches:
                self._perform(watch, action)
        return not self._undone


@contextmanager
def guarded(name: str, what: str) -> Iterator[None]:
    try:
        yield
    except Exception:  # the trouble of one watch is not the others'
        log.exception("%s: %s", name, what)


def passes(before: Status, after: Status) -> bool:
    """True where nothing is new but what is lacking, which the next daemon finds out itself."""
    return after.but({"lacking": before.lacking}) == before


def dues(status: Status) -> Mapping[str, float]:
    """The timers a status calls for."""
    wanted = (
        (Timer.LIFE, status.due),
        (Timer.HOLD, status.hold_due),
        (Timer.STEADY, status.steady_due),
    )
    return {timer: due for timer, due in wanted if due is not None}


def polling(status: Status) -> tuple[object, ...]:
    """What the choice of polled conditions depends on."""
    held = status.hold is Hold.CHECKS, status.held_by
    return (status.state, status.entry, status.life, status.process, held)
