"""Make-believe worlds: a fake clock, pretend processes, whole lives of a watch.

life = Life(Watch(name="web", program=Program(command=("serve",))))
life.passes(5)
life.exits(code=1)
assert life.phase == "up"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overseer.core.machine import step
from overseer.core.phase import phase
from overseer.engine import Decide, Engine
from overseer.model.action import Cancel, Follow, Hook, Look, Signal, Spawn, Sweep
from overseer.model.event import (
    Answered,
    Asked,
    Doubted,
    Event,
    Exited,
    Launched,
    LaunchFailed,
    LeftBehind,
    Looked,
    Signalled,
    Swept,
    Timer,
    TimerRang,
    Verb,
)
from overseer.model.news import Kind, News
from overseer.model.process import Exit, Process
from overseer.model.program import Argv
from overseer.model.state import Phase
from overseer.model.status import Job, Status
from overseer.model.watch import Watch

BOOT = "boot-one"
DAYBREAK = 1_000.0
"""Seconds since boot at which every story begins."""


class FakeClock:
    """Time that passes only when a story says so."""

    def __init__(self, now: float = DAYBREAK) -> None:
        self.time = now
        self.set_by = 0.0  # seconds by which somebody has set the wall clock

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return 1_700_000_000.0 + self.time + self.set_by


class FakeTimers:
    def __init__(self) -> None:
        self.dues: dict[str, Mapping[str, float]] = {}

    def set(self, name: str, dues: Mapping[str, float]) -> None:
        self.dues[name] = dict(dues)

    def next(self) -> tuple[float, str, Timer] | None:
        """The earliest timer of all."""
        every = [
            (due, name, Timer(timer))
            for name, dues in self.dues.items()
            for timer, due in dues.items()
        ]
        return min(every, default=None)

    def take(self, name: str, timer: Timer) -> None:
        self.dues[name] = {key: due for key, due in self.dues[name].items() if key != timer}


class FakeRounds:
    """No polling: a story gives the answers itself."""

    def __init__(self) -> None:
        self.arranged: dict[str, Status] = {}

    def arrange(self, watch: Watch, status: Status) -> None:
        self.arranged[watch.name] = status

    def forget(self, name: str) -> None:
        self.arranged.pop(name, None)


class FakeStore:
    """Remembers what was recorded: `disk` is what the next daemon finds."""

    def __init__(self) -> None:
        self.disk: dict[str, Status] = {}
        self.news: list[tuple[str, News]] = []
        self.durable = 0

    def record(
        self,
        changed: Mapping[str, Status],
        news: Iterable[tuple[Watch, Status, News]],
        durable: bool,
    ) -> None:
        self.disk.update(changed)
        self.news.extend((watch.name, item) for watch, _, item in news)
        self.durable += durable

    def forget(self, name: str) -> None:
        self.disk.pop(name, None)


@dataclass
class Pretend:
    """A pretend process: of a program, or of a command on its way."""

    watch: str
    process: Process
    job: Job
    errand: str
    ignores_term: bool = False
    left: int = 0  # others of its tree that outlive it


@dataclass
class FakeProcesses:
    """Births and deaths that a story decides. Prompt by default: a launch is answered at once,
    TERM ends what does not ignore it, a look tells the truth."""

    clock: FakeClock
    engine: Engine | None = None
    prompt: bool = True
    broken: str = ""  # why every launch fails, if it does
    looks_fail: str = ""  # why no look can tell, if so
    ignores_term: bool = False
    immortal: bool = False  # survives SIGKILL, while the kernel holds it
    leaves: int = 0
    living: dict[int, Pretend] = field(default_factory=dict)
    pid_files: dict[str, Process] = field(default_factory=dict)
    followed: set[Process] = field(default_factory=set)
    waiting: list[tuple[str, Event]] = field(default_factory=list)
    unborn: list[tuple[str, Spawn]] = field(default_factory=list)
    held: list[Process] = field(default_factory=list)  # have been sent SIGKILL, and live
    remains: dict[Process, int] = field(default_factory=dict)
    behind: dict[str, list[Process]] = field(default_factory=dict)  # left for good, by watch
    signals: list[tuple[int, int]] = field(default_factory=list)
    spawned: list[tuple[str, Job]] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    argvs: list[Argv] = field(default_factory=list)  # of those carried out
    last_pid: int = 100
    boot: str = BOOT

    def spawn(self, watch: Watch, action: Spawn) -> None:
        self.spawned.append((watch.name, action.errand.job))
        if self.prompt:
            self.launch(watch.name, action)
        else:
            self.unborn.append((watch.name, action))

    def launch(self, name: str, action: Spawn) -> Process | None:
        """Carry a launch out, now."""
        self.argvs.append(action.program.command or action.program.start or ())
        if self.broken:
            self.tell(name, LaunchFailed(action.errand.id, self.broken, hopeless=True))
            return None
        begins = action.errand.job in (Job.LAUNCH, Job.START, Job.RUN, Job.STATE)
        if begins and action.program.leftovers != "ignore" and self.behind.get(name):
            self.tell(name, LeftBehind(action.errand.id, tuple(self.behind[name])))
            return None
        process = self.bear(name, action.errand.job, action.errand.id)
        self.followed.add(process)
        self.tell(name, Launched(action.errand.id, process))
        return process

    def bear(self, name: str, job: Job, errand: str = "") -> Process:
        """A process begins to live, known to overseer or not."""
        self.last_pid += 1
        process = Process(self.last_pid, int(self.clock.time * 100), self.boot)
        pretend = Pretend(name, process, job, errand, self.ignores_term, self.leaves)
        self.living[process.pid] = pretend
        return process

    def leave(self, name: str) -> Process:
        """Something of a launch of that watch has gone to the background."""
        self.last_pid += 1
        process = Process(self.last_pid, int(self.clock.time * 100), BOOT)
        self.behind.setdefault(name, []).append(process)
        return process

    def tell(self, name: str, event: Event) -> None:
        if self.prompt and self.engine:
            self.engine.post(name, event)
        else:
            self.waiting.append((name, event))

    def cancel(self, watch: Watch, action: Cancel) -> None:
        asked = (watch.name, action.id)
        for one in [it for it in self.unborn if (it[0], it[1].errand.id) == asked]:
            self.unborn.remove(one)
            self.tell(watch.name, LaunchFailed(action.id, "cut short"))

    def look(self, watch: Watch, action: Look) -> None:
        self.tell(watch.name, self.sight(watch.name, action))

    def sight(self, name: str, action: Look) -> Looked:
        if self.looks_fail:
            return Looked(action.token, doubt=self.looks_fail)
        if action.process and self.lives(action.process):
            return self.found(name, action, action.process)
        if action.errand:
            for pretend in self.living.values():
                if (pretend.watch, pretend.errand) == (name, action.errand.id):
                    if action.errand.process and not self.named(name, pretend.process):
                        break  # known to run; only the pid file says that it is the program
                    return self.found(name, action, pretend.process)
        named = self.pid_files.get(name)
        if named and self.lives(named):
            return self.found(name, action, named)
        command = action.errand.process if action.errand else None
        left = self.behind.get(name, ()) if command else ()
        return Looked(action.token, left=tuple(it for it in left if command and since(it, command)))

    def named(self, name: str, process: Process) -> bool:
        return self.pid_files.get(name) == process

    def found(self, name: str, action: Look, process: Process) -> Looked:
        self.followed.add(process)
        own = self.living[process.pid].errand
        return Looked(
            action.token, process, running_errand=bool(action.errand and own == action.errand.id)
        )

    def lives(self, process: Process) -> bool:
        pretend = self.living.get(process.pid)
        return pretend is not None and pretend.process == process

    def follow(self, watch: Watch, action: Follow) -> None:
        if self.lives(action.process):
            self.followed.add(action.process)
        else:
            self.tell(watch.name, Exited(action.process))

    def signal(self, watch: Watch, action: Signal) -> None:
        self.tell(watch.name, Signalled(action.process, action.signal))
        if self.immortal and action.signal == 9:
            self.held.append(action.process)
        if not self.lives(action.process) or self.immortal:
            return
        self.signals.append((action.process.pid, action.signal))
        pretend = self.living[action.process.pid]
        if action.signal == 9:
            pretend.left = 0 if action.tree else pretend.left
        if action.signal == 9 or not pretend.ignores_term:
            self.die(action.process.pid, Exit(signal=action.signal))

    def sweep(self, watch: Watch, action: Sweep) -> None:
        helps = action.signal == 9 or not self.ignores_term
        if self.immortal and action.signal == 9:
            self.held.append(action.process)
        if action.signal is not None and helps and not self.immortal:
            self.remains.pop(action.process, None)
            kept = [it for it in self.behind.get(watch.name, ()) if it.ticks < action.since]
            self.behind[watch.name] = kept
        left = self.remains.get(action.process, 0)
        left += sum(it.ticks >= action.since for it in self.behind.get(watch.name, ()))
        left += self.lives(action.process)
        who = (f"pid {action.process.pid} (serve)",) * (left > 0)
        self.tell(watch.name, Swept(action.process, left, who, action.signal))

    def let_go(self) -> None:
        """The kernel holds nobody any more: who has been sent SIGKILL is gone."""
        self.immortal = False
        held, self.held = self.held, []
        for process in held:
            self.remains.pop(process, None)
            if self.lives(process):
                self.living[process.pid].left = 0
                self.die(process.pid, Exit(signal=9))

    def hook(self, watch: Watch, action: Hook) -> None:
        self.hooks.append(" ".join(action.argv or (action.name,)))

    def forget(self, name: str) -> None:
        self.followed -= {p.process for p in self.living.values() if p.watch == name}

    def die(self, pid: int, exit: Exit) -> None:
        """A process ends; overseer hears of it if it follows it."""
        pretend = self.living.pop(pid)
        if pretend.left:
            self.remains[pretend.process] = pretend.left
        if pretend.process in self.followed:
            self.followed.discard(pretend.process)
            behind = tuple(self.behind.get(pretend.watch, ()))
            left = pretend.left > 0 or bool(behind)
            self.tell(pretend.watch, Exited(pretend.process, exit, left, behind))


def since(it: Process, command: Process) -> bool:
    return it.ticks >= command.ticks


@dataclass(frozen=True)
class FakeWorld:
    clock: FakeClock
    processes: FakeProcesses
    timers: FakeTimers
    rounds: FakeRounds
    store: FakeStore


class Lives:
    """Some watches in a world of their own, from their first sight on."""

    def __init__(self, *watches: Watch, prompt: bool = True, step: Decide = step) -> None:
        self.step = step
        clock = FakeClock()
        processes, rounds = self.new_processes(clock), self.new_rounds(clock)
        self.world = FakeWorld(clock, processes, FakeTimers(), rounds, FakeStore())
        self.engine = self.new_daemon()
        self.requests = 0
        self.processes.prompt = prompt
        for watch in watches:
            self.engine.add(watch)
        self.engine.turn()

    def new_processes(self, clock: FakeClock) -> FakeProcesses:
        return FakeProcesses(clock)

    def new_rounds(self, clock: FakeClock) -> FakeRounds:
        return FakeRounds()

    def new_daemon(self) -> Engine:
        engine = Engine(self.world, self.processes.boot, step=self.step)
        self.world.processes.engine = engine
        return engine

    @property
    def processes(self) -> FakeProcesses:
        return self.world.processes

    def phase_of(self, name: str) -> Phase:
        return phase(self.engine.watches[name], self.engine.statuses[name])

    def tell(self, name: str, event: Event) -> None:
        self.engine.post(name, event)
        self.engine.turn()

    def ask(self, name: str, verb: Verb, by: str = "alice", words: str = "") -> int:
        """An operator asks; the number of the request. *words*: as typed, else its name."""
        self.requests += 1
        self.tell(name, Asked(verb, by, words or name, self.requests))
        return self.requests

    def passes(self, seconds: float) -> None:
        """Time passes, and every timer that comes due rings at its moment."""
        clock, timers = self.world.clock, self.world.timers
        end = clock.time + seconds
        while (ring := timers.next()) and ring[0] <= end:
            due, name, timer = ring
            clock.time = max(clock.time, due)
            timers.take(name, timer)
            self.engine.post(name, TimerRang(timer, due))
            self.engine.turn()
        clock.time = end

    def daemon_dies(self) -> None:
        """kill -9 of the daemon: what is in memory is gone, processes and disk are not. What was
        asked of the launcher and not done never is; what was under way is not heard of."""
        self.processes.waiting.clear()
        self.processes.unborn.clear()
        self.processes.followed.clear()
        self.world.timers.dues.clear()

    def daemon_quits(self) -> None:
        """What is on its way is done and heard of first; what is asked for after that is lost."""
        while self.processes.unborn or self.processes.waiting:
            while self.processes.unborn:
                self.processes.launch(*self.processes.unborn.pop(0))
            while self.processes.waiting:
                self.engine.post(*self.processes.waiting.pop(0))
            self.engine.turn()
        self.daemon_dies()

    def machine_restarts(self) -> None:
        """With everything that ran; what is on disk is there, stale pid files too."""
        self.daemon_dies()
        self.processes.living.clear()
        self.processes.remains.clear()
        self.processes.boot = f"{self.processes.boot}, and another"
        self.world.clock.time = DAYBREAK / 10

    def daemon_follows(self, *watches: Watch) -> None:
        """The next daemon finds what was on disk; without *watches* they are those of before."""
        known = watches or tuple(self.engine.watches.values())
        self.engine = self.new_daemon()
        for watch in known:
            self.engine.add(watch, self.world.store.disk.get(watch.name))
        self.engine.turn()


class Life(Lives):
    """One watch in a world of its own."""

    def __init__(self, watch: Watch, *, prompt: bool = True, step: Decide = step) -> None:
        self.name = watch.name
        super().__init__(watch, prompt=prompt, step=step)

    @property
    def watch(self) -> Watch:
        return self.engine.watches[self.name]

    @property
    def status(self) -> Status:
        return self.engine.statuses[self.name]

    @property
    def phase(self) -> Phase:
        return phase(self.watch, self.status)

    @property
    def pid(self) -> int | None:
        return self.status.process.pid if self.status.process else None

    @property
    def running(self) -> list[int]:
        """Pids of the programs that live, whoever knows of them."""
        commands = (
            *(Job.STOP, Job.AFTER_STOP, Job.RELOAD, Job.RESTART, Job.START, Job.STATE),
            Job.CHECK,
        )
        return [pid for pid, it in self.processes.living.items() if it.job not in commands]

    def happens(self, event: Event) -> None:
        self.tell(self.name, event)

    def asks(self, verb: Verb, by: str = "alice", words: str = "") -> int:
        """An operator asks; the number of the request. *words*: as typed, else its name."""
        return self.ask(self.name, verb, by, words)

    def exits(self, code: int | None = None, signal: int | None = None) -> None:
        """The watch's process ends by itself."""
        assert self.pid is not None, f"nothing lives: {self.status.life}"
        self.processes.die(self.pid, Exit(code, signal))
        self.engine.turn()

    def answers(self, row: int, reason: str, *, met: bool = True, lifecycle: bool = False) -> None:
        """A polled condition has been answered."""
        entry = None if lifecycle else self.status.entry
        self.happens(Answered(row, entry, met, reason, ("*1",)))

    def doubts(self, row: int, why: str) -> None:
        self.happens(Doubted(row, self.status.entry, why))

    def told(self, *kinds: Kind) -> list[str]:
        """The messages of these kinds, in order."""
        return [news.message for _, news in self.world.store.news if news.kind in kinds]

    def daemon_begins(self, watch: Watch | None = None) -> None:
        """The next daemon finds what was on disk."""
        self.daemon_follows(watch or self.watch)
