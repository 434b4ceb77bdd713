"""What was, and what happens: for people folded, for programs one object a line."""

import json

from test_cli_lines import entry
from test_cli_main import run

DONE = {"done": True, "code": 0}
PAST = [{"entry": entry("exit code 1", n), "say": ""} for n in range(12)]
CAUGHT_UP = {"caught_up": True}
EVENT = {"event": {"v": 1, **entry("up"), "phase": "up"}}


def test_history_is_folded_and_the_daemon_asked_for_more_lines_than_are_shown() -> None:
    code, out, _, asked = run("history web -n 10", *PAST, DONE)

    assert (code, len(out.splitlines())) == (0, 1)
    assert "… 12 times" in out
    assert asked[0][1]["limit"] == 400


def test_for_programs_nothing_is_folded() -> None:
    _, out, _, asked = run("history --json", *PAST, DONE)

    assert [json.loads(text) for text in out.splitlines()] == [one["entry"] for one in PAST]
    assert asked[0][1]["limit"] == 50


def test_every_line_may_be_asked_for() -> None:
    assert len(run("history --every", *PAST, DONE)[1].splitlines()) == 12


def test_what_follows_is_told_as_it_comes() -> None:
    _, out, err, asked = run(
        "history -f", *PAST, CAUGHT_UP, PAST[0], PAST[1], {"missing": 7, "say": "7 lines"}, DONE
    )

    assert len(out.splitlines()) == 3
    assert err == "overseer: 7 lines\n"
    assert asked[0][1]["follow"] is True


def test_a_duration_that_is_none_is_named_with_its_option() -> None:
    code, _, err, _ = run("history --since yesterday", DONE)

    assert code == 2
    assert "--since" in err


def test_events_are_lines_for_people_and_objects_for_programs() -> None:
    assert run("events web", EVENT, DONE)[1] == "2026-11-23 15:00:00 web: up\n"
    assert json.loads(run("events --follow --json", EVENT, DONE)[1]) == EVENT["event"]


def test_events_are_those_from_now_on_unless_some_are_asked_for() -> None:
    assert run("events", DONE)[3][0][1]["limit"] == 0
    assert run("events -n 5", DONE)[3][0][1]["limit"] == 5
    assert run("events --since 10m", DONE)[3][0][1]["limit"] == 5000
