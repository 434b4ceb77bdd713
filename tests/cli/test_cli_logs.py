"""What programs print, and god's log: what overseer did about one watch."""

import pytest
from test_cli_lines import entry
from test_cli_main import run

DONE = {"done": True, "code": 0}


def printed(watch: str, text: str) -> dict[str, object]:
    return {"watch": watch, "file": f"/var/log/{watch}.log", "say": text}


def test_output_of_one_watch_is_as_it_was_printed() -> None:
    _, out, _, _ = run("logs web", {"about": ["web"]}, printed("web", "ready"), DONE)

    assert out == "ready\n"


def test_output_of_several_has_their_names_in_front() -> None:
    _, out, _, asked = run(
        "logs -f front",
        {"about": ["web", "worker"]},
        printed("web", "ready"),
        printed("worker", "idle"),
        DONE,
    )

    assert out == "web     ready\nworker  idle\n"
    assert asked[0][1]["follow"] is True


@pytest.mark.case(159)
def test_gods_log_shows_what_was_and_goes_on() -> None:
    _, out, err, asked = run(
        "log djw",
        {"about": ["delayed_job_worker"]},
        {"entry": entry("exit code 1"), "say": ""},
        {"caught_up": True},
        {"entry": entry("up", 1), "say": ""},
        DONE,
    )

    assert [text.split(" web: ")[1] for text in out.splitlines()] == ["exit code 1", "up"]
    assert err == "overseer: the log of delayed_job_worker\n"
    assert asked[0] == ("log", {"name": "djw", "limit": 2000, "follow": True})


@pytest.mark.case(157)
def test_log_without_a_name_or_of_nobody_is_an_error() -> None:
    assert run("log", DONE)[0] == 2
    assert run("log zzz", {"done": True, "code": 4, "error": "no watch"})[:3] == (
        4,
        "",
        "overseer: no watch\n",
    )


def test_a_name_that_was_typed_in_full_is_not_said_again() -> None:
    assert run("log web", {"about": ["web"]}, DONE)[2] == ""
