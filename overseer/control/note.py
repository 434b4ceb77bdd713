"""Why a watch is where it is, and what comes next: one line beside its state."""

from overseer.control.coming import Coming
from overseer.control.moments import Moments
from overseer.core.outdated import runs_as_before
from overseer.core.phase import START_FAILED, aside, because, phase, upcoming
from overseer.model.said import SILENT, Said
from overseer.model.state import Hold, Phase
from overseer.model.status import Status, Then
from overseer.model.watch import Watch


def note(
    word: Phase,
    watch: Watch,
    status: Status,
    moments: Moments,
    following: Coming | None = None,
    said: Said = SILENT,
) -> str:
    """`exit code 1 after 0.3s; next try 15:42:07`. A watch that is simply up needs none."""
    why: tuple[str, ...]
    if word is not phase(watch, status):  # its process says so, and perhaps more
        why = (said.status or f"{said.doing}, it says",)
    elif watch.is_task:
        why = (because(status), _doing(status))
    elif watch.schedule:
        why = (_of_runs(status),)
    else:
        why = (_why(word, status),)
    # that it is to be restarted by the calendar is no news about what is up
    coming = following if watch.schedule else upcoming(watch, status)
    parts = [
        *why,
        _before(watch, status),
        f"{coming[0]} {moments.clock_time(coming[1])}" if coming else "",
    ]
    return "; ".join(part for part in parts if part)


def _why(word: Phase, status: Status) -> str:
    if word is Phase.UP and not status.trouble and status.hold is Hold.NONE:
        return f"last: {status.last_exit}" if status.restarts and status.last_exit else ""
    why, ended = because(status), aside(status)
    if not ended or str(status.last_exit) in why or why.startswith(START_FAILED):
        return why
    return f"{why}, {ended}" if why else ended


def _before(watch: Watch, status: Status) -> str:
    """What a load has changed and has not restarted it for."""
    changed = runs_as_before(watch, status)
    if not changed:
        return ""
    return f"runs as before the load ({', '.join(changed)}); `overseer restart --changed`"


def _of_runs(status: Status) -> str:
    """What runs now, or how the last run ended."""
    errand = status.errand
    pid = f", pid {errand.process.pid}" if errand and errand.process else ""
    waits = "; another run waits" if status.queued else ""
    return f"{status.run.cut if status.run and status.run.cut else because(status)}{pid}{waits}"


def _doing(status: Status) -> str:
    """Of a task: whether a command runs."""
    errand = status.errand
    if errand is None:
        return ""
    pid = f", pid {errand.process.pid}" if errand.process else ""
    if status.then is Then.NOTHING:
        return f"its command runs{pid}"
    return f"the command of the state before is being ended{pid}"
