"""What comes next without anybody's doing: overseer's own next step, else the calendar's."""

from overseer.control.moments import Moments
from overseer.control.office import Office
from overseer.control.protocol import Answer
from overseer.core.phase import upcoming
from overseer.model.state import Goal, Hold, Life
from overseer.model.status import Status
from overseer.model.watch import Watch

Coming = tuple[str, float]
"""What, and when in seconds of CLOCK_BOOTTIME."""


def coming(office: Office, watch: Watch, status: Status, moments: Moments) -> Coming | None:
    if found := upcoming(watch, status):
        return found
    if status.goal is not Goal.UP or not (watch.schedule or is_restarted(status)):
        return None
    at = office.next_moment(watch.name)
    if at is None:
        return None
    return "next run" if watch.schedule else "next restart", moments.now + at - moments.wall


def is_restarted(status: Status) -> bool:
    """True where the calendar restarts it: not what is down, or held."""
    return status.hold is Hold.NONE and status.life is not Life.DOWN


def as_answer(found: Coming | None, moments: Moments) -> Answer | None:
    if found is None:
        return None
    what, due = found
    return {"what": what, "at": moments.text(due), "in_s": round(max(0.0, due - moments.now), 1)}
