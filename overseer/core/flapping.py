"""The flapping rows of a lifecycle: which are met by one more launch or move, and what follows.

Each row has counts of its own: a launch that one row has answered still counts for the others.
Rows that are met together are answered together: those that hold nothing back tell, and of those
that hold it back the one that does so for longest decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from math import inf
from typing import NamedTuple

from overseer.conditions.flapping import Flapping
from overseer.core import acts, spell
from overseer.core.turn import Turn
from overseer.model.event import Answered
from overseer.model.news import Kind
from overseer.model.state import STOP, UNMONITORED, Hold
from overseer.model.status import Flap, LaunchMoment, Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.units import show_seconds

GOES_ON = (
    "it is launched again all the same; you are told when it is steady",
    "it moves on all the same; you are told when it does not flap any more",
)
"""What follows where a row only tells: of a watch, of a task."""
SHORTEST_HOLD = 1.0
"""Seconds."""


class Row(NamedTuple):
    """A row of the lifecycle with its limit; *key* tells it from the others."""

    limit: Flapping
    row: Transition
    key: str


def rows(watch: Watch) -> Iterator[Row]:
    for row in watch.lifecycle:
        if isinstance(row.when, Flapping):
            yield Row(row.when, row, spelled(row.when))


@lru_cache(maxsize=256)
def spelled(limit: Flapping) -> str:
    """Remembered, for each launch asks for it several times; most watches have the same limit."""
    return spell.when(limit)


def holds(watch: Watch, row: Transition) -> bool:
    """True where the row keeps from launching; a task's state of that name is one like others."""
    return row.to == UNMONITORED or (row.to == STOP and not watch.is_task)


def counts(row: Row, moment: LaunchMoment) -> bool:
    """True where the launch is one of those that the row counts, and has not answered yet."""
    limit = row.limit
    return (
        (not limit.to_state or moment.state in limit.to_state)
        and (not limit.from_state or moment.came_from in limit.from_state)
        and row.key not in moment.answered
    )


def reached(row: Row, status: Status, now: float) -> bool:
    """True if one more launch would be one too many; strictly less than *within*, as in god."""
    limit = row.limit
    moments = [moment.at for moment in status.launches if counts(row, moment)]
    times = limit.times.of
    if len(moments) < times or status.last_launch is None:
        return False
    close = moments[-1] - moments[-times] < limit.within
    return close and now - status.last_launch < limit.within


def count(turn: Turn) -> None:
    """Remember a launch, or a task's move, for as long as a row may ask for it."""
    status = turn.status
    moment = LaunchMoment(turn.now - status.waited, status.came_from, status.state)
    keep(turn, (*status.launches, moment))


def keep(turn: Turn, moments: Sequence[LaunchMoment]) -> None:
    wanted: set[int] = set()
    for row in rows(turn.watch):
        counted = [place for place, moment in enumerate(moments) if counts(row, moment)]
        wanted.update(counted[-row.limit.times.of :])
    turn.set(launches=tuple(moments[place] for place in sorted(wanted)))


def answer(turn: Turn, answered: Sequence[Row]) -> None:
    """What was launched so far counts no more for these rows."""
    keys = tuple(dict.fromkeys(row.key for row in answered))
    launches = turn.status.launches
    moments = (replace(launch, answered=(*launch.answered, *keys)) for launch in launches)
    keep(turn, tuple(moments))


def holds_back(turn: Turn, *, alive: bool, why: str) -> bool:
    """One more launch is needed: whether a row keeps from it. Rows that do not only tell."""
    status = turn.status
    met = [row for row in rows(turn.watch) if reached(row, status, turn.now)]
    holding = [row for row in met if holds(turn.watch, row.row)]
    answer(turn, met) if met else None
    for row in met:
        if row not in holding:
            tell(turn, row, why)
    if holding:
        hold(turn, holding, alive=alive, why=why)
    return bool(holding)


def keeps_out(turn: Turn, state: str, why: str) -> bool:
    """A task has been moved there too often of late: it is held back, or led where a row says."""
    status = turn.status
    moment = LaunchMoment(turn.now - status.waited, status.state, state)
    of_state = (row for row in rows(turn.watch) if state != UNMONITORED and counts(row, moment))
    met = [row for row in of_state if reached(row, status, turn.now)]
    holding = [row for row in met if holds(turn.watch, row.row)]
    leading = [] if holding else [row for row in met if row.row.to and row not in holding][:1]
    telling = [row for row in met if not row.row.to]
    if met:
        answer(turn, (*telling, *leading) if leading else met)
    for row in telling:
        tell(turn, row, why)
    if holding:
        hold(turn, holding, alive=False, why=why)
    elif leading:
        elsewhere(turn, leading[0], why)
    return bool(holding or leading)


def elsewhere(turn: Turn, row: Row, why: str) -> None:
    to = row.row.to or UNMONITORED
    message = f"flapping: {how_often(turn, row, why)}"
    turn.tell(Kind.CHECK_MET, f"{message}: {to}", notify=row.row.notify or row.limit.notify)
    turn.goes(to, message)


def how_often(turn: Turn, row: Row, why: str) -> str:
    """`5 launches within 5m, last exit code 1`"""
    what = "moves" if turn.watch.is_task else "launches"
    text = f"{row.limit.times.of} {what} within {show_seconds(row.limit.within)}"
    return f"{text}, {why}" if why else text


def tell(turn: Turn, row: Row, why: str) -> None:
    """A row that holds nothing back: when it begins to be so, and `calmed` when it ends. One that
    runs a program does so each time."""
    message = f"flapping: {how_often(turn, row, why)}"
    if row.row.acts:
        acts.perform(turn, row.row, Answered(0, None, True, message))
        return
    if turn.watch.is_task:
        calm_down(turn)
    if row.key not in turn.status.standing:
        turn.set(standing=(*turn.status.standing, row.key))
        notify = row.row.notify or row.limit.notify
        follows = GOES_ON[turn.watch.is_task]
        turn.tell(Kind.CHECK_MET, message, check=row.key, notify=notify, next=follows)


def calmed(turn: Turn) -> None:
    """It does not flap any more."""
    over = {row.key for row in rows(turn.watch)} & set(turn.status.standing)
    turn.set(standing=tuple(check for check in turn.status.standing if check not in over))
    for check in sorted(over):
        turn.tell(Kind.CHECK_CLEARED, "does not flap any more", check=check)


def calm_down(turn: Turn) -> None:
    """Of a task: that it flapped is over when it has not for as long as flapping is counted."""
    within = max((row.limit.within for row in rows(turn.watch)), default=None)
    turn.set(steady_due=None if within is None else turn.now + within)


def hold(turn: Turn, holding: Sequence[Row], *, alive: bool, why: str) -> None:
    """Hold it back; with the last flapping that `retry_times` allows, for good. *alive*: it is the
    restart of a living process that is held, which goes on unless the row says `to: stop`."""
    remember(turn, holding)
    row = max(holding, key=lambda row: until(turn, row))  # of several the first
    flaps, over = flaps_of(turn.status, row), gives_up(turn.status, row)
    lives = alive and row.row.to == UNMONITORED
    due = until(turn, row)
    turn.lift()
    turn.set(young=0, asked=False, hold_due=None if due == inf else due, held_row=row.key)
    message = how_often(turn, row, why)
    notify = row.row.notify or row.limit.notify
    check = spell.when(turn.row.when) if lives and turn.row else ""
    if over:
        turn.set(hold=Hold.CHECKS if lives else Hold.GAVE_UP, held_by=check)
        follows = left_running(check) if lives else "nothing more until it is started by hand"
        message = f"gave up after {len(flaps)} times: {message}"
        turn.tell(Kind.GAVE_UP, message, next=follows, exit=turn.status.last_exit, notify=notify)
    else:
        turn.set(hold=Hold.CHECKS if lives else Hold.FLAPPING, held_by=check)
        turn.tell(
            Kind.FLAPPING,
            f"flapping: {message}",
            next=outlook(turn.status.hold_due, check, lives, turn.now),
            exit=None if alive else turn.status.last_exit,
            notify=notify,
        )
    if not lives:
        several = sum(holds(turn.watch, other.row) for other in rows(turn.watch)) > 1
        named = several or row.row.to == STOP
        by = f"; by the row `{spell.row(row.row)}`" if named else ""
        turn.goes(row.row.to or UNMONITORED, f"{message}{by}")


def lift_if_gone(turn: Turn) -> bool:
    """After a load: the row that holds it back is not there any more, or asks for something else.
    True where nothing lives that was left running."""
    status = turn.status
    if status.hold is Hold.NONE:
        return False
    holding = {row.key for row in rows(turn.watch) if holds(turn.watch, row.row)}
    if (status.held_row in holding) if status.held_row else holding:
        return False
    lives = status.hold is Hold.CHECKS
    turn.lift()
    turn.set(flaps=(), launches=())
    turn.tell(Kind.RETRYING, "monitored again: a load has changed what held it back")
    return not lives


def remember(turn: Turn, holding: Sequence[Row]) -> None:
    """That these have held it back, for those that give up some day."""
    recent = [
        flap
        for row in rows(turn.watch)
        for flap in turn.status.flaps
        if flap.row == row.key and turn.now - flap.at < (row.limit.retry_within or 0.0)
    ]
    new = {row.key: Flap(turn.now, row.key) for row in holding if row.limit.retry_within}
    turn.set(flaps=(*dict.fromkeys(recent), *new.values()))


def flaps_of(status: Status, row: Row) -> list[Flap]:
    return [flap for flap in status.flaps if flap.row == row.key]


def gives_up(status: Status, row: Row) -> bool:
    times = row.limit.retry_times
    return times is not None and len(flaps_of(status, row)) >= times


def until(turn: Turn, row: Row) -> float:
    """When it is tried again; never is infinitely far."""
    retry_in = row.limit.retry_in
    if retry_in is None or gives_up(turn.status, row):
        return inf
    return turn.now + max(retry_in, SHORTEST_HOLD)


def left_running(check: str) -> str:
    or_so = f", or until {check} is not met" if check else ""
    return f"left running; not restarted again until it is started by hand{or_so}"


def outlook(due: float | None, check: str, lives: bool, now: float) -> str:
    if due is None:
        return left_running(check) if lives else "held until it is started by hand"
    wait = show_seconds(due - now)
    if lives:
        return f"left running; checks restart it again in {wait}"
    return f"tried again in {wait}"
