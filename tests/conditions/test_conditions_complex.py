"""Several conditions as one."""

from dataclasses import dataclass, field
from itertools import product

import pytest
from polls import Polls

from overseer.conditions.base import Polled, Reading, Scene, Times
from overseer.conditions.complex import Complex, Join, Part
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.tries import Tries
from overseer.model.event import Answered, Doubted
from overseer.model.process import Process
from overseer.testing import BOOT

MB = 2**20
T, F, U = True, False, None
SIGN = {T: "T", F: "F", U: "U"}
Answer = bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Polled):
    """Answers what it is told to, one after another."""

    answers: list[Answer | Exception]
    asked: list[float] = field(default_factory=list)

    def measure(self, scene: Scene) -> Answer:
        self.asked.append(scene.now)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def met(self, value: bool) -> bool:
        return value

    def show(self, value: bool) -> str:
        return str(value).lower()

    def explain(self, value: bool) -> str:
        return f"told {len(self.answers)}"


def told(*answers: Answer | Exception, times: Times = Times()) -> Told:  # noqa: B008 - frozen
    return Told(answers=list(answers), times=times)


def joined(*parts: tuple[Join, Polled]) -> Complex:
    return Complex(parts=tuple(Part(*one) for one in parts))


def every(join: Join, *conditions: Polled) -> Complex:
    return joined(*((join, one) for one in conditions))


def any_of(*conditions: Polled) -> Complex:
    return every(Join.OR, *conditions)


def all_of(*conditions: Polled) -> Complex:
    return every(Join.AND, *conditions)


def none_of(*conditions: Polled) -> Complex:
    return every(Join.AND_NOT, *conditions)


TABLE = {
    Join.OR: "TT:T TF:T TU:T FT:T FF:F FU:U UT:T UF:U UU:U",
    Join.AND: "TT:T TF:F TU:U FT:F FF:F FU:F UT:U UF:F UU:U",
    Join.AND_NOT: "TT:F TF:F TU:F FT:F FF:T FU:U UT:F UF:U UU:U",
    Join.OR_NOT: "TT:F TF:T TU:U FT:T FF:T FU:T UT:U UF:T UU:U",
}


@pytest.mark.parametrize("join", TABLE)
def test_an_unknown_part_makes_it_unknown_unless_the_others_decide(join: Join) -> None:
    rows = [
        f"{SIGN[one]}{SIGN[two]}:{SIGN[Polls(every(join, told(one), told(two))).met()]}"
        for one, two in product((T, F, U), repeat=2)
    ]

    assert " ".join(rows) == TABLE[join]


@pytest.mark.parametrize(
    ("parts", "met"),
    [
        ([(Join.AND, T), (Join.AND, F), (Join.OR, T)], T),
        ([(Join.AND, T), (Join.OR, T), (Join.AND, F)], F),  # no precedence: or first, then and
        ([(Join.AND, F), (Join.OR_NOT, F), (Join.AND_NOT, F)], T),
        ([(Join.OR, F), (Join.AND, T)], F),  # without `this`, or begins with what is not met
        ([(Join.AND_NOT, F), (Join.AND, T)], T),  # and and and_not with what is
    ],
)
def test_gods_form_goes_from_left_to_right(parts: list[tuple[Join, bool]], met: bool) -> None:
    assert Polls(joined(*((join, told(one)) for join, one in parts))).met() is met


def test_every_part_is_asked_at_every_poll() -> None:
    """Else the windows of those that were not would lie."""
    decides, other = told(T), told(F)
    polls = Polls(any_of(decides, all_of(told(F), other)))

    for _ in range(3):
        polls.ask()

    assert len(decides.asked) == len(other.asked) == 3


@pytest.mark.case(67)
def test_a_part_with_a_window_of_three_holds_the_others_back_until_it_is_full() -> None:
    polls = Polls(
        all_of(CpuUsage(above=0.0), MemoryUsage(above=0, times=Times(3, 3))),
    )

    assert [polls.met(Reading(50 * MB, 10.0)) for _ in range(4)] == [F, F, T, T]


def test_a_part_keeps_its_window_where_another_one_has_no_answer() -> None:
    polls = Polls(all_of(told(T, times=Times(3, 3)), told(T, U, OSError("away"), T)))

    assert [polls.met() for _ in range(4)] == [F, F, U, T]


def test_what_a_part_measured_before_is_its_own() -> None:
    polls = Polls(any_of(none_of(Tries(times=Times(2, 2), within=7.0)), told(F)))

    assert [polls.met() for _ in range(3)] == [T, F, F]


def test_it_has_a_window_too() -> None:
    polls = Polls(Complex(parts=(Part(Join.OR, told(T, F, T)),), times=Times(2, 3)))

    assert [polls.met() for _ in range(3)] == [F, F, T]


def test_of_another_process_nothing_that_was_seen_of_the_first_one_counts() -> None:
    memory, other = MemoryUsage(above=0, times=Times(2, 2)), told(T, times=Times(2, 2))
    whole = all_of(memory, other)
    polls = Polls(whole)
    polls.ask(Reading(MB, 1.0))

    polls.ask(Reading(MB, 1.0), Process(8, 200, BOOT))

    assert [one.met for one in polls.round.value.parts] == [F, T]


def test_the_first_look_at_a_cpu_is_no_doubt() -> None:
    polls = Polls(none_of(CpuUsage(above=50.0)))

    said = [polls.ask(Reading(MB)) for _ in range(2)]

    assert said == [[], []]
    assert polls.met(Reading(MB, 20.0)) is T


def test_it_says_why_it_cannot_tell() -> None:
    polls = Polls(all_of(told(T), any_of(told(F), told(OSError("no such file: x")))))

    said = [one for _ in range(3) for one in polls.ask()]

    assert said == [Doubted(0, 1, "complex: complex: told: no such file: x")]


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        (all_of(told(T), told(T, T)), "told 1 and told 2"),
        (any_of(told(F), told(T, T)), "told 2"),
        (any_of(told(T), told(T, T)), "told 1 and told 2"),
        (all_of(any_of(told(T), told(F, F)), told(T, T, T)), "told 1 and told 3"),
        (joined((Join.AND, told(T)), (Join.AND_NOT, told(F))), "told 1 and told not met (false)"),
        (none_of(any_of(told(F), told(F))), "(told or told) not met"),
        (joined((Join.AND, told(T)), (Join.AND, told(F)), (Join.OR, told(T, T))), "told 2"),
        (all_of(told(T), told(T, T, times=Times(1, 3))), "told 1 and told 2 (1 of 3)"),
    ],
)
def test_it_explains_itself_by_the_parts_that_made_it_so(whole: Complex, reason: str) -> None:
    (said,) = Polls(whole).ask()

    assert isinstance(said, Answered)
    assert said.reason == reason


def test_its_samples_and_its_limit_name_the_parts() -> None:
    polls = Polls(all_of(MemoryUsage(above=MB), none_of(CpuUsage(above=5.0), told(OSError("x")))))

    polls.ask(Reading(2 * MB, 1.0))
    found = polls.round.value

    assert polls.round.condition.show(found) == "memory_usage 2MB, complex ?"
    assert polls.round.tally().limit == "memory_usage and (not cpu_usage and not told)"


@pytest.mark.parametrize(("pss", "met"), [(2 * MB, F), (9 * MB, T), (None, T)])
def test_the_memory_of_a_tree_is_weighed_as_it_is_outside(pss: int | None, met: bool) -> None:
    """What its members share is counted once, where that may be read."""
    polls = Polls(all_of(MemoryUsage(above=5 * MB, tree=True)))
    polls.weigh = lambda metric: pss

    assert polls.met(Reading(20 * MB, 1.0)) is met
    assert polls.round.weighed
