"""So many a minute, evenly."""

import pytest

from overseer.outbox.pace import Pace


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def test_without_a_rate_nothing_waits(time: Time) -> None:
    pace = Pace(None, time)
    pace.spend(1000)

    assert (pace.free(), pace.wait()) == (None, 0.0)


@pytest.mark.parametrize(("rate", "at_once"), [(6.0, 1), (60.0, 1), (600.0, 10)])
def test_after_a_rest_a_seconds_worth_may_begin_at_once(
    time: Time, rate: float, at_once: int
) -> None:
    pace = Pace(rate, time)
    time.now += 3600.0

    assert pace.free() == at_once


def test_the_next_may_begin_when_its_share_of_the_minute_is_over(time: Time) -> None:
    pace = Pace(6.0, time)
    pace.spend(1)

    assert (pace.free(), pace.wait()) == (0, 10.0)
    time.now += 4.0
    assert (pace.free(), pace.wait()) == (0, pytest.approx(6.0))
    time.now += 6.0
    assert (pace.free(), pace.wait()) == (1, 0.0)


@pytest.mark.parametrize("rate", [1.0, 7.0, 90.0, 6000.0])
def test_in_a_minute_no_more_begin_than_the_rate_and_a_second_of_it(
    time: Time, rate: float
) -> None:
    pace, begun = Pace(rate, time), 0
    for _ in range(6000):
        free = pace.free() or 0
        pace.spend(free)
        begun += free
        time.now += 0.01

    assert rate - 1 <= begun <= rate + max(1.0, rate / 60)
