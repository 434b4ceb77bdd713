"""What the machine may ask of the engine. Each is answered by an event, if at all."""

from dataclasses import dataclass

from overseer.model.news import News
from overseer.model.process import Process
from overseer.model.program import Argv, Program
from overseer.model.status import Errand


@dataclass(frozen=True, slots=True)
class Spawn:
    """Run the errand's command: Launched or LaunchFailed, later Exited. Its intent is on disk."""

    errand: Errand
    program: Program
    about: Process | None = None  # for OVERSEER_PID of stop, restart and reload commands
    reason: str = ""
    state: str = ""  # that a task has entered


@dataclass(frozen=True, slots=True)
class Look:
    """Is a process of this watch there? Looked(token), followed from then on if it is.

    Asked of, in this order: the recorded *process*, the *errand* whose process was never
    recorded, and the pid file of *program*.
    """

    token: int
    program: Program
    process: Process | None = None
    errand: Errand | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Tell of the end of a process known from before; Exited at once if it is gone."""

    process: Process


@dataclass(frozen=True, slots=True)
class Signal:
    """Send to *process*, with *tree* to all that belongs to it: Signalled. CONT follows."""

    process: Process
    signal: int
    tree: bool = False


@dataclass(frozen=True, slots=True)
class Sweep:
    """Count what lives of *process*, its group, session and listed tree, and of whatever else the
    launches of the watch have left behind since (*since*, in ticks): Swept.

    With *signal* it is sent to each of them first.
    """

    process: Process
    signal: int | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Hook:
    """Run a hook aside, the program's of that name unless *argv* says what; HookFailed if it
    fails, and nothing waits for it."""

    name: str
    program: Program
    process: Process | None = None
    reason: str = ""
    argv: Argv | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Do not run the errand of that id any more: a hook before it is ended, and LaunchFailed tells
    so; nothing where it has been run. With a hook's name as *id*: end that hook of the watch."""

    id: str


@dataclass(frozen=True, slots=True)
class Tell:
    news: News


Action = Spawn | Cancel | Look | Follow | Signal | Sweep | Hook | Tell
