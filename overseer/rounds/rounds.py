"""Asks the conditions of all watches in their rhythm, a little at a time."""

import heapq
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from overseer.conditions.base import Check, Ended, Reading, Scene, Weigh, cannot_run
from overseer.model.process import Process
from overseer.model.said import SILENT, Said
from overseer.model.status import Status
from overseer.model.usage import Metric, Usage, cpu_share
from overseer.model.watch import Watch
from overseer.ports import Clock, Inbox
from overseer.rounds.checkers import Checkers
from overseer.rounds.patrol import Patrol
from overseer.rounds.probe import Probe
from overseer.rounds.ring import Ring
from overseer.rounds.round import Round, Tally, Told

log = logging.getLogger("overseer")

SLICE = 0.002
"""Seconds of work after which a turn ends, so that no exit waits long behind it."""
BETWEEN_SURVEYS = 1.0
"""Seconds from the beginning of one pass over /proc to the next."""

Alarm = Callable[[float], None]
"""Asks for a turn at this moment of the clock, if none is due before."""
Hurry = Callable[[], None]
"""Asks for a turn now; from any thread."""
RunFor = Callable[[Watch, Sequence[str], float], Ended]
"""Runs a program as that watch's own is run, so many seconds at most; see conditions.Run."""


SaidBy = Callable[[str], Said]
"""What the process of a watch has said of itself."""


def says_nothing(name: str) -> Said:
    return SILENT


def run_nothing(watch: Watch, argv: Sequence[str], timeout: float) -> Ended:
    return cannot_run(argv, timeout)


class Rounds:
    """Lives on the engine's thread; `samples` and `reading` may be asked from any."""

    def __init__(
        self,
        clock: Clock,
        probe: Probe,
        inbox: Inbox,
        alarm: Alarm = lambda due: None,
        hurry: Hurry = lambda: None,
        run: RunFor = run_nothing,
        said: SaidBy = says_nothing,
    ) -> None:
        self._clock = clock
        self._probe = probe
        self._inbox = inbox
        self._alarm = alarm
        self._run = run
        self._said = said
        self._checkers = Checkers(hurry)
        self._rings: dict[float, Ring] = {}
        self._patrols: dict[str, Patrol] = {}
        self._due: list[tuple[float, int, Patrol]] = []  # a heap; may hold what is no longer so
        self._order = count()
        self._waiting: list[Patrol] = []  # for a survey that begins when they are due, or later
        self._surveying = False
        self._survey_began = float("-inf")
        self._surveyed = float("-inf")  # when the last complete one began

    def arrange(self, watch: Watch, status: Status) -> None:
        patrol = self._patrols.get(watch.name)
        if patrol is None:
            patrol = self._patrols[watch.name] = Patrol(watch, self._rings)
        process, due = patrol.process, patrol.due
        patrol.arrange(watch, status, self._clock.now())
        if process is not None and process != patrol.process:
            self._probe.forget(process)
        if patrol.due != due:
            self._enqueue(patrol)
            if patrol.due is not None and self._due[0][2] is patrol:
                self._alarm(patrol.due)

    def nudge(self, name: str) -> None:
        """Its process has said something of itself: ask at once who listens to that."""
        patrol = self._patrols.get(name)
        if patrol is not None and patrol.nudge(now := self._clock.now()):
            self._enqueue(patrol)
            self._alarm(now)

    def forget(self, name: str) -> None:
        patrol = self._patrols.pop(name, None)
        if patrol is not None:
            patrol.dissolve()
            if patrol.process is not None:
                self._probe.forget(patrol.process)

    def turn(self, now: float) -> float | None:
        """Work for at most a slice; the moment of the next turn, *now* if it is at once."""
        until = now + SLICE
        self._hear(now)
        self._survey(now, until)
        while (patrol := self._next(now)) is not None and self._clock.now() < until:
            heapq.heappop(self._due)
            try:
                self._visit(patrol, now)
            except Exception:  # one watch costs itself: the others are due, too
                log.exception("%s: could not be looked at", patrol.watch.name)
                patrol.asked([one for one in patrol.rounds if one.due is not None], now)
                self._enqueue(patrol)
        return self._next_turn(now)

    def _visit(self, patrol: Patrol, now: float) -> None:
        due = [one for one in patrol.rounds if one.due is not None and one.due <= now]
        if self._may_look(due):
            self._look(patrol, due, now)
            self._enqueue(patrol)
        else:
            self._waiting.append(patrol)

    def late(self, now: float) -> float:
        """Seconds by which the check that is due longest is late; from any thread."""
        due = [ring[0] for ring in self._due[:1]]
        return max(0.0, now - due[0]) if due else 0.0

    def samples(self, name: str) -> tuple[Tally, ...]:
        """How the conditions asked at present stand."""
        patrol = self._patrols.get(name)
        rounds = () if patrol is None else patrol.rounds
        return tuple(one.tally() for one in rounds if one.row >= 0)

    def reading(self, name: str, process: Process) -> Reading | None:
        """The last look at it; None while the last one was at another process."""
        patrol = self._patrols.get(name)
        return patrol.reading if patrol is not None and patrol.process == process else None

    def _enqueue(self, patrol: Patrol) -> None:
        if patrol.due is not None:
            heapq.heappush(self._due, (patrol.due, next(self._order), patrol))

    def _next(self, now: float) -> Patrol | None:
        """The patrol that has been due longest."""
        while self._due and self._due[0][0] <= now:
            due, _, patrol = self._due[0]
            if due == patrol.due and self._patrols.get(patrol.watch.name) is patrol:
                return patrol
            heapq.heappop(self._due)
        return None

    def _next_turn(self, now: float) -> float | None:
        moments = [self._due[0][0]] if self._due else []
        if (deadline := self._checkers.deadline()) is not None:
            moments.append(deadline)
        if self._surveying:
            moments.append(now)
        elif self._waiting:
            moments.append(self._survey_began + BETWEEN_SURVEYS)
        return max(now, min(moments)) if moments else None

    def _may_look(self, due: Sequence[Round]) -> bool:
        for one in due:
            if one.tree and one.due is not None and one.due > self._surveyed:
                return False
        return True

    def _survey(self, now: float, until: float) -> None:
        if not self._surveying:
            if not self._waiting or now < self._survey_began + BETWEEN_SURVEYS:
                return
            self._surveying, self._survey_began = True, now
        if self._probe.survey(until):
            self._surveying, self._surveyed = False, self._survey_began
            waiting, self._waiting = self._waiting, []
            for patrol in waiting:
                self._enqueue(patrol)

    def _look(self, patrol: Patrol, due: Sequence[Round], now: float) -> None:
        """Ask what is due of one watch, in the order of the file."""
        usages: dict[bool, Usage | None] = {}
        for one in due:
            reading = None
            if one.condition.reads and patrol.process is not None:
                if one.tree not in usages:
                    read = self._probe.read_tree if one.tree else self._probe.read
                    usages[one.tree] = read(patrol.process)
                reading = take_reading(one, usages[one.tree])
                if one.tree or not any(other.tree for other in patrol.rounds):
                    patrol.reading = reading
            scene = self._scene(patrol, one, reading, now)
            if one.condition.listens:
                scene.said = self._said(patrol.watch.name)
            if one.weighed and patrol.process is not None:
                scene.weigh = self._weighing(one, patrol, patrol.process)
            if isinstance(one.condition, Check):
                self._check(one, scene)
            else:
                self._tell(patrol.watch.name, self._answers(one, scene, patrol))
        patrol.asked(due, now)

    def _scene(self, patrol: Patrol, one: Round, reading: Reading | None, now: float) -> Scene:
        watch = patrol.watch
        return Scene(
            watch=watch.name, program=watch.program, worn=patrol.worn, process=patrol.process,
            reading=reading, now=now, launched=one.launched, since=one.since, loaded=one.loaded,
        )  # fmt: skip

    def _check(self, one: Round, scene: Scene) -> None:
        watch = self._patrols[scene.watch].watch
        scene.run = lambda argv, timeout: self._run(watch, argv, timeout)
        if not self._checkers.ask(one, scene) and self._checkers.is_hung(one):
            self._tell(watch.name, one.answer(one.late(), scene.now))

    def _hear(self, now: float) -> None:
        """Take in what the checks have found, where it is still asked for."""
        for scene, one, value, error in self._checkers.answers(now):
            patrol = self._patrols.get(scene.watch)
            if patrol is None or one not in patrol.rounds or scene.process != patrol.process:
                continue
            if error is not None:
                one.fails(error)
            self._tell(scene.watch, one.answer(value, now))
            if patrol.hasten(one, now):
                self._enqueue(patrol)

    def _tell(self, name: str, events: Iterator[Told]) -> None:
        for event in events:
            self._inbox(name, event)

    def _answers(self, one: Round, scene: Scene, patrol: Patrol) -> Iterator[Told]:
        value, reading = one.measure(scene), scene.reading
        if value is None and reading is not None and reading.cpu is None:
            return iter(())  # the first look at a process: of its CPU there is nothing to say yet
        return one.answer(value, scene.now)

    def _weighing(self, one: Round, patrol: Patrol, process: Process) -> Weigh:
        """For any thread."""

        def weigh(metric: Metric) -> int | None:
            weight, reading = self._probe.weigh(process, metric, one.tree), patrol.reading
            if weight is not None and reading is not None and patrol.process == process:
                patrol.reading = Reading(weight, reading.cpu)
            return weight

        return weigh


def take_reading(one: Round, usage: Usage | None) -> Reading | None:
    """What the look says since the one before of the same round."""
    if usage is None:
        return None
    share = cpu_share(one.before, usage)
    if one.before is None or share is not None:
        one.before = usage
    return Reading(usage.rss, share)
