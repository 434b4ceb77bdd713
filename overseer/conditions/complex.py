"""when: {complex: {all: [{memory_usage: 100MB}, {not: {cpu_usage: 50%}}]}}"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from overseer.conditions.base import NO_KEY, Check, Polled, Scene, Times, Unknown, word, worded
from overseer.model.process import Process
from overseer.model.window import Sample, Window


class Join(StrEnum):
    """How a part goes with what stands before it."""

    AND = "and"
    AND_NOT = "and_not"
    OR = "or"
    OR_NOT = "or_not"

    @property
    def narrows(self) -> bool:
        return self in (Join.AND, Join.AND_NOT)

    @property
    def denies(self) -> bool:
        return self in (Join.AND_NOT, Join.OR_NOT)


class Part(NamedTuple):
    join: Join
    condition: Polled


class Heard(NamedTuple):
    """How one part stands. *met* is None for unknown, and *why* says why, where that is worth
    telling."""

    value: Any = None  # what it has measured last
    samples: tuple[Sample, ...] = ()
    met: bool | None = None
    why: str = ""


class Found(NamedTuple):
    """How all of them stand, and with which process."""

    process: Process | None
    parts: tuple[Heard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complex(Check):
    """Met as its parts are, taken from left to right without precedence (god: complex).

    Every part is asked at every poll, and counts its own *times*. One that is unknown makes the
    whole unknown, unless the others decide: `any` of which one is met is met.
    """

    parts: tuple[Part, ...] = field(default=(), metadata=NO_KEY)

    @property
    def reads(self) -> bool:
        return any(part.condition.reads for part in self.parts)

    @property
    def weighs(self) -> bool:
        return any(part.condition.weighs for part in self.parts)

    @property
    def tree(self) -> bool:
        return any(getattr(part.condition, "tree", False) for part in self.parts)

    @property
    def longest(self) -> int:
        """So many answers stand in the longest window, its own or a part's."""
        found = (part.condition for part in self.parts)
        inner = (one.longest if isinstance(one, Complex) else one.times.of for one in found)
        return max(self.times.of, *inner)

    def measure(self, scene: Scene) -> Found:
        heard = (ask(part.condition, known, scene) for part, known in self._before(scene))
        return Found(scene.process, tuple(heard))

    def _before(self, scene: Scene) -> Iterator[tuple[Part, Heard]]:
        """What was seen of another process says nothing about this one."""
        before: Found | None = scene.before
        for place, part in enumerate(self.parts):
            known = before.parts[place] if before else Heard()
            other = before is not None and before.process != scene.process
            yield part, Heard() if other and part.condition.needs_process else known

    def met(self, value: Found) -> bool | None:
        answer, _ = self.weigh(value)
        if answer is None:
            for part, heard in zip(self.parts, value.parts, strict=True):
                if heard.met is None and heard.why:
                    raise Unknown(f"{word(part.condition)}: {heard.why}")
        return answer

    def weigh(self, value: Found) -> tuple[bool | None, list[int]]:
        """The answer, and the places of the parts that made it so where it is met."""
        answer: bool | None = self.parts[0].join.narrows
        makers: list[int] = []
        for place, (part, heard) in enumerate(zip(self.parts, value.parts, strict=True)):
            one = heard.met
            if one is not None and part.join.denies:
                one = not one
            before = answer
            answer = both(before, one) if part.join.narrows else either(before, one)
            if answer is not True:
                makers = []
            elif one is True:
                makers = [*makers, place] if before is True else [place]
        return answer, makers

    def show(self, value: Found) -> str:
        return ", ".join(
            f"{word(part.condition)} {last(part.condition, heard)}"
            for part, heard in zip(self.parts, value.parts, strict=True)
        )

    def explain(self, value: Found) -> str:
        _, makers = self.weigh(value)
        return " and ".join(self._reason(place, value.parts[place]) for place in makers)

    def _reason(self, place: int, heard: Heard) -> str:
        part = self.parts[place]
        if not part.join.denies:
            return part.condition.because(window(part.condition, heard).last_hit.value)
        if isinstance(part.condition, Complex):
            return f"({part.condition.limit()}) not met"
        return f"{word(part.condition)} not met ({last(part.condition, heard)})"

    def limit(self) -> str:
        return self.spelled(word)

    def spelled(self, name: Callable[[Polled], str]) -> str:
        """`memory_usage and not (cpu_usage or tries)`."""
        said: list[str] = []
        for join, one in self.parts:
            words = join.split("_")
            text = name(one)
            if isinstance(one, Complex):
                times = "" if one.times == Times() else f" ({one.times})"
                text = f"({one.spelled(name)}){times}"
            said += [*(words if said else words[1:]), text]
        return " ".join(said)


def ask(condition: Polled, before: Heard, scene: Scene) -> Heard:
    value, hit, why = None, None, ""
    try:
        value = condition.measure(replace(scene, before=before.value))
        hit = None if value is None else condition.met(value)
    except BaseException as error:  # noqa: BLE001 - other people's conditions
        why = worded(error)
    first_look = scene.reading is not None and scene.reading.cpu is None
    if value is None:
        value = before.value
        why = why or ("" if first_look else "it cannot be measured")
    if hit is None:
        return Heard(value, before.samples, None, why)
    answers = window(condition, before)
    answers.push(Sample(value, bool(hit), scene.now))
    return Heard(value, answers.samples, answers.met)


def window(condition: Polled, heard: Heard) -> Window:
    found = condition.window()
    found.samples = heard.samples
    return found


def last(condition: Polled, heard: Heard) -> str:
    """The newest sample as people read it; a question mark for none."""
    if heard.met is None or not heard.samples:
        return "?"
    said = condition.show(heard.samples[-1].value)
    return f"({said})" if isinstance(condition, Complex) else said


def both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def either(one: bool | None, other: bool | None) -> bool | None:
    if one is True or other is True:
        return True
    return None if one is None or other is None else False
