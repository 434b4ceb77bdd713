"""Three of five, as god counts it."""

import pytest

from overseer.conditions.base import Times
from overseer.model.window import Sample, Window

T, F = True, False


def answers(times: Times, hits: list[bool], within: float | None = None) -> list[bool]:
    window, met = Window(times, within), []
    for second, hit in enumerate(hits):
        window.push(Sample(1.0, hit, float(second)))
        met.append(window.met)
    return met


@pytest.mark.design("4.12")
@pytest.mark.case(109)
@pytest.mark.parametrize(
    ("times", "hits", "met"),
    [
        (Times(3, 5), [T, T, T, F, F, F, T], [F, F, T, T, T, F, F]),
        (Times(3, 3), [T, T, F, T, T, T, T], [F, F, F, F, F, T, T]),
        (Times(1, 1), [F, T, F], [F, T, F]),
    ],
)
def test_met_when_enough_of_the_last_answers_were_hits(
    times: Times, hits: list[bool], met: list[bool]
) -> None:
    assert answers(times, hits) == met


@pytest.mark.case(128)
def test_only_the_last_answers_are_kept() -> None:
    window = Window(Times(1, 5))
    for number in range(1, 11):
        window.push(Sample(float(number), False, float(number)))

    assert [sample.value for sample in window.samples] == [6.0, 7.0, 8.0, 9.0, 10.0]
    window.clear()
    assert window.samples == ()


@pytest.mark.case(111)
def test_tries_within_a_time_need_to_be_close() -> None:
    assert answers(Times(3, 3), [T, T, T]) == [F, F, T]
    assert answers(Times(3, 3), [T] * 6, within=2.0) == [F] * 6
