"""What was launched after the newest record: it is taken over as the watch's own.

A record is older than the truth where nothing could be written (a full disk, a read-only folder),
where the database was deleted, damaged or restored from a copy, and where it is of an earlier boot.
What lives and was launched later than anything that the record knows is newer than all that stands
there: a stop, a hold and a process that has ended were followed by this launch.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from overseer.core.phase import FOUND
from overseer.model.process import TICKS, Process
from overseer.model.program import Program
from overseer.model.schedule import Run
from overseer.model.state import SCHEDULED, UNMONITORED, Goal, Life
from overseer.model.status import Errand, Job, Status
from overseer.model.watch import Watch

TICK = 2 / TICKS
"""Seconds by which a process may seem to have begun before its launch: the kernel counts ticks."""


class LaunchedProcess(NamedTuple):
    """A living process that leads a session and has a launch id in its environment. *state*: of a
    task, the state whose command it is."""

    process: Process
    id: str
    state: str = ""


def launch_moment(id: str, boot: str) -> float | None:
    """When the launch of that id was asked for, in seconds of CLOCK_BOOTTIME; None for one of
    another boot, and for no launch id. See errands.send."""
    of_boot = f"{boot[:8]}-"
    microseconds = id.removeprefix(of_boot).partition("-")[0]
    try:
        return int(microseconds, 16) / 1e6 if id.startswith(of_boot) else None
    except ValueError:
        return None


def newest_launch(record: Status | None, boot: str) -> float:
    """When the last launch that the record knows was asked for, or its process began."""
    if record is None or record.boot != boot:
        return 0.0
    processes: tuple[Process | None, ...] = (record.process, record.buried, record.remains)
    moments = [process.began for process in processes if process and process.boot == boot]
    errand = (record.errand.began,) if record.errand else ()
    launched: float = max((record.launched_at or 0.0, *moments, *errand))
    return launched


def since(
    record: Status | None, living: Sequence[LaunchedProcess], boot: str
) -> list[LaunchedProcess]:
    """Those of the *living* that were launched after all that the record knows, oldest first."""
    newest = newest_launch(record, boot) + TICK
    moments = {launched.id: launch_moment(launched.id, boot) or 0.0 for launched in living}
    newer = (launched for launched in living if moments[launched.id] > newest)
    return sorted(newer, key=lambda launched: (moments[launched.id], launched.process.ticks))


def taken_over(
    watch: Watch, record: Status | None, newer: Sequence[LaunchedProcess], boot: str, now: float
) -> Status:
    """What is known of a watch of which these *newer* ones live, one at least."""
    if watch.schedule:
        return with_run(watch, record, newer[-1], boot, now)
    if watch.is_task:
        return with_command(watch, record, newer[-1], boot, now)
    status = afresh(watch, record, boot, now)
    return status.but({"state": watch.first_state, "life": Life.LOOKING})


def afresh(watch: Watch, record: Status | None, boot: str, now: float) -> Status:
    """It is wanted up, whatever was asked for before: this is the later launch. What is told of its
    past stays."""
    old = record or Status(name=watch.name)
    wanted = old.goal is Goal.UP
    return Status(
        name=watch.name,
        boot=boot,
        goal=Goal.UP,
        set_by=old.set_by if wanted else "autostart" if watch.autostart else "a launch",
        set_words=old.set_words if wanted else "",
        set_at=now,
        request=old.request,
        entry=old.entry + 1,
        token=old.token,
        since=now,
        reason=FOUND,
        restarts=old.restarts,
        restarts_asked=old.restarts_asked,
        standing=old.standing,
        lacking=old.lacking,
        planned=old.planned,
        planned_by=old.planned_by,
        last_run=old.last_run,
    )


def with_run(
    watch: Watch, record: Status | None, newest: LaunchedProcess, boot: str, now: float
) -> Status:
    """A run that goes on says nothing of whether the calendar is to be followed."""
    goal = record.goal if record else Goal.UP if watch.autostart else Goal.UNMONITORED
    changes = {
        "goal": goal,
        "state": SCHEDULED if goal is Goal.UP else UNMONITORED,
        "run": Run(by="an earlier daemon"),
        "queued": record.queued if record else None,
    }
    status = afresh(watch, record, boot, now).but(changes)
    return under_way(status, newest, Job.RUN, watch.program, boot)


def with_command(
    watch: Watch, record: Status | None, newest: LaunchedProcess, boot: str, now: float
) -> Status:
    """In the state whose command runs."""
    state = watch.state_of(newest.state)
    command = state.command if state else None
    program = replace(watch.program, command=command or watch.program.command)
    status = afresh(watch, record, boot, now).but({"state": newest.state or watch.first_state})
    return under_way(status, newest, Job.STATE, program, boot)


def under_way(
    status: Status, newest: LaunchedProcess, job: Job, program: Program, boot: str
) -> Status:
    """The same as what a daemon leaves that dies between a launch and its record: it is looked for
    by its launch id."""
    moment = launch_moment(newest.id, boot) or newest.process.began
    errand = Errand(id=newest.id, job=job, boot=boot, ticks=int(moment * TICKS), began=moment)
    return status.but({"life": Life.LAUNCHING, "errand": errand, "program": program})
