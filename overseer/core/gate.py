"""May overseer launch it now, later, or not at all: flapping first, then the delay."""

from collections.abc import Iterator
from zlib import crc32

from overseer.conditions.flapping import Flapping
from overseer.core import spell
from overseer.core.turn import Turn
from overseer.model.news import Kind
from overseer.model.state import UNMONITORED, Goal, Hold
from overseer.model.status import LaunchMoment, Status
from overseer.model.transition import Notify
from overseer.model.watch import Watch
from overseer.units import show_seconds

SHORTEST = 1.0
"""Seconds in which overseer launches it twice at most, whatever its delays are: the first
restart comes at once, and no graph is a loop as fast as the machine. Also the shortest hold."""


def is_open(status: Status) -> bool:
    """True where overseer itself may launch at all."""
    return status.goal is Goal.UP and status.hold is Hold.NONE and not status.closing


def rows(watch: Watch) -> Iterator[tuple[Flapping, Notify | None]]:
    for row in watch.lifecycle:
        if isinstance(row.when, Flapping):
            yield row.when, row.notify or row.when.notify


def counts(limit: Flapping, moment: LaunchMoment) -> bool:
    return (not limit.to_state or moment.state in limit.to_state) and (
        not limit.from_state or moment.came_from in limit.from_state
    )


def reached(limit: Flapping, status: Status, now: float) -> bool:
    """True if one more launch would be one too many; strictly less than *within*, as in god."""
    moments = [moment.at for moment in status.launches if counts(limit, moment)]
    times = limit.times.of
    if len(moments) < times or status.last_launch is None:
        return False
    close = moments[-1] - moments[-times] < limit.within
    return close and now - status.last_launch < limit.within


def flapping(turn: Turn) -> tuple[Flapping, Notify | None] | None:
    return next((row for row in rows(turn.watch) if reached(row[0], turn.status, turn.now)), None)


def record(turn: Turn) -> None:
    """Count a launch of overseer's own."""
    status = turn.status
    turn.set(restarts=status.restarts + status.mends)
    turn.set(last_launch=turn.now, launch_before=status.last_launch)
    count(turn)


def too_soon(turn: Turn) -> float:
    """Seconds until one more launch is not one of three within SHORTEST."""
    before = turn.status.launch_before
    return 0.0 if before is None else max(0.0, before + SHORTEST - turn.now)


def count(turn: Turn) -> None:
    """Remember a launch, or a task's move, for as long as a limit may ask for it."""
    status = turn.status
    moment = LaunchMoment(turn.now - status.waited, status.came_from, status.state)
    moments, wanted = (*status.launches, moment), set()
    for limit, _ in rows(turn.watch):
        counted = [place for place, one in enumerate(moments) if counts(limit, one)]
        wanted.update(counted[-limit.times.of :])
    turn.set(launches=tuple(moments[place] for place in sorted(wanted)))


def keeps_out(turn: Turn, state: str, why: str) -> bool:
    """A task has been moved there too often of late: it is held back, or led where the row says."""
    status = turn.status
    moment = LaunchMoment(turn.now - status.waited, status.state, state)
    for row in turn.watch.lifecycle if state != UNMONITORED else ():
        limit = row.when
        if not isinstance(limit, Flapping) or not counts(limit, moment):
            continue
        if not reached(limit, status, turn.now):
            continue
        notify = row.notify or limit.notify
        if row.to in (None, UNMONITORED):
            hold(turn, limit, notify, alive=False, why=why)
        else:
            elsewhere(turn, limit, row.to, notify, why)
        return True
    return False


def elsewhere(turn: Turn, limit: Flapping, to: str, notify: Notify | None, why: str) -> None:
    turn.forget_counts()
    message = f"flapping: {limit.times.of} moves within {show_seconds(limit.within)}, {why}"
    turn.tell(Kind.CHECK_MET, f"{message}: {to}", notify=notify)
    turn.goes(to, message)


def hold(turn: Turn, limit: Flapping, notify: Notify | None, alive: bool, why: str) -> None:
    """Hold it back; with the last flapping that `retry_times` allows, for good."""
    status, now = turn.status, turn.now
    within = limit.retry_within
    flaps = (*(at for at in status.flaps if within is None or now - at < within), now)
    counting = limit.retry_times is not None and within is not None
    over = counting and len(flaps) >= (limit.retry_times or 0)
    due = None if over or limit.retry_in is None else now + max(limit.retry_in, SHORTEST)
    kept = flaps if counting else ()
    turn.forget_counts()
    what = "moves" if turn.watch.is_task else "launches"
    message = f"{limit.times.of} {what} within {show_seconds(limit.within)}"
    message = f"{message}, {why}" if why else message
    check = spell.when(turn.row.when) if alive and turn.row else ""
    if over:
        turn.set(hold=Hold.CHECKS if alive else Hold.GAVE_UP, flaps=kept, held_by=check)
        turn.set(asked=False)
        follows = left_running(check) if alive else "nothing more until it is started by hand"
        message = f"gave up after {len(flaps)} times: {message}"
        turn.tell(Kind.GAVE_UP, message, next=follows, exit=status.last_exit, notify=notify)
    else:
        turn.set(hold=Hold.CHECKS if alive else Hold.FLAPPING, hold_due=due, flaps=kept)
        turn.set(asked=False, held_by=check)
        turn.tell(
            Kind.FLAPPING,
            f"flapping: {message}",
            next=outlook(due, check, alive, now),
            exit=None if alive else status.last_exit,
            notify=notify,
        )
    if not alive:
        turn.goes(UNMONITORED, message)


def left_running(check: str) -> str:
    or_so = f", or until {check} is not met" if check else ""
    return f"left running; not restarted again until it is started by hand{or_so}"


def outlook(due: float | None, check: str, alive: bool, now: float) -> str:
    if due is None:
        return left_running(check) if alive else "held until it is started by hand"
    wait = show_seconds(due - now)
    if alive:
        return f"left running; checks restart it again in {wait}"
    return f"tried again in {wait}"


def delay(turn: Turn) -> float:
    """Seconds to wait before this launch: nothing at first, then longer and longer."""
    rule, young = turn.watch.restart_delay, turn.status.young
    if young <= 1:
        return rule.first if young else 0.0
    wait: float = min(rule.max, rule.next * rule.factor ** min(young - 2, 60))
    # Not random, so that a step can be repeated, but different from watch to watch.
    seed = crc32(f"{turn.watch.name} {young} {turn.now}".encode()) / 2**32
    return wait * (1 + rule.jitter / 100 * (2 * seed - 1))


def count_end(turn: Turn, ran_for: float | None) -> None:
    """One more end that a launch has to mend; the first again after a stable run."""
    stable = ran_for is not None and ran_for >= turn.watch.restart_delay.reset_after
    turn.set(young=1 if stable else turn.status.young + 1, mends=True)
