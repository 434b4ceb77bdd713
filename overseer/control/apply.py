"""A plan is carried out: what goes is stopped and forgotten, what is new is taken in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from overseer.control.dependants import NOBODY, order_of
from overseer.control.line import Order
from overseer.control.office import Office
from overseer.control.orders import Orders
from overseer.control.pursuit import Pace, Report, Result
from overseer.control.voice import Unmoved, Voice
from overseer.core.reload import Effect, Plan, What
from overseer.errors import DONE, FAILED, NOT_UP
from overseer.model.event import Asked, Event, Verb
from overseer.model.state import Goal
from overseer.model.watch import Watch

ANSWER_IN = 30.0  # seconds for the engine to take something in
LOAD = "load"
AWAITED = frozenset({Effect.START, Effect.RESTART})


class Application:
    """One plan, applied once. *by* is who asked, in *words*; *starts*: also for what is new."""

    def __init__(
        self,
        office: Office,
        orders: Orders,
        plan: Plan,
        by: str,
        words: str,
        *,
        starts: bool = False,
    ) -> None:
        self._engine = office.engine
        self._orders = orders
        self._plan = plan
        self._by = by
        self._words = words
        self._starts = starts
        self._gone = Report()

    def change(self, rolling: bool, timeout: float | None, voice: Voice) -> None:
        """Stop what goes, then all changes in one batch. Done to the end, whoever listens."""
        leaving = self._leaving()
        self._call(partial(self._engine.let_go, [order.name for order in leaving]))
        self._gone = self._follow(leaving, timeout, Unmoved(voice))
        kept = {result.watch for result in self._gone.results if result.code}
        self._call(partial(self._take_in, rolling, kept))
        self._call(_nothing)  # by now what the changes caused has been answered

    def see_through(self, rolling: bool, timeout: float | None, voice: Voice) -> Report:
        """Wait for what starts, restart what is to be; what became of each watch."""
        arrivals = self._follow(self._awaited(rolling), timeout, voice)
        restarts = self._restart(rolling, arrivals, timeout, voice)
        told = {result.watch for result in self._gone.results}
        quiet = tuple(
            Result(change.name, DONE, change.lines()[0])
            for change in self._plan.changes
            if change.effect not in AWAITED and change.name not in told
        )
        results = (*quiet, *self._gone.results, *arrivals.results, *restarts.results)
        return Report(results, restarts.untouched)

    def refresh(self, watches: Mapping[str, Watch], order: Iterable[str]) -> None:
        """Unchanged watches may stand at another line by now, all in another *order*."""
        self._call(partial(self._refresh, watches, order))

    def _refresh(self, watches: Mapping[str, Watch], order: Iterable[str]) -> None:
        changed = {change.name for change in self._plan.changes}
        for name, watch in watches.items():
            known = self._engine.watches.get(name)
            if known and name not in changed and known.origin != watch.origin:
                self._engine.replace(watch, hard=False, restart=False)
        self._engine.arrange(order)

    def _leaving(self) -> list[Order]:
        """Also what is to be launched again in a moment: it would be, and be forgotten."""
        goes = [change for change in self._plan.changes if change.what is What.REMOVED]
        stops = [change.name for change in self._plan.changes if change.effect is Effect.STOP]
        comes = [
            one.name for one in goes if one.effect is Effect.NONE and self._is_wanted(one.name)
        ]
        return self._in_order(Verb.STOP, [*stops, *comes])

    def _is_wanted(self, name: str) -> bool:
        status = self._engine.statuses.get(name)
        return status is not None and status.goal is Goal.UP

    def _take_in(self, rolling: bool, kept: set[str]) -> None:
        """On the engine's thread: all changes in one batch."""
        self._engine.let_go(())
        for change in self._plan.changes:
            if change.what is What.REMOVED and change.name not in kept:
                self._remove(change.name, leave=change.effect is Effect.KEEP)
            elif change.new and change.old and change.what is What.RENAMED:
                restart = change.effect is Effect.RESTART and not rolling
                self._engine.rename(change.old.name, change.new, hard=change.hard, restart=restart)
            elif change.new and change.what is What.ADDED:
                if change.name not in kept:  # a program that became a task, and does not end
                    self._engine.add(change.new)
            elif change.new:
                restart = change.effect is Effect.RESTART and not rolling
                self._engine.replace(change.new, hard=change.hard, restart=restart)

    def _remove(self, name: str, *, leave: bool) -> None:
        if self._engine.statuses[name].awaits_process:
            said = f"{name}: is just being launched, and stays; load again in a moment"
            self._gone = Report((*self._gone.results, Result(name, FAILED, said)))
        else:
            self._engine.remove(name, leave=leave)

    def _awaited(self, rolling: bool) -> list[Order]:
        """Those that start because the watch is new or has changed."""
        return [
            Order(
                change.name,
                Verb.START,
                self._asks(Verb.START) if self._starts else None,
                to_its_end=False,
            )
            for change in self._plan.changes
            if change.effect in AWAITED and not (rolling and change.effect is Effect.RESTART)
        ]

    def _follow(self, orders: list[Order], timeout: float | None, voice: Voice) -> Report:
        return self._orders.follow(orders, Pace(max(1, len(orders)), timeout=timeout), voice)

    def _restart(
        self, rolling: bool, arrivals: Report, timeout: float | None, voice: Voice
    ) -> Report:
        """One after another; not at all if what is new did not come up."""
        changed = [one.name for one in self._plan.changes if one.effect is Effect.RESTART]
        orders = self._in_order(Verb.RESTART, changed if rolling else [])
        if any(result.code == NOT_UP for result in arrivals.results):
            return Report((), tuple(order.name for order in orders))
        return self._orders.follow(orders, Pace(1, careful=True, timeout=timeout), voice)

    def _in_order(self, verb: Verb, names: Sequence[str]) -> list[Order]:
        before = order_of(verb, names, self._engine.watches)
        return [
            Order(name, verb, self._asks(verb), before.get(name, NOBODY), to_its_end=False)
            for name in names
        ]

    def _asks(self, verb: Verb) -> Callable[[int], Event]:
        return partial(Asked, verb, self._by, self._words)

    def _call(self, work: Callable[[], None]) -> None:
        self._engine.call(work).result(ANSWER_IN)


def _nothing() -> None:
    pass
