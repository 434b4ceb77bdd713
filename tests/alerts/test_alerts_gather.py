"""When an alert goes."""

import pytest

from overseer.alerts.gather import GATHER, Window, slot

pytestmark = pytest.mark.design("6")


def test_the_first_goes_at_once() -> None:
    assert slot(None, 100.0).wait == 0.0


def test_those_soon_after_go_together_when_the_window_is_over() -> None:
    first = slot(None, 100.0)
    second = slot(first.window, 101.0)
    third = slot(second.window, 129.0)

    assert (second.wait, third.wait) == (29.0, 1.0)
    assert second.gather == third.gather
    assert second.gather is not None


def test_one_after_a_quiet_window_goes_at_once() -> None:
    first = slot(None, 100.0)

    assert slot(first.window, 100.0 + GATHER).wait == 0.0


def test_a_mail_that_gathered_begins_a_window_of_its_own() -> None:
    second = slot(slot(None, 100.0).window, 101.0)
    third = slot(second.window, 140.0)

    assert third.wait == 20.0
    assert third.gather != second.gather


def test_after_two_quiet_windows_all_is_as_at_first() -> None:
    second = slot(slot(None, 100.0).window, 101.0)

    assert slot(second.window, 160.0).wait == 0.0


def test_a_window_of_a_clock_that_was_wrong_holds_nothing_back() -> None:
    assert slot(Window(9_000.0, gathered=True), 5.0).wait == 0.0
