"""One condition, polled without a clock and without threads."""

from overseer.conditions.base import Ended, Polled, Reading, Scene, weighs_nothing
from overseer.model.event import Answered, Doubted
from overseer.model.process import Process
from overseer.model.transition import Transition
from overseer.rounds.round import Round
from overseer.testing import BOOT

IT = Process(7, 100, BOOT)
Said = Answered | Doubted


class Programs:
    """Runs nothing: ends as it is told to."""

    def __init__(self, ends: Ended | Exception) -> None:
        self.ends = ends
        self.ran: list[tuple[tuple[str, ...], float]] = []

    def __call__(self, argv: object, timeout: float) -> Ended:
        self.ran.append((tuple(argv), timeout))  # type: ignore[call-overload]
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


class Polls:
    """A row that restarts, asked as often as a test says."""

    def __init__(self, condition: Polled, run: Programs | None = None) -> None:
        self.round = Round("web", 0, Transition(("up",), condition, "restart"), 1)
        self.run = run or Programs(OSError("nothing is run here"))
        self.weigh = weighs_nothing
        self.now = 0.0

    def ask(self, reading: Reading | None = None, process: Process | None = IT) -> list[Said]:
        """One poll: what is worth telling of it."""
        self.now += 5.0
        scene = Scene("web", process=process, reading=reading, now=self.now)
        scene.run, scene.weigh = self.run, self.weigh
        return list(self.round.answer(self.round.measure(scene), self.now))

    def met(self, reading: Reading | None = None) -> bool | None:
        """None: there was no answer."""
        said = self.ask(reading)
        answered = [one for one in said if isinstance(one, Answered)]
        if answered:
            return answered[0].met
        unknown = self.round.value is None or self.round.exceeds(self.round.value) is None
        return None if unknown else self.round.tally().met

    @property
    def sample(self) -> str:
        return self.round.tally().samples[-1]
