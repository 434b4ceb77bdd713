"""What a launch runs, and what it is told in its environment."""

from overseer.model.action import Spawn
from overseer.model.program import Argv, Program
from overseer.model.status import Job
from overseer.system.exec_chain import CannotRun


def command(program: Program, job: Job) -> Argv:
    argv = {
        Job.LAUNCH: program.command,
        Job.START: program.start,
        Job.RESTART: program.restart,
        Job.STOP: program.stop or program.hooks.get("before_stop"),
        Job.AFTER_STOP: program.hooks.get("after_stop"),
        Job.RELOAD: program.reload if isinstance(program.reload, tuple) else None,
        Job.CHECK: program.check_before_restart,
        Job.STATE: program.command,
        Job.RUN: program.command,
    }[job]
    if not argv:
        raise CannotRun(f"it has no {job} command")
    return argv


def told(action: Spawn) -> dict[str, str]:
    """By the launch id the next daemon finds what this one did not live to record."""
    known = {"OVERSEER_LAUNCH_ID": action.errand.id}
    if action.about is not None:
        known |= {"OVERSEER_PID": str(action.about.pid), "OVERSEER_REASON": action.reason}
    if action.state:
        known |= {"OVERSEER_STATE": action.state, "OVERSEER_REASON": action.reason}
    return known
