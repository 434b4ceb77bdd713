"""Whole lives of watches, in a world of their own."""

from dataclasses import dataclass

from overseer.core.machine import step
from overseer.core.phase import phase
from overseer.engine import Decide, Engine
from overseer.model.event import (
    Answered,
    Asked,
    Doubted,
    Event,
    Exited,
    TimerRang,
    Verb,
)
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Phase
from overseer.model.status import Job, Status
from overseer.model.watch import Watch
from overseer.testing.fakes import DAYBREAK, FakeClock, FakeRounds, FakeStore, FakeTimers
from overseer.testing.processes import FakeProcesses


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

    def program_is_replaced(self) -> None:
        """reexec: what was under way in the launcher has been heard of, what had not begun never
        does; ends wait for whoever comes next."""
        deliver = [event for event in self.processes.waiting if not isinstance(event[1], Exited)]
        ends = [event for event in self.processes.waiting if isinstance(event[1], Exited)]
        for name, event in deliver:
            self.engine.post(name, event)
        self.processes.waiting.clear()
        self.engine.turn()
        for _, ended in ends:
            assert isinstance(ended, Exited)
            self.processes.zombies[ended.process] = ended
        self.daemon_dies()
        self.processes.reparented = False

    def machine_restarts(self) -> None:
        """With everything that ran; what is on disk is there, stale pid files too."""
        self.daemon_dies()
        self.processes.living.clear()
        self.processes.remains.clear()
        self.processes.boot = f"{self.processes.boot}, and another"
        self.world.clock.time = DAYBREAK / 10

    def daemon_follows(self, *watches: Watch, replaced: bool = False) -> None:
        """The next daemon finds what was on disk; without *watches* they are those of before.
        *replaced*: it is the new program of the same one."""
        known = watches or tuple(self.engine.watches.values())
        self.engine = self.new_daemon()
        for watch in known:
            self.engine.add(watch, self.world.store.disk.get(watch.name), replaced=replaced)
        self.engine.turn()
        self.processes.reparented = True


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
