"""What the desk needs of the daemon around it, in one place for the app to fill."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from overseer.conditions.base import Reading
from overseer.control.chronicle import Chronicle, Wishes
from overseer.control.wanted import Config, ReadFiles
from overseer.model.event import Event
from overseer.model.log_file import LogMark
from overseer.model.news import News
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.said import Said
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock, Processes, Store

if TYPE_CHECKING:
    from overseer.alerts.incident import OpenIncident
    from overseer.alerts.people import Person

T = TypeVar("T")
Observer = Callable[[str, Watch, Status, tuple[News, ...]], None]


class Engine(Protocol):
    """What is used of the engine; `add`, `replace` and `remove` on its own thread only."""

    observers: list[Observer]

    @property
    def watches(self) -> Mapping[str, Watch]: ...
    @property
    def statuses(self) -> Mapping[str, Status]: ...
    def post(self, name: str, event: Event) -> None: ...
    def call(self, work: Callable[[], T]) -> Future[T]: ...
    def add(self, watch: Watch, known: Status | None = None) -> None: ...
    def replace(self, watch: Watch, *, hard: bool, restart: bool) -> None: ...
    def rename(self, old: str, watch: Watch, *, hard: bool, restart: bool) -> None: ...
    def arrange(self, names: Iterable[str]) -> None: ...
    def let_go(self, names: Iterable[str]) -> None: ...
    def remove(self, name: str, *, leave: bool = False) -> None: ...


class Sampled(Protocol):
    """How a condition stands, for people; a hit is starred."""

    @property
    def condition(self) -> str: ...
    @property
    def samples(self) -> tuple[str, ...]: ...
    @property
    def limit(self) -> str: ...
    @property
    def met(self) -> bool: ...
    @property
    def doubt(self) -> str:
        """Why it has had no answer of late; "" for it has."""
        ...

    @property
    def notice(self) -> str: ...


class Undelivered(Protocol):
    """Alerts that have not gone, in words; false where there are none."""

    @property
    def waiting(self) -> int: ...
    @property
    def lost(self) -> int: ...
    def __bool__(self) -> bool: ...


class Silence(Protocol):
    """Nobody is told of the watches that *words* mean; moments in seconds since the epoch."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def since(self) -> float: ...
    @property
    def until(self) -> float: ...
    @property
    def by(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Waiting(Protocol):
    """An alert that has not arrived; *at* and *next* in seconds since the epoch."""

    @property
    def contact(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def watch(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def incident(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def why(self) -> str: ...
    @property
    def next(self) -> float | None: ...


class People(Protocol):
    """Who is told, and who is not. Called from any thread."""

    def who(self) -> "Sequence[Person]": ...

    def silence(self, words: Sequence[str], seconds: float, by: str, reason: str) -> Silence: ...
    def end_silences(self, words: Sequence[str]) -> Sequence[Silence]: ...
    def in_silence(self) -> Sequence[Silence]: ...
    def silenced(self, name: str) -> str:
        """Why nobody is told of this watch and how long, in words; "" where somebody is."""
        ...

    def waiting(self) -> Sequence[Waiting]:
        """Oldest first. Raises Refused."""
        ...

    def open_incidents(self) -> Collection[str]:
        """Those that nobody has heard the end of, by their ids."""
        ...

    def open_incidents_of(self, name: str, boot: str) -> "Sequence[OpenIncident]":
        """Alarms about this watch that are not over."""
        ...


class Family(NamedTuple):
    """A process with its descendants. *rss* in bytes, *cpu* in percent of one core; None until
    it has been asked about twice."""

    processes: int
    rss: int
    cpu: float | None


class LogFiles(NamedTuple):
    """*now*: the file that a process writes to although another one has that name by now, by path;
    nothing else is to be read there."""

    log: str | None
    err_log: str | None  # None: with the log
    now: Mapping[str, LogMark] = {}


OF_NO_WATCH = "a child of overseer that belongs to no watch"


class LeftOver(NamedTuple):
    """A process that a launch of that watch has left behind, or one whose watch is *gone*. Without
    a name it can be told of no watch."""

    name: str
    pid: int
    gone: bool = True
    command: str = ""

    def described(self) -> str:
        """`pid 12 (nginx)`"""
        return f"pid {self.pid}{f' ({self.command})' * bool(self.command)}"

    def __str__(self) -> str:
        if not self.name:
            return f"{self.described()}: {OF_NO_WATCH}"
        return f"{self.name} (pid {self.pid}{', ' * bool(self.command)}{self.command})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What does not change while the daemon lives; *since* in seconds since the epoch."""

    version: str
    pid: int
    since: float
    host: str
    socket: str
    state_dir: str
    log_dir: str
    boot: str  # of the machine
    observes: bool = False  # touches nothing: `run --observe`


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    facts: Facts
    engine: Engine
    clock: Clock
    processes: Processes
    store: Store
    chronicle: Chronicle
    wishes: Wishes
    read_files: ReadFiles
    is_there: Callable[[str], bool]  # a watch file, or a folder of them
    configured: Callable[[Config], None]  # in force now, for the roots in its sources
    identify: Callable[[int], Process | None]  # the living process of that pid
    refuse_another_users: Callable[[int, Program], None]  # raises Refused: not the program's user's
    is_suspended: Callable[[Process], bool]  # by a signal, or a debugger: it gets no CPU
    says: Callable[[str], Said]  # what its process says of itself (sd_notify)
    reading: Callable[[str], Reading | None]  # the last look at a watch's process
    families: Callable[[], Mapping[str, Family]]  # of every watch with a process, as of now
    samples: Callable[[str], Sequence[Sampled]]
    log_files: Callable[[Watch], LogFiles]
    next_moment: Callable[[str], float | None]  # of the calendar, seconds since the epoch
    knock: Callable[[], Iterator[tuple[str, str, bool]]]  # contact, what it says, whether it does
    undelivered: Callable[[], Undelivered]
    people: People
    trouble: Callable[[], str]  # why the disk does not take what is to be kept; "" while it does
    test_contact: Callable[[str, Callable[[str], None]], None]  # raises OverseerError
    access: Callable[[], str]  # who may use the sockets beside their owner, in words
    sockets: Callable[[], Mapping[str, int | None]]  # the groups that may use them, by path
    notices: Callable[[], Sequence[str]]  # what everybody who asks for the status is to know
    left_over: Callable[[], Sequence[LeftOver]]
    log_times: Callable[[str], Sequence[tuple[int, float]]]  # bytes of a log, since the epoch
    lost_records: Callable[[], Sequence[str]]  # of the daemon before, each in a sentence
    moved_logs: Callable[[], Sequence[str]]  # from under living programs, each in a sentence
    of_itself: Callable[[], Mapping[str, object]]  # what the daemon measures of itself
    reexec: Callable[[str], None]  # by whom; returns only by raising Refused
    leave: Callable[[], None]  # end the daemon, leave the processes
