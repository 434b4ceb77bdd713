"""What a condition is: a question with three answers, put again and again."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from overseer.errors import in_words
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.said import SILENT, Said
from overseer.model.transition import Notify
from overseer.model.units import Seconds
from overseer.model.usage import Metric
from overseer.model.window import Window
from overseer.patterns import NotJudged

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True, slots=True)
class Times:
    """Met when at least *hits* of the last *of* answers were hits, also before *of* exist."""

    hits: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.hits} of {self.of}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a process gave. *cpu* is None at the first look of a life: a share of
    one core, in percent, since the look before."""

    rss: int
    cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended that a check has run: *code* is None after a signal."""

    code: int | None
    output: str  # standard output and error, the first 64 kB
    signal: int | None = None


Run = Callable[[Sequence[str], float], Ended]
"""Runs a program as the watch's own is run (user, folder, environment), so many seconds at
most. Raises OSError where it cannot be run, TimeoutError where it was not over in time; then
it has been killed, with all that it started."""


Weigh = Callable[[Metric], int | None]
"""Bytes of memory by PSS or USS, of what *reading* is about; None where they may not be read."""


def cannot_run(argv: Sequence[str], timeout: float) -> Ended:
    raise OSError("programs are not run here")


class Unknown(Exception):
    """Raised by a condition that has no answer this time: the text says why, and needs nothing
    added."""


def weighs_nothing(metric: Metric) -> int | None:
    return None


LONGEST_REASON = 1000
"""Characters of what an exception says that are kept."""
NO_PROGRAM = Program()
NO_KEY = {"key": False}
"""Metadata of a field that is no option of the watch file by itself."""


@dataclass(slots=True)
class Scene:
    """What a condition is asked about.

    *reading* is None without a living process. *before* is what the same condition measured
    last, None at first: it goes with the row, and is forgotten with the state it holds in.
    """

    watch: str = ""
    program: Program = NO_PROGRAM
    worn: Program = NO_PROGRAM  # as which the process was launched
    process: Process | None = None
    reading: Reading | None = None
    before: Any = None
    now: float = 0.0  # seconds of CLOCK_BOOTTIME
    launched: float | None = None  # when overseer itself last launched or restarted it, same clock
    since: float = 0.0  # when this daemon, or a load, brought the check; same clock
    loaded: float = 0.0  # the same, of a load alone
    run: Run = cannot_run
    weigh: Weigh = weighs_nothing
    said: Said = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Its fields are its options in the watch file."""

    polled: ClassVar[bool] = True  # False: answered by the machine itself, when it changes
    needs_process: ClassVar[bool] = False
    listens: ClassVar[bool] = False  # True: asks for what the process says of itself
    sudden: ClassVar[bool] = False  # True: one hit is enough, three of five are not waited for
    said_once: ClassVar[bool] = False  # True: whoever does not listen then never hears of it
    brief: ClassVar[str] = ""  # the option a bare value stands for: `when: {tries: 5}`
    either: ClassVar[Mapping[str, str]] = {}  # one of these is written, as in the examples

    times: Times = Times()
    interval: Seconds | None = None  # None: the watch's
    notify: Notify | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled(Condition):
    """A condition that is asked in its rhythm, on the engine's thread: it must not wait for
    anything. Measure, decide, explain are three functions; only `measure` looks at the world.
    """

    @property
    def reads(self) -> bool:
        """True where `measure` wants a reading of the process, if there is one."""
        return self.needs_process

    @property
    def weighs(self) -> bool:
        """True where `measure` may have to `weigh` what it reads."""
        return False

    def measure(self, scene: Scene) -> Any:
        """The value, or None for *unknown*. What it raises is unknown, too, and why."""
        raise NotImplementedError

    def met(self, value: Any) -> bool | None:
        """None where the value is not yet enough to tell."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The value as people read it: one sample in a status line or a mail."""
        raise NotImplementedError

    def explain(self, value: Any) -> str:
        """Why it is met, in one clause: `memory 104MB, above 100MB`."""
        raise NotImplementedError

    def because(self, value: Any) -> str:
        """The same, and how often it was so: `memory 104MB, above 100MB (3 of 5)`."""
        reason = self.explain(value)
        return reason if self.times.of == 1 else f"{reason} ({self.times})"

    def window(self) -> Window:
        """An empty one, for the answers to come."""
        return Window(self.times)

    def notice(self, value: Any) -> str:
        """What somebody who asks should know of it though it is not met; an empty text: nothing."""
        return ""

    def limit(self) -> str:
        """What would be too much, as `status` shows it beside the samples: `above 100MB`."""
        above = getattr(self, "above", None)
        return f"above {self.show(above)}" if isinstance(above, int | float) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Polled):
    """A polled condition that may wait: for a network, a disk, a program. It is measured on a
    thread of its own, which delays nobody, and is given up when its time is over."""

    timeout: Seconds = 10.0

    def late(self) -> Any:
        """The value where `measure` was not over in time; None for unknown."""
        return None

    def pace(self, value: Any) -> float:
        """Below 1 where it is to be asked again sooner: that share of its interval."""
        return 1.0


def counted(scene: Scene, count: Callable[["psutil.Process"], int]) -> int | None:
    """What *count* says of the process; None where that has gone, whoever has its pid by now.

    Raises PermissionError where it may not be looked into. For checks: psutil takes its time.
    """
    import psutil

    recorded = scene.process
    if recorded is None:
        return None
    try:
        number = count(psutil.Process(recorded.pid))
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        said = f"pid {recorded.pid} is somebody else's; run overseer as root, or as that user"
        raise PermissionError(said) from None
    return number if ticks_of(recorded.pid) == recorded.ticks else None


def ticks_of(pid: int) -> int | None:
    """When the process that has this pid now began: field 22 of /proc/PID/stat (proc(5))."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def word(condition: Condition) -> str:
    """The name a watch file has for it: `memory_usage`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(condition).__name__).lower()


def worded(error: BaseException) -> str:
    """Why there is no answer; what explains itself needs no name before it."""
    try:
        said = (in_words(error) if isinstance(error, OSError) else str(error))[:LONGEST_REASON]
    except BaseException:  # noqa: BLE001 - other people's exceptions, too
        return type(error).__name__
    explains_itself = isinstance(error, OSError | Unknown | NotJudged)
    return said if said and explains_itself else f"{type(error).__name__}: {said}"


def unwritten(kind: type) -> list[str]:
    """What a polled condition must define and does not."""
    if not issubclass(kind, Polled):
        return []
    duties = ("measure", "met", "show", "explain")
    return [duty for duty in duties if getattr(kind, duty) is getattr(Polled, duty)]
