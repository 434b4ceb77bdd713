"""Lines that strangers can cause do not fill a log."""

import pytest

from overseer.log_limit import EVERY, MOST, LogLimit, and_more


@pytest.mark.field("S12")
def test_of_a_kind_one_line_is_written_now_and_then_with_how_many_were_left_out() -> None:
    limit = LogLimit()

    first = [limit.left_out("web", number / 1000) for number in range(10_000)]

    assert (first[0], set(first[1:])) == (0, {None})
    assert limit.left_out("web", EVERY) == 9999
    assert (and_more(9999), and_more(0)) == (" (9999 more before)", "")


@pytest.mark.field("S12")
def test_many_kinds_are_bounded_too() -> None:
    limit = LogLimit()

    lines = [limit.left_out(kind, 1.0) for kind in range(1000)]

    assert lines.count(0) == MOST
    assert limit.left_out("later", 1.0 + EVERY) == 0
