"""Whether a process runs as its file asks for it, or as that did when it was launched."""

from dataclasses import fields

from overseer.model.program import FROM_THE_NEXT_START, Program
from overseer.model.state import Life
from overseer.model.status import Status
from overseer.model.watch import Watch

WORN = tuple(one.name for one in fields(Program) if one.name not in FROM_THE_NEXT_START)
"""Keys that a process wears from its launch to its end."""
KNOWN = tuple(name for name in WORN if name not in ("notify_socket", "watchdog"))
"""Those that are known of a process that an earlier version has launched."""


def outdated(worn: Program | None, wanted: Program) -> tuple[str, ...]:
    """The keys that take a new process to be as they are wanted."""
    if worn is None or worn is wanted or worn == wanted:
        return ()
    names = WORN if worn.notify_socket is not None else KNOWN
    return tuple(name for name in names if getattr(worn, name) != getattr(wanted, name))


def runs_as_before(watch: Watch, status: Status) -> tuple[str, ...]:
    """What a load has changed and has not restarted it for."""
    lives = status.process is not None and status.life in (Life.GRACE, Life.ALIVE)
    if not lives or watch.kind != "watch":
        return ()
    return outdated(status.program, watch.program)
