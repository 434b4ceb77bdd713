"""What programs print, and god's log: what overseer did about one watch."""

import json
import time
from datetime import datetime
from typing import Any

import pytest
from test_cli_lines import entry
from test_cli_main import run

from overseer.cli import log_lines
from overseer.cli.log_time import Span, own_time

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
    _, out, _, asked = run(
        "log djw",
        {"about": ["web"]},
        {"entry": entry("exit code 1"), "say": ""},
        {"caught_up": True},
        {"entry": entry("up", 1), "say": ""},
        printed("web", "ready"),
        DONE,
    )

    assert [text.split(" web: ")[-1] for text in out.splitlines()] == [
        "exit code 1",
        "up",
        "  | ready",
    ]
    assert asked[0][0] == "log"
    assert asked[0][1] | {"name": "djw", "limit": 50, "lines": 20, "follow": True} == asked[0][1]


@pytest.mark.case(157)
def test_log_without_a_name_or_of_nobody_is_an_error() -> None:
    assert run("log", DONE)[0] == 2
    assert run("log zzz", {"done": True, "code": 4, "error": "no watch"})[:3] == (
        4,
        "",
        "overseer: no watch\n",
    )


def past(watch: str, *texts: str, after: float | None = None, before: float | None = None) -> Any:
    file = f"/var/log/{watch}.log"
    return {"watch": watch, "file": file, "says": list(texts), "after": after, "before": before}


@pytest.mark.field("D7")
def test_without_a_name_it_is_every_watch() -> None:
    _, out, _, asked = run(
        "logs",
        {"about": ["db", "web"]},
        past("db", "d1", after=10.0, before=20.0),
        past("web", "w1", after=5.0, before=9.0),
        {"caught_up": True},
        DONE,
    )

    assert out == "web  w1\ndb   d1\n"
    assert asked[0][1] | {"all": True, "lines": 5, "whole": False} == asked[0][1]


@pytest.mark.field("D7")
def test_since_leaves_out_what_was_surely_before_and_until_what_was_surely_after() -> None:
    now = time.time()
    _, out, _, asked = run(
        "logs web --since 10m --until 1m",
        {"about": ["web"]},
        past("web", "old", after=now - 900, before=now - 700),
        past("web", "perhaps", after=now - 700, before=now - 500),
        past("web", "in", after=now - 500, before=now - 300),
        past("web", "new", after=now - 50, before=now),
        past("web", "not known"),
        {"caught_up": True},
        DONE,
    )

    assert out == "perhaps\nin\nnot known\n"
    assert asked[0][1]["whole"] is True
    assert asked[0][1]["since"] == pytest.approx(now - 600, abs=20)


@pytest.mark.field("D7")
def test_a_time_at_the_head_of_a_line_counts_and_what_follows_it_has_it_too() -> None:
    now = time.time()
    head = time.strftime("%Y-%m-%d %H:%M:%S,000", time.localtime(now - 300))
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 10))
    lines = (f"{head} ERROR in it", "  at a line of a stack", f"[{later}] too late", "also")
    _, out, _, _ = run(
        "logs web --since 10m --until 1m",
        {"about": ["web"]},
        past("web", *lines, before=now),
        {"caught_up": True},
        DONE,
    )

    assert out.splitlines() == list(lines[:2])


@pytest.mark.field("D7")
def test_a_pattern_chooses_before_lines_are_counted() -> None:
    said = past("web", *(f"line {n}" for n in range(100)))
    answers = ({"about": ["web"]}, said, {"caught_up": True}, printed("web", "Line 12"), DONE)

    assert run("logs web --grep 1$ -n 2", *answers)[1] == "line 81\nline 91\n"
    assert run("logs web --grep ^LINE.91$ -i -n 1 -f", *answers)[1] == "line 91\n"
    assert run("logs web --grep (", *answers)[0] == 2


@pytest.mark.field("D7")
def test_a_pattern_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "PATTERN_PATIENCE", 0.1)
    code, out, err, _ = run(
        "logs web --grep (a+)+$", {"about": ["web"]}, past("web", "a" * 50 + "!"), DONE
    )

    assert (code, out) == (2, "")
    assert "takes too long" in err


@pytest.mark.field("D7")
def test_for_programs_a_line_is_an_object_with_all_that_is_known_of_its_time() -> None:
    answers = ({"about": ["web"]}, past("web", "x", after=1.0, before=2.0), {"caught_up": True})
    told = json.loads(run("logs web --json", *answers, DONE)[1])

    assert (told["watch"], told["line"], told["at"]) == ("web", "x", None)
    assert datetime.fromisoformat(told["after"]).timestamp() == 1.0
    assert datetime.fromisoformat(told["before"]).timestamp() == 2.0


@pytest.mark.field("D7")
def test_with_the_history_it_is_in_between_by_its_time() -> None:
    at = datetime.fromisoformat(entry("up", 1)["at"]).timestamp()
    _, out, _, _ = run(
        "logs web --history",
        {"about": ["web"]},
        {"entry": entry("up", 1), "say": ""},
        past("web", "before", after=at - 9, before=at - 5),
        past("web", "after", after=at, before=at + 5),
        {"caught_up": True},
        DONE,
    )

    assert [text.split(" web: ")[-1] for text in out.splitlines()] == [
        "  | before",
        "up",
        "  | after",
    ]


@pytest.mark.field("D7")
@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("2026-11-29T06:28:51Z up", "2026-11-29T06:28:51+00:00"),
        ("2026-11-29 06:28:51.250+02:00 up", "2026-11-29T06:28:51.250+02:00"),
        ('::1 - - [29/Nov/2026:06:28:51 +0100] "GET /"', "2026-11-29T06:28:51+01:00"),
        ("2026-13-45T99:00:00Z up", None),
        ("up since 2026-11-29T06:28:51Z", None),
        ("Foo 29 06:28:51 host", None),
        ("", None),
    ],
)
def test_times_with_which_lines_begin(line: str, at: str | None) -> None:
    wanted = None if at is None else datetime.fromisoformat(at).timestamp()

    assert own_time(line, Span()) == wanted


@pytest.mark.field("D7")
def test_a_time_that_cannot_be_so_is_none() -> None:
    at = datetime.fromisoformat("2026-11-29T06:28:51+00:00").timestamp()
    line = "2026-11-29T06:28:51Z up"

    assert own_time(line, Span(at - 10, at + 10)) == at
    assert own_time(line, Span(at + 3600, at + 3610)) is None
    assert own_time(line, Span(at - 3610, at - 3600)) is None


@pytest.mark.field("D7")
@pytest.mark.parametrize("text", ["yesterday", "25:99", "2026-99-01", "parsecs"])
def test_what_is_no_time_is_said(text: str) -> None:
    code, _, err, _ = run(f"logs web --since {text}", DONE)

    assert code == 2
    assert "is no time; write 10m (ago)" in err
