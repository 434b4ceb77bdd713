"""Make-believe processes: births and deaths that a story decides."""

from dataclasses import dataclass, field

from overseer.engine import Engine
from overseer.model.action import Cancel, Follow, Hook, Look, Signal, Spawn, Sweep
from overseer.model.event import (
    Event,
    Exited,
    Launched,
    LaunchFailed,
    LeftBehind,
    Looked,
    Signalled,
    Swept,
)
from overseer.model.process import Exit, Process
from overseer.model.program import Argv
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing.fakes import BOOT, FakeClock


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
    unrecorded: dict[str, list[Process]] = field(default_factory=dict)  # by watch
    behind: dict[str, list[Process]] = field(default_factory=dict)  # left for good, by watch
    signals: list[tuple[int, int]] = field(default_factory=list)
    spawned: list[tuple[str, Job]] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    argvs: list[Argv] = field(default_factory=list)  # of those carried out
    zombies: dict[Process, Exited] = field(default_factory=dict)  # children nobody has waited for
    reparented: bool = True  # False: what ends while nobody listens is a zombie of the daemon
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
        if begins and not action.program.ignores_leftovers and self.behind.get(name):
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
        lost = not action.process and not action.errand and self.programs_of(watch.name)
        sight = self.without_record if lost and not self.looks_fail else self.sight
        self.tell(watch.name, sight(watch.name, action))

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

    def programs_of(self, name: str) -> list[Process]:
        """Those of which no record is left."""
        return [one for one in self.unrecorded.get(name, ()) if self.lives(one)]

    def without_record(self, name: str, action: Look) -> Looked:
        first, *others = self.programs_of(name)
        if others:
            return Looked(action.token, doubt="several were launched, and no record is left")
        return self.found(name, action, first)

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
        elif ended := self.zombies.pop(action.process, None):
            self.tell(watch.name, ended)
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
        behind = tuple(self.behind.get(pretend.watch, ()))
        left = pretend.left > 0 or bool(behind)
        ended = Exited(pretend.process, exit, left, behind)
        if pretend.process in self.followed:
            self.followed.discard(pretend.process)
            self.tell(pretend.watch, ended)
        elif not self.reparented:
            self.zombies[pretend.process] = ended


def since(it: Process, command: Process) -> bool:
    return it.ticks >= command.ticks
