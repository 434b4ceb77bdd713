"""What went wrong: a line an incident, and the story of one."""

import json
from typing import Any

from test_cli_lines import entry
from test_cli_main import run

DONE = {"done": True, "code": 0}
INCIDENT = {
    "incident": "web.1",
    "watch": "web",
    "open": False,
    "began": "2026-11-23T15:40:00+01:00",
    "latest": "2026-11-23T17:40:00+01:00",
    "lasted_s": 7200.0,
    "first": "flapping: 5 launches within 5m",
    "last": "up and steady",
    "entries": 12,
}


def line(message: str, at: int, **facts: Any) -> dict[str, Any]:
    plain = {"exit": None, "ran_for_s": None, "samples": [], "lines": []}
    return {"entry": {**entry(message, at), **plain, **facts}, "say": ""}


STORY = (
    line("restarted: memory", 0, samples=["61MB", "*104MB"]),
    line("exit code 1", 1, exit={"code": 1}, ran_for_s=4.2),
    line("gave up", 2, exit={"code": 1}, ran_for_s=0.01, lines=["cannot \x1b[31mbind"]),
)


def test_a_line_each_says_how_long_it_lasted() -> None:
    still = {**INCIDENT, "incident": "db.2", "watch": "db", "open": True}

    code, out, _, asked = run("incidents web --since 7d", {**DONE, "incidents": [INCIDENT, still]})

    first, second = out.splitlines()[1:]
    assert code == 0
    assert first.split()[:5] == ["web.1", "web", "11-23", "15:40:00", "2h"]
    assert second.split()[4] == "open"
    assert first.endswith("up and steady")
    assert asked[0][1]["names"] == ["web"]


def test_for_programs_it_is_an_object_a_line() -> None:
    out = run("incidents --json", {**DONE, "incidents": [INCIDENT]})[1]

    assert json.loads(out) == INCIDENT


def test_where_there_is_none_that_is_said() -> None:
    assert run("incidents", {**DONE, "incidents": []})[1] == "no incident\n"


def test_a_story_has_what_shows_it_under_each_line() -> None:
    code, out, _, asked = run("history --incident web.1", *STORY, DONE)

    assert code == 0
    assert asked[0][1]["incident"] == "web.1"
    assert [text for text in out.splitlines() if text.startswith("    ")] == [
        "    samples: 61MB, *104MB",
        "    after 4.2s",
        "    exit code 1",
        "    | cannot \ufffd[31mbind",
    ]


def test_a_story_for_programs_is_an_object_a_line() -> None:
    out = run("history --incident web.1 --json", *STORY, DONE)[1]

    assert [json.loads(text) for text in out.splitlines()] == [one["entry"] for one in STORY]


def test_an_unknown_one_is_code_4() -> None:
    answer = {"done": True, "code": 4, "error": "no incident is called 'x'"}

    assert run("history --incident x", answer)[:3] == (4, "", f"overseer: {answer['error']}\n")
