"""What became of a request, once it is settled: the same words for every client."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from overseer.core.one_shot import is_one_shot
from overseer.core.phase import NOT_STARTED, START_FAILED, because, is_reloading, is_waiting, phase
from overseer.errors import DONE, FAILED, NOT_UP
from overseer.model.event import Verb
from overseer.model.schedule import Result
from overseer.model.state import Hold, Life, Phase
from overseer.model.status import Job, Status
from overseer.model.watch import Watch
from overseer.units import show_seconds

SETTLED = (Life.DOWN, Life.WAITING, Life.ALIVE, Life.UNKNOWN, Life.STUCK)


class Outcome(NamedTuple):
    """*log_tells*: its log may say more about it."""

    ok: bool
    code: int
    message: str
    log_tells: bool = False


AIMS = (Verb.START, Verb.RESTART, Verb.STOP, Verb.UNMONITOR)
"""Orders that want what another may not want; a reload and a run are answered by their own end."""
RUN_ONCE = (Job.RUN, Job.RESTART, Job.RELOAD, Job.STATE)
"""Commands that no later daemon runs where it cannot tell whether they have been."""


def outlives_the_daemon(status: Status, request: int) -> bool:
    """True where the next daemon knows what was asked, and goes on with it."""
    errand = status.errand
    if status.request < request:
        return False
    if errand is None or status.request > request:
        return True
    if errand.job is Job.CHECK:  # what follows it is not on disk
        return False
    return errand.job not in RUN_ONCE or errand.process is not None


def outcome(
    verb: Verb, watch: Watch, status: Status, request: int, to_its_end: bool = True
) -> Outcome | None:
    """None while it is not settled yet; *to_its_end*: a one-shot is waited for while it runs. A
    request that others have joined is answered as they are, until one wants something else."""
    if status.refused and status.refused == request:
        return Outcome(False, FAILED, status.refusal + process(status))
    if request < status.answers_from and verb in AIMS:
        return Outcome(False, FAILED, f"{status.order} came in between")
    if of_kind := OF_KIND.get(watch.kind):
        return of_kind(verb, watch, status, request)
    return of_process(verb, watch, status, to_its_end)


def of_process(verb: Verb, watch: Watch, status: Status, to_its_end: bool) -> Outcome | None:
    match verb:
        case Verb.START:
            return started(watch, status, to_its_end)
        case Verb.RESTART:
            return renewed(watch, status, to_its_end)
        case Verb.STOP:
            return down(watch, status)
        case Verb.UNMONITOR:
            return Outcome(True, DONE, "unmonitored" + process(status))
        case Verb.RELOAD:
            return reloaded(status)
        case Verb.TRIGGER:
            return Outcome(False, FAILED, "it has no schedule")


def started(watch: Watch, status: Status, to_its_end: bool) -> Outcome | None:
    runs = to_its_end and is_one_shot(watch)
    if runs and is_under_way(watch, status):
        return None
    became = up(watch, status)
    if became and became.ok and status.life is Life.ALIVE and is_one_shot(watch):
        return Outcome(True, DONE, "running" + process(status))
    return became


def renewed(watch: Watch, status: Status, to_its_end: bool) -> Outcome | None:
    """Up is not enough where the restart command has failed."""
    if not status.refusal or status.refused:
        return started(watch, status, to_its_end)
    became = up(watch, status)
    if became and became.ok:
        return Outcome(False, FAILED, status.refusal + process(status))
    return became


def is_under_way(watch: Watch, status: Status) -> bool:
    """Of a one-shot: it runs, or is run once more after an end that its file has tried again."""
    if status.life is Life.ALIVE:
        return status.monitored
    tried_again = watch.once is not None and not status.reason.startswith(START_FAILED)
    paused = status.life is Life.WAITING and not is_waiting(status)
    return paused and tried_again and status.hold is Hold.NONE


def process(status: Status) -> str:
    return f", pid {status.process.pid}" if status.process else ""


def up(watch: Watch, status: Status) -> Outcome | None:
    if is_waiting(status):
        return not_up(watch, status) if any(lack.stuck for lack in status.lacking) else None
    if status.start_failure:
        return failed_start(watch, status)
    if status.asked or (status.life not in SETTLED and status.hold is Hold.NONE):
        return None
    if status.life is Life.ALIVE and status.monitored:
        return Outcome(True, DONE, "up" + process(status))
    if status.finished and status.reason.startswith(NOT_STARTED):
        return Outcome(True, DONE, status.reason)
    if status.finished:
        return Outcome(True, DONE, f"completed, {ended(status)}")
    if status.failed and status.life is Life.DOWN:
        return Outcome(False, NOT_UP, f"failed: {ended(status)}", log_tells=True)
    return not_up(watch, status)


def ended(status: Status) -> str:
    """`exit code 3 after 0.2s`"""
    ran = status.last_ran_for
    return f"{status.last_exit}" + ("" if ran is None else f" after {show_seconds(ran)}")


def failed_start(watch: Watch, status: Status) -> Outcome:
    """The first attempt has failed, whatever has become of the next ones by now."""
    word = phase(watch, status)
    tried = word in (Phase.STARTING, Phase.RESTARTING, Phase.UP)
    said = f"{status.start_failure}; it is tried again" if tried else f"{word}: {because(status)}"
    return Outcome(False, NOT_UP, said)


def not_up(watch: Watch, status: Status) -> Outcome:
    why = because(status)
    said = why if is_waiting(status) else f"{phase(watch, status)}: {why}"
    return Outcome(False, NOT_UP, said)


def down(watch: Watch, status: Status) -> Outcome | None:
    if status.life is Life.DOWN:
        return Outcome(True, DONE, "stopped")
    if status.life in (Life.STUCK, Life.UNKNOWN):
        return Outcome(False, FAILED, f"{phase(watch, status)}: {because(status)}")
    return None


def of_task(verb: Verb, watch: Watch, status: Status, _request: int) -> Outcome | None:
    """Settled when no command runs."""
    if status.life is Life.LAUNCHING:
        return None
    word = phase(watch, status)
    if verb is Verb.START and word is Phase.UP:
        return Outcome(True, DONE, f"up, in state {status.state}")
    if verb is not Verb.START and status.life is Life.DOWN:
        return Outcome(True, DONE, str(word))
    return Outcome(False, NOT_UP if verb is Verb.START else FAILED, f"{word}: {because(status)}")


def of_runs(verb: Verb, watch: Watch, status: Status, request: int) -> Outcome | None:
    """A run that was asked for is answered by its end, a stop by the end of what ran."""
    if verb is Verb.TRIGGER:
        return of_run(status, request)
    if verb is Verb.STOP and status.life is not Life.DOWN:
        stuck = status.life in (Life.STUCK, Life.UNKNOWN)
        return Outcome(False, FAILED, because(status)) if stuck else None
    goes_on = ", its run goes on" if status.run else ""
    return Outcome(True, DONE, f"{phase(watch, status)}{goes_on}")


def of_run(status: Status, request: int) -> Outcome | None:
    """The run that was asked for is answered by its own end."""
    last = status.last_run
    if last is None or last.request != request:
        waits = any(run and run.request == request for run in (status.run, status.queued))
        return None if waits else Outcome(False, FAILED, f"{status.order} came in between")
    well = last.result is Result.OK
    return Outcome(well, DONE if well else FAILED, last.said)


def reloaded(status: Status) -> Outcome | None:
    if is_reloading(status):
        return None
    if status.reload_failure:
        return Outcome(False, FAILED, status.reload_failure)
    return Outcome(True, DONE, "reloaded" + process(status))


OF_KIND: Mapping[str, Callable[[Verb, Watch, Status, int], Outcome | None]] = {
    "task": of_task,
    "scheduled": of_runs,
}
"""Of what keeps no process up."""
