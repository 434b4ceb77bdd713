"""One-shots: programs that are up while they run, and completed or failed after.

What comes to its end by itself and is left so is *over*. When such a program is run once more
follows from `once`, from `autostart`, and from whether it is still the same program.
"""

from overseer.conditions.process_exits import ProcessExits
from overseer.core.outdated import outdated
from overseer.model.state import STOP, UP, Goal, Life
from overseer.model.status import Status
from overseer.model.watch import Once, Watch


def completes(watch: Watch) -> bool:
    """True where an end as expected leads to the state stop, and nothing starts it again; of what
    has a schedule each run is one."""
    return watch.schedule is not None or any(
        isinstance(row.when, ProcessExits) and row.when.expected is not False and row.to == STOP
        for row in (*watch.transitions, *watch.lifecycle)
    )


def is_one_shot(watch: Watch) -> bool:
    """Run to its end: `on_exit: stop`, or `once` beside `restart_on_failure`. What says when it is
    ready, and what goes to the background, is meant to be up."""
    if watch.kind != "watch" or watch.ready or watch.program.daemonizes:
        return False
    if watch.once is not None:
        return completes(watch)
    return all(leads_to(watch, expected) == STOP for expected in (True, False))


def leads_to(watch: Watch, expected: bool) -> str | None:
    """Where an end leads of what is up."""
    for row in (*watch.transitions, *watch.lifecycle):
        asked = row.when.expected if isinstance(row.when, ProcessExits) else not expected
        if (not row.states or UP in row.states) and asked in (None, expected):
            return row.to
    return None


def is_over(status: Status) -> bool:
    """True where it has come to its end by itself, and is left so although it is wanted."""
    by_itself = status.finished or status.failed
    return by_itself and status.life is Life.DOWN and status.goal is Goal.UP


def counts_for_good(watch: Watch, status: Status) -> bool:
    """True where `once` remembers that it has completed; another program has not."""
    remembers = watch.once in (Once.BOOT, Once.EVER)
    return remembers and not outdated(status.program, watch.program)


def is_due(watch: Watch, status: Status, *, terminated: bool, rebooted: bool = False) -> bool:
    """True where a daemon that begins runs once more what is over: after a terminate and after a
    reboot, but for what `once` says. What only people start is left."""
    if not watch.autostart:
        return False
    if rebooted:
        return status.failed or watch.once is not Once.EVER or not counts_for_good(watch, status)
    if watch.once in (None, Once.NEVER):
        return terminated
    return not counts_for_good(watch, status)


def is_run_by_load(watch: Watch, status: Status) -> bool:
    """True where a load that makes it another program runs it: one that has failed is mended by
    that, and one that has completed for good has not done so as what it is now."""
    mended = status.failed or watch.once in (Once.BOOT, Once.EVER)
    return is_over(status) and watch.autostart and mended
