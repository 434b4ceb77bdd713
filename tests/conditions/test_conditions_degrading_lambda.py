"""Three failures in a row, asked for faster and faster."""

from pathlib import Path

import pytest
from polls import Polls, Programs

from overseer.conditions.base import Ended
from overseer.conditions.degrading_lambda import DegradingLambda
from overseer.model.event import Answered

FINE, BAD = Ended(0, ""), Ended(1, "refused")


def asked(*ends: Ended | Exception) -> tuple[list[bool | None], list[float]]:
    """After each poll: was it met, and after what share of its interval is the next?"""
    polls = Polls(DegradingLambda(fails="/usr/lib/check_web -q"), Programs(FINE))
    met, pace = [], []
    for end in ends:
        polls.run.ends = end
        met.append(polls.met())
        pace.append(polls.round.pace)
    return met, pace


def test_the_third_failure_in_a_row_is_a_hit_and_the_interval_is_halved_meanwhile() -> None:
    met, pace = asked(FINE, BAD, BAD, BAD, BAD)

    assert met == [False, False, False, True, True]
    assert pace == [1.0, 0.5, 0.25, 0.25, 0.25]


def test_a_success_restores_the_interval_and_begins_the_count_anew() -> None:
    met, pace = asked(BAD, BAD, FINE, BAD, TimeoutError(), BAD)

    assert met == [False, False, False, False, False, True]
    assert pace == [0.5, 0.25, 1.0, 0.5, 0.25, 0.25]


def test_what_cannot_be_asked_counts_neither_way() -> None:
    met, _ = asked(BAD, BAD, OSError("no such file"), BAD)

    assert met == [False, False, False, True]


def test_it_says_how_often_and_what_came() -> None:
    polls = Polls(DegradingLambda(fails="/usr/lib/check_web -q"), Programs(BAD))

    *_, said = [one for _ in range(3) for one in polls.ask()]

    assert isinstance(said, Answered)
    assert said.reason == "check_web failed 3 times in a row: exit 1: refused"


@pytest.mark.parametrize(("code", "met"), [("1", False), ("''", True), ("None", None)])
def test_a_function_that_says_something_true_is_healthy(
    code: str, met: bool | None, tmp_path: Path
) -> None:
    (tmp_path / "checks.py").write_text(f"def healthy(): return {code}")
    polls = Polls(DegradingLambda(call=f"{tmp_path}/checks.py:healthy"))

    assert [polls.met() for _ in range(3)][-1] is met
