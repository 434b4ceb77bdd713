"""One condition of one watch, asked again and again: what it answered, and what that means."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overseer.conditions.base import Check, Polled, Scene, word, worded
from overseer.model.event import Answered, Doubted, Readied
from overseer.model.transition import Transition
from overseer.model.usage import Usage
from overseer.model.window import Sample
from overseer.units import show_seconds

log = logging.getLogger(__name__)

DOUBTS = 3
"""So many times in a row without an answer are worth telling."""
LONGEST_TEXT = 1000
"""Characters of what a condition says that are kept."""

Told = Answered | Doubted | Readied
Rhythm = tuple[float, bool]
"""Seconds between two looks, and whether they take in the descendants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How a condition stands, for people; a hit is starred, as in an alert."""

    condition: str
    samples: tuple[str, ...]
    limit: str
    met: bool
    doubt: str = ""  # why it has had no answer of late
    notice: str = ""  # what should be known though it is not met


class Round:
    """A row of a watch for as long as it holds. *entry* is None for a lifecycle row.

    Whatever a condition raises is no answer: conditions may be other people's.
    """

    __slots__ = (
        "_broken",
        "_reason",
        "_told",
        "_unanswered",
        "_warned",
        "before",
        "begins",
        "condition",
        "due",
        "end_counts",
        "entry",
        "interval",
        "launched",
        "loaded",
        "name",
        "row",
        "since",
        "slot",
        "transition",
        "tree",
        "value",
        "weighed",
        "window",
    )

    def __init__(self, name: str, row: int, transition: Transition, entry: int | None) -> None:
        assert isinstance(transition.when, Polled)
        self.name = name
        self.row = row
        self.transition = transition
        self.condition: Polled = transition.when
        self.entry = entry
        self.tree = bool(getattr(self.condition, "tree", False))  # of descendants, too
        self.weighed = self.condition.weighs
        self.window = self.condition.window()
        self.interval = 0.0
        self.slot: int | None = None
        self.due: float | None = None  # None: not asked, for want of a process
        self.before: Usage | None = None  # the look before, for the CPU since then
        self.value: Any = None  # what was measured last
        self.end_counts = transition.to is None  # something follows when it is not met any more
        self.since = 0.0  # when a load, or this daemon, brought the check
        self.loaded = 0.0  # the same, of a load alone
        self.launched: float | None = None  # the process; or signalled it, later, for this row
        self.begins = 0.0  # samples from then on are of the process that is there
        self._told: bool | None = None  # not known yet
        self._reason = ""  # why it was met last
        self._unanswered = 0
        self._broken = ""
        self._warned = ""

    @property
    def rhythm(self) -> Rhythm:
        return self.interval, self.tree

    @property
    def pace(self) -> float:
        """The share of its interval after which it is to be asked again."""
        if self.value is None or not isinstance(self.condition, Check):
            return 1.0
        try:
            pace = float(self.condition.pace(self.value))
            return pace if 0.0 < pace < 1.0 else 1.0
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self._warn(error)
            return 1.0

    def belongs_to(self, transition: Transition, entry: int | None) -> bool:
        return entry == self.entry and transition == self.transition

    def meet_another_process(self, now: float) -> None:
        """What was seen of another process says nothing about this one; a lifecycle row is about
        the watch, whichever process it has, but shows what is seen of this one."""
        self.begins = now
        self.before = None
        self.slot = self.due = None
        if self.entry is not None:
            self.window.clear()
            self.value = None
            self._told = None

    def measure(self, scene: Scene) -> Any:
        scene.before = self.value
        try:
            return self.condition.measure(scene)
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self.fails(error)
            return None

    def late(self) -> Any:
        """What counts where a check was not over in time."""
        assert isinstance(self.condition, Check)
        self.fails(TimeoutError(f"no answer within {show_seconds(self.condition.timeout)}"))
        try:
            return self.condition.late()
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self.fails(error)
            return None

    def exceeds(self, value: Any) -> bool | None:
        try:
            met = self.condition.met(value)
            return None if met is None else bool(met)
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self.fails(error)
            return None

    def answer(self, value: Any, now: float) -> Iterator[Told]:
        """Take in what was measured, None for unknown; yield what is worth telling."""
        hit = None
        if value is not None:
            self.value = value  # also where it says nothing yet: it may be half of an answer
            hit = self.exceeds(value)
        if hit is None:
            yield from self._doubt()
            return
        self._unanswered = 0
        self._broken = ""
        self.window.push(Sample(value, hit, now))
        yield from self._judge()

    def tally(self) -> Tally:
        return Tally(
            condition=word(self.condition),
            samples=self._samples(),
            limit=self._limit(),
            met=bool(self._told),
            doubt=self.doubt() if self._unanswered >= DOUBTS else "",
            notice=self._notice(),
        )

    def _notice(self) -> str:
        if self.value is None or self._told:
            return ""
        try:
            return str(self.condition.notice(self.value))[:LONGEST_TEXT]
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self.fails(error)
            return ""

    def _doubt(self) -> Iterator[Told]:
        self._unanswered += 1
        if self._unanswered == DOUBTS:
            yield Doubted(self.row, self.entry, f"{word(self.condition)}: {self.doubt()}")

    def doubt(self) -> str:
        """Why there is no answer."""
        return self._broken or "it cannot be measured"

    def _judge(self) -> Iterator[Told]:
        met, was_met = self.window.met, self._told
        if not met and was_met is None and not self.window.full and self.end_counts:
            return  # too early to say that it has ended
        self._told = met
        if met:
            self._reason = self._explain()
        if self._worth_telling(met, was_met):
            reason = self._reason if was_met or met else f"{word(self.condition)} not met"
            yield Answered(self.row, self.entry, met, reason, self._samples())

    def _worth_telling(self, met: bool, was_met: bool | None) -> bool:
        """A row that leads somewhere is told each time, as the answer before may have come too
        early to be followed; of one whose end counts it is told that it has changed."""
        if self.row < 0:  # for people only
            return False
        to = self.transition.to if met else self.transition.otherwise
        return to is not None or (self.end_counts and met != was_met)

    def _explain(self) -> str:
        try:
            return str(self.condition.because(self.window.last_hit.value))[:LONGEST_TEXT]
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self._warn(error)
            return f"{word(self.condition)} met"

    def _samples(self) -> tuple[str, ...]:
        return tuple(
            "*" * one.hit + self._show(one.value)
            for one in self.window.samples
            if one.at >= self.begins
        )

    def _limit(self) -> str:
        times = self.condition.times
        try:
            limit = str(self.condition.limit())[:LONGEST_TEXT]
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self._warn(error)
            limit = ""
        return limit if times.of == 1 else f"{limit} ({times})".lstrip()

    def _show(self, value: Any) -> str:
        try:
            return str(self.condition.show(value))[:LONGEST_TEXT]
        except BaseException as error:  # noqa: BLE001 - other people's conditions
            self._warn(error)
            return type(value).__name__

    def fails(self, error: BaseException) -> None:
        """It could not be measured, or what was measured not judged."""
        trouble = worded(error)
        if trouble != self._broken:
            log.warning("%s: %s gives no answer (%s)", self.name, word(self.condition), trouble)
        self._broken = trouble

    def _warn(self, error: BaseException) -> None:
        """It has an answer, but no words for it."""
        trouble = worded(error)
        if trouble != self._warned:
            log.warning("%s: %s has no words (%s)", self.name, word(self.condition), trouble)
        self._warned = trouble
