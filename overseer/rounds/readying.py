"""A condition of `ready`, asked of one process until that is up."""

from collections.abc import Iterator

from overseer.conditions.base import Condition, word
from overseer.model.event import Readied
from overseer.model.process import Process
from overseer.model.transition import Transition
from overseer.rounds.round import Round, Told


class ReadyRound(Round):
    """Leads nowhere: the machine is told what holds, and what does not, whenever that changes."""

    __slots__ = ("_process", "_said")

    def __init__(self, name: str, row: int, condition: Condition, process: Process) -> None:
        super().__init__(name, row, Transition((), condition), None)
        self._process = process
        self._said: Readied | None = None

    def is_for(self, process: Process, row: int, condition: Condition) -> bool:
        return (process, row, condition) == (self._process, self.row, self.condition)

    def belongs_to(self, transition: Transition, entry: int | None) -> bool:
        return False  # never a lifecycle row, however much it looks like one

    def _doubt(self) -> Iterator[Told]:
        yield from self._tell(False, f"{word(self.condition)}: {self.doubt()}")

    def _judge(self) -> Iterator[Told]:
        self._told = self.window.met
        shown = self._samples()[-1].lstrip("*")
        yield from self._tell(self._told, "" if self._told else f"{word(self.condition)} {shown}")

    def _tell(self, met: bool, said: str) -> Iterator[Told]:
        told = Readied(self._process, self.row, met, said)
        if told != self._said:
            self._said = told
            yield told
