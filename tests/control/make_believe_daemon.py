"""A desk in a make-believe daemon: the real engine, pretend processes, time that hurries."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from overseer.alerts.incident import OpenIncident
from overseer.alerts.overview import Waiting
from overseer.alerts.people import Person
from overseer.alerts.silence import Silence, Silences
from overseer.alerts.undelivered import Undelivered
from overseer.conditions.base import Reading
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.config.files import Texts
from overseer.config.lenient import Leniency
from overseer.control.desk import Desk
from overseer.control.office import Facts, Family, LeftOver, LogFiles, Office
from overseer.control.protocol import Answer, HungUp
from overseer.control.roles import Role
from overseer.control.wanted import Config, ReadFiles, Start
from overseer.engine import Engine
from overseer.errors import ConfigError, OverseerError, Problem, UnknownName
from overseer.model.copies import Copies, Scale
from overseer.model.event import TimerRang
from overseer.model.order_queue import OrderQueue
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.said import SILENT, Said
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Origin, Watch
from overseer.store.history import Entry, Story, facts_of
from overseer.store.runs import RunEntry
from overseer.testing import BOOT, FakeClock, FakeProcesses, FakeRounds, FakeStore, FakeTimers

PATIENCE = 45.0  # seconds of make-believe that pass while somebody waits
GRAPH = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("up",), ProcessExits(), "start"),
)


def watch(name: str, *tags: str, file: str = "/etc/o.yml", **changes: object) -> Watch:
    program = Program(command=("/bin/serve", name), reload=1)
    plain = Watch(name=name, program=program, tags=tags, transitions=GRAPH, origin=Origin(file, 1))
    return replace(plain, **changes)  # type: ignore[arg-type]


@dataclass
class World:
    clock: FakeClock
    processes: FakeProcesses
    timers: FakeTimers
    rounds: FakeRounds
    store: FakeStore


@dataclass
class Files:
    """Watch files, as a reader of them would find them now."""

    clock: FakeClock
    store: FakeStore
    texts: dict[str, dict[str, Watch]] = field(default_factory=dict)
    contacts: dict[str, object] = field(default_factory=dict)
    settings: object = None
    problems: list[Problem] = field(default_factory=list)
    remembered: tuple[str, ...] = ()
    gone: dict[str, str] = field(default_factory=dict)
    given: dict[str, dict[str, str]] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    scaled: dict[str, Scale] = field(default_factory=dict)
    queues: tuple[OrderQueue, ...] = ()
    notes: list[str] = field(default_factory=list)
    evidence: dict[str, Entry] = field(default_factory=dict)
    reader: ReadFiles | None = None  # of real files
    configured: list[Config] = field(default_factory=list)
    reads: list[tuple[str, ...]] = field(default_factory=list)
    runs_of: Callable[[str], list[RunEntry]] = lambda name: []

    def write(self, *watches: Watch) -> None:
        for one in watches:
            self.texts.setdefault(one.origin.file, {})[one.name] = one

    def read(
        self,
        roots: Sequence[str],
        elsewhere: Mapping[str, Watch] | None,
        scales: Mapping[str, Scale] = {},
        texts: Texts | None = None,
        lenient: Leniency | None = None,
        here: bool | Collection[str] = True,
        variables: Mapping[str, Mapping[str, str]] = {},
        named: Collection[str] = (),
        allowed: Collection[str] = (),
        judged: Collection[str] | None = None,
    ) -> Config:
        if self.reader:
            return self.reader(
                roots,
                elsewhere,
                scales,
                texts,
                lenient,
                here,
                variables,
                named,
                allowed,
                judged,
            )
        self.reads.append(tuple(roots))
        anew = texts.anew if isinstance(texts, NoTexts) else roots
        bad = [problem for problem in self.problems if problem.file in anew]
        if bad:
            raise ConfigError(bad)
        return Read(
            {name: one for root in roots for name, one in self.texts[root].items()},
            dict(self.contacts),
            {root: (root,) for root in roots},
            {Path(root): f"text of {root}" for root in roots},
            self.settings,
        )

    def history(
        self, names: Sequence[str], since: float | None, limit: int, incident: str = ""
    ) -> Sequence[Entry]:
        found = [
            Entry(
                at=self.clock.wall(), watch=name, kind=news.kind, message=news.message,
                incident=f"{name}.1", facts=facts_of(news),
            )
            for name, news in self.store.news
            if (not names or name in names) and incident in ("", f"{name}.1")
        ]  # fmt: skip
        return found[-limit:]

    def last_evidence(self, name: str) -> Entry | None:
        return self.evidence.get(name)

    def incidents(self, names: Sequence[str], since: float | None, limit: int) -> Sequence[Story]:
        return [
            Story(
                incident=f"{name}.1", watch=name, began=self.clock.wall(), latest=self.clock.wall(),
                first=news.message, last=news.message, entries=1,
            )
            for name, news in self.store.news
            if not names or name in names
        ][-limit:]  # fmt: skip

    def runs(self, name: str, limit: int) -> Sequence[RunEntry]:
        return self.runs_of(name)[-limit:]

    def loaded(self) -> Sequence[str]:
        return self.remembered

    def remember_loaded(self, files: Sequence[str]) -> None:
        self.remembered = tuple(files)

    def variables(self) -> Mapping[str, Mapping[str, str]]:
        return self.given

    def remember_variables(self, variables: Mapping[str, Mapping[str, str]]) -> None:
        self.given = {root: dict(found) for root, found in variables.items()}

    def allowed(self) -> Sequence[str]:
        return self.trusted

    def remember_allowed(self, paths: Sequence[str]) -> None:
        self.trusted = tuple(paths)

    def removed(self) -> Mapping[str, str]:
        return self.gone

    def remember_removed(self, files: Mapping[str, str]) -> None:
        self.gone = dict(files)

    def scales(self) -> Mapping[str, Scale]:
        return self.scaled

    def remember_scales(self, scales: Iterable[Scale]) -> None:
        self.scaled = {one.name: one for one in scales}

    def order_queues(self) -> Sequence[OrderQueue]:
        return self.queues

    def remember_order_queues(self, queues: Sequence[OrderQueue]) -> None:
        self.queues = tuple(queues)

    def note(self, name: str, kind: str, message: str, by: str) -> None:
        self.notes.append(f"{name}: {message}")


class NoTexts(Texts):
    """Knows only what is to be read anew."""

    anew: Collection[str] = ()

    def without(self, roots: Collection[str], files: Collection[str]) -> Texts:
        found = NoTexts()
        found.anew = roots
        return found

    def only(self, roots: Collection[str], files: Collection[str]) -> Texts:
        return self


@dataclass(frozen=True)
class Read:
    watches: Mapping[str, Watch]
    contacts: Mapping[str, object]
    sources: Mapping[str, Sequence[str]]
    files: Mapping[Path, str]
    settings: object = None
    contact_groups: Mapping[str, object] = field(default_factory=dict)
    copies: Mapping[str, Copies] = field(default_factory=dict)
    texts: Texts = field(default_factory=NoTexts)
    warnings: Sequence[Problem] = ()
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def without(self, names: Collection[str]) -> "Read":
        return replace(
            self, watches={name: one for name, one in self.watches.items() if name not in names}
        )


class FakePeople:
    """Silences that are kept nowhere."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.silences = Silences(lambda _: (), lambda *_: None)
        self.alerts: list[Waiting] = []
        self.incidents: dict[str, list[OpenIncident]] = {}

    def silence(self, words: Sequence[str], seconds: float, by: str, reason: str) -> Silence:
        now = self._clock.wall()
        begun = Silence(words=tuple(words), since=now, until=now + seconds, by=by, reason=reason)
        self.silences.begin(begun)
        return begun

    def end_silences(self, words: Sequence[str]) -> Sequence[Silence]:
        return self.silences.end(words, self._clock.wall())[1]

    def in_silence(self) -> Sequence[Silence]:
        return self.silences.at(self._clock.wall())

    def silenced(self, name: str) -> str:
        found = self.silences.of(name, self._clock.wall())
        return found.why if found else ""

    def who(self) -> Sequence[Person]:
        return [Person("ops", "email", ["night"], "repeat 1h", None)]

    def waiting(self) -> Sequence[Waiting]:
        return self.alerts

    def open_incidents(self) -> frozenset[str]:
        return frozenset({"web.1"})

    def open_incidents_of(self, name: str, boot: str) -> Sequence[OpenIncident]:
        return self.incidents.get(name, ())


class Operator:
    """Somebody at a terminal: asks the desk, and keeps what it says."""

    def __init__(self, desk: Desk, by: str = "alice") -> None:
        self.by = by
        self.role = Role.ADMIN
        self.afterwards: Callable[[], None] | None = None
        self.resumes: Callable[[], Answer | None] | None = None
        self.heard: list[Answer] = []
        self.leaves_after: int | None = None
        self._desk = desk

    def ask(self, do: str, **fields: object) -> Answer:
        self.heard.clear()
        try:
            return self._desk.answer({"v": 1, "do": do, **fields}, self)
        except OverseerError as error:
            return {"done": True, "code": error.exit_code, "error": str(error)}

    def say(self, answer: Answer) -> None:
        if self.leaves_after is not None and len(self.heard) >= self.leaves_after:
            raise HungUp("gone")
        self.heard.append(answer)

    def gone(self, patience: float = 0.0) -> bool:
        return self.leaves_after is not None and len(self.heard) >= self.leaves_after

    def begin_stream(self) -> None:
        pass

    @property
    def said(self) -> list[str]:
        return [one["say"] for one in self.heard if "say" in one]


class Daemon:
    """Carries out whatever is posted at once, in the thread that posts it."""

    def __init__(self, state_dir: Path) -> None:
        clock = FakeClock()
        self.clock = clock
        self.processes = FakeProcesses(clock)
        self.timers, self.store = FakeTimers(), FakeStore()
        world = World(clock, self.processes, self.timers, FakeRounds(), self.store)
        self.engine = Engine(world, BOOT, self._run)
        self.processes.engine = self.engine
        self.files = Files(clock, self.store)
        self.logs: dict[str, str] = {}
        self.said: dict[str, Said] = {}
        self.moments: dict[str, float] = {}
        self.readings: dict[str, Reading] = {}
        self.families: dict[str, Family] = {}
        self.notices: list[str] = []
        self.left_over: list[LeftOver] = []
        self.suspended: set[int] = set()
        self.log_times: dict[str, list[tuple[int, float]]] = {}
        self.contacts: list[tuple[str, str, bool]] = []
        self.undelivered = Undelivered()
        self.people = FakePeople(clock)
        self.trouble = ""
        self.left = False
        self.patience = PATIENCE
        self._running = False
        self.office = self._furnish(world, state_dir)
        self.desk = Desk(self.office)
        self.alice = Operator(self.desk)

    def _furnish(self, world: World, state_dir: Path) -> Office:
        facts = Facts(
            version="1.2.3",
            pid=1,
            since=self.clock.wall(),
            host="mail1",
            socket="/run/o.sock",
            state_dir=str(state_dir),
            log_dir=str(state_dir / "log"),
            boot=BOOT,
        )
        return Office(
            facts=facts,
            engine=self.engine,
            clock=self.clock,
            processes=world.processes,
            store=world.store,
            chronicle=self.files,
            wishes=self.files,
            read_files=self.files.read,
            is_there=lambda path: path in self.files.texts or os.path.exists(path),
            configured=self.files.configured.append,
            identify=self._identify,
            refuse_another_users=lambda pid, program: None,
            is_suspended=lambda process: process.pid in self.suspended,
            says=lambda name: self.said.get(name, SILENT),
            reading=self.readings.get,
            families=lambda: self.families,
            samples=lambda _: (),
            next_moment=self.moments.get,
            log_files=lambda watch: LogFiles(self.logs.get(watch.name), None),
            knock=lambda: iter(self.contacts),
            undelivered=lambda: self.undelivered,
            people=self.people,
            trouble=lambda: self.trouble,
            test_contact=_test_contact,
            access=lambda: "",
            sockets=dict,
            notices=lambda: self.notices,
            left_over=lambda: self.left_over,
            log_times=lambda path: self.log_times.get(path, ()),
            lost_records=lambda: (),
            moved_logs=lambda: (),
            of_itself=dict,
            leave=self._leave,
            reexec=lambda by: None,
        )

    def begins(self, *watches: Watch) -> None:
        """The daemon starts with these."""
        self.files.write(*watches)
        for one in watches:
            self.engine.add(one)
        roots = sorted(self.files.texts)
        self.desk.began(self.files.read(roots, {}), Start(given=roots))

    def status(self, name: str) -> Status:
        return self.engine.statuses[name]

    def pids(self) -> dict[str, int]:
        return {one.watch: pid for pid, one in self.processes.living.items()}

    def _leave(self) -> None:
        self.left = True

    def _identify(self, pid: int) -> Process | None:
        pretend = self.processes.living.get(pid)
        return pretend.process if pretend else None

    def _run(self) -> None:
        if self._running:
            return
        self._running = True
        self.engine.turn()
        end = self.clock.time + self.patience
        while (ring := self.timers.next()) and ring[0] <= end:
            due, name, timer = ring
            self.clock.time = max(self.clock.time, due)
            self.timers.take(name, timer)
            self.engine.post(name, TimerRang(timer, due))
            self.engine.turn()
        self._running = False


def _test_contact(name: str, hear: Callable[[str], None]) -> None:
    if name != "ops":
        raise UnknownName(f"no contact {name!r}")
    hear("250 ok")
