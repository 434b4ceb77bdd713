"""Days in the life of a program with a schedule: a calendar, and a clock on the wall."""

from datetime import datetime
from zoneinfo import ZoneInfo

from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.schedule import Missed, Overlap, Plan, Schedule
from overseer.model.watch import Watch
from overseer.system.calendar import Calendar
from overseer.testing import Life

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0


def nightly(
    *moments: Schedule,
    missed: Missed = Missed.RUN,
    overlap: Overlap = Overlap.SKIP,
    max_run_time: float | None = None,
) -> Watch:
    """At 02:30 in Berlin where nothing is said."""
    moments = moments or (Schedule("30 2 * * *", "Europe/Berlin"),)
    plan = Plan(moments, missed, overlap, max_run_time)
    return Watch(name="backup", program=Program(command=("backup",)), schedule=plan)


class Days(Life):
    """Runs last *takes* hours, 0 for until somebody ends them. `runs` are the moments at which
    they began, by the clock's face in *zone*."""

    def __init__(
        self, watch: Watch, begin: str, *, takes: float = 0.1, zone: ZoneInfo = BERLIN
    ) -> None:
        self.takes = takes
        self.zone = zone
        self.runs: list[str] = []
        self._begun: dict[int, float] = {}
        super().__init__(watch)
        self.set_clock(begin)
        self.calendar = self.new_calendar()

    def set_clock(self, face: str) -> None:
        clock = self.world.clock
        wanted = datetime.fromisoformat(face).replace(tzinfo=self.zone).timestamp()
        clock.set_by += wanted - clock.wall()

    def steps(self, hours: float) -> None:
        self.world.clock.set_by += hours * HOUR

    def new_calendar(self) -> Calendar:
        calendar = Calendar(self.world.clock, self.engine.statuses.get, self.engine.post)
        calendar.plan({self.name: self.watch.moments})
        return calendar

    def live(self, hours: float) -> list[str]:
        """Time passes; the moments of the runs that began meanwhile."""
        before, clock = len(self.runs), self.world.clock
        end = clock.time + hours * HOUR
        while clock.time < end:
            self.turn()
            due = min(self.calendar.turn(clock.time), *self._ends(), end)
            self.passes(max(due - clock.time, 0.001))
        self.turn()
        return self.runs[before:]

    def turn(self) -> None:
        self.calendar.turn(self.world.clock.time)
        self.engine.turn()
        self._note_births()
        for pid in [pid for pid in self.pids if self._is_over(pid)]:
            self.processes.die(pid, Exit(0))
        self.engine.turn()
        self._note_births()

    def _note_births(self) -> None:
        clock = self.world.clock
        for pid in set(self.pids) - self._begun.keys():
            self._begun[pid] = clock.time
            face = datetime.fromtimestamp(clock.wall(), self.zone)
            self.runs.append(face.strftime("%d %H:%M"))

    def _is_over(self, pid: int) -> bool:
        end = self._begun[pid] + self.takes * HOUR
        return bool(self.takes) and self.world.clock.time >= end

    def _ends(self) -> list[float]:
        living = self.processes.living
        dues = [at + self.takes * HOUR for pid, at in self._begun.items() if pid in living]
        return dues if self.takes and dues else [float("inf")]

    def sleeps(self, hours: float) -> None:
        """The machine is suspended."""
        self.world.clock.time += hours * HOUR

    def daemon_is_away(self, hours: float) -> None:
        """kill -9; what runs runs on."""
        self.daemon_dies()
        self.world.clock.time += hours * HOUR

    def daemon_comes_back(self, watch: Watch | None = None) -> None:
        self.daemon_begins(watch)
        self.calendar = self.new_calendar()

    @property
    def pids(self) -> list[int]:
        return list(self.processes.living)

    def ends(self, code: int | None = 0) -> None:
        [pid] = self.pids
        self.processes.die(pid, Exit(code))
        self.engine.turn()
