"""Why a watch is where it is, and what comes next: one line beside its state."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from overseer.control.coming import Coming
from overseer.control.moments import Moments
from overseer.core.outdated import runs_as_before
from overseer.core.phase import (
    START_FAILED,
    aside,
    because,
    is_about_another,
    phase,
    upcoming,
)
from overseer.model.said import SILENT, Said
from overseer.model.state import Hold, Life, Phase
from overseer.model.status import Status, Then
from overseer.model.watch import Watch

if TYPE_CHECKING:
    from overseer.alerts.incident import OpenIncident


NUMBER = re.compile(r"\d+")
AUTOSTART = "autostart"
"""The reason of what nothing has happened to: it is no news."""


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
        why = (_why(word, watch, status, moments),)
    # that it is to be restarted by the calendar is no news about what is up
    coming = following if watch.schedule else upcoming(watch, status)
    parts = [
        *(text for text in why if text != AUTOSTART),
        _before(watch, status),
        f"{coming[0]} {moments.clock_time(coming[1])}" if coming else "",
    ]
    return "; ".join(part for part in parts if part)


def with_troubles(
    why: str,
    status: Status,
    suspended: bool,
    incidents: "Sequence[OpenIncident]",
    silenced: str,
) -> str:
    """The same with what is wrong although it may be up, and whether people are told."""
    pid = status.process.pid if status.process else "PID"
    headlines = [incident.headline for incident in incidents]
    parts = [
        f"stopped by a signal: kill -CONT {pid}" if suspended else "",
        why,
        *(f"incident open: {headline}" for headline in headlines if not _says(why, headline)),
        silenced,
    ]
    return "; ".join(filter(None, parts))


def _says(why: str, headline: str) -> bool:
    """The same happened to other processes: pids and times tell nothing new."""
    return NUMBER.sub("", headline) in NUMBER.sub("", why)


def _why(word: Phase, watch: Watch, status: Status, moments: Moments) -> str:
    if word is Phase.UP and not status.trouble and status.hold is Hold.NONE:
        return _last_crash(status, moments)
    why, ended = because(status), aside(watch, status)
    if status.life is Life.GRACE and why == status.reason and is_about_another(why):
        return f"launched again ({why})"
    if (
        status.hold is not Hold.NONE
        or not ended
        or str(status.last_exit) in why
        or why.startswith(START_FAILED)
    ):
        return why
    return f"{why}, {ended}" if why else ended


def _last_crash(status: Status, moments: Moments) -> str:
    """Of what is up again; that somebody stopped it, or restarted it, is no news about it."""
    at = status.last_exit_at
    if not status.restarts or status.last_exit is None or status.last_exit_asked or at is None:
        return ""
    return f"restarted {moments.clock_time(at)} ({status.last_exit})"


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
