"""For programs: one shape for what a command has done, and for why it has not."""

import json
from pathlib import Path
from typing import Any

import pytest
from test_cli_main import run

from overseer.cli.main import COMMANDS, module_of, parser_of
from overseer.errors import NoDaemon

NOT_FOR_PROGRAMS = {
    "run": "it is the daemon",
    "import": "what it prints is a watch file",
    "schema": "it prints JSON, and nothing else",
    "metrics": "what it prints is for Prometheus",
    "install-service": "what it prints is a systemd unit",
    "completion": "what it prints is for a shell",
    "mail": "its commands have --json themselves",
}
ARGUMENTS = {
    "config": "show web /nowhere/w.yml",
    "check": "/nowhere/w.yml",
    "contacts": "test ops",
    "scale": "web 2",
    "adopt": "web 12",
    "signal": "web HUP",
    "unload": "/nowhere/w.yml",
    "remove": "web --stop",
    "silence": "web --for 1h",
    "version": None,  # it has an answer without a daemon
    "doctor": None,  # that no daemon answers is a finding
}
CHANGE = {
    "watch": "web", "change": "changed", "was": None, "effect": "restart", "fields": [],
    "say": "web: changed",
}  # fmt: skip
PLAN = {
    "done": True, "code": 0, "plan": "ab12", "text": ["web: changed"], "changes": [CHANGE],
    "warnings": [], "asks": True,
}  # fmt: skip
PROBLEM = {
    "file": "/etc/w.yml", "line": 3, "column": 5,
    "message": "web: there is no key memroy; did you mean memory?", "warning": False,
}  # fmt: skip
SPOKEN = [word for word in COMMANDS if word not in NOT_FOR_PROGRAMS]


@pytest.mark.field("D5")
@pytest.mark.parametrize("word", SPOKEN)
def test_every_command_that_says_something_says_it_to_programs_too(word: str) -> None:
    flags = [
        flag for one in parser_of(word, module_of(word))._actions for flag in one.option_strings
    ]

    assert "--json" in flags


@pytest.mark.field("D5")
@pytest.mark.parametrize(
    "word", [word for word in SPOKEN if ARGUMENTS.get(word, "web") is not None]
)
def test_why_nothing_came_of_it_is_an_object_too(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERSEER_STATE_DIR", str(tmp_path))
    takes_names = "[NAME ...]" in parser_of(word, module_of(word)).format_usage()
    words = ARGUMENTS.get(word, "web" if takes_names or word in ("why", "log") else "")

    code, out, err, _ = run(f"{word} {words} --json", error=NoDaemon("/x.sock: nobody answers"))

    told: dict[str, Any] = json.loads(out)
    assert told["code"] == code != 0
    assert told["error"]
    assert str(told["error"]) in err


@pytest.mark.field("D5")
def test_a_load_is_its_plan_and_what_became_of_it() -> None:
    code, out, err, asked = run("load w.yml --yes --json", PLAN)
    assert asked[-1][0] == "apply"

    client_answers = json.loads(out)
    assert client_answers["changes"] == [CHANGE]
    assert (code, client_answers["code"], err) == (0, 0, "")


@pytest.mark.field("D5")
def test_a_load_that_would_stop_something_asks_no_program() -> None:
    code, out, _, asked = run("load w.yml --json", PLAN)

    told = json.loads(out)
    assert (code, told["code"], told["applied"], told["asks"]) == (1, 1, False, True)
    assert "write --yes" in told["error"]
    assert [do for do, _ in asked] == ["plan"]


@pytest.mark.field("D5")
def test_problems_have_a_place_what_was_found_and_what_to_write() -> None:
    refused = {"done": True, "code": 6, "error": "no", "problems": [PROBLEM]}
    part = {
        "file": "/etc/w.yml", "line": 3, "column": 5, "warning": False,
        "message": "web: there is no key memroy", "hint": "did you mean memory?",
    }  # fmt: skip

    assert json.loads(run("load w.yml --json", refused)[1])["problems"] == [part]
    assert json.loads(run("diff w.yml --json", refused)[1])["problems"] == [part]
    assert json.loads(run("check w.yml --json", refused)[1]) == {
        "code": 6, "watches": 0, "problems": [part],
    }  # fmt: skip


@pytest.mark.field("D5")
def test_unload_asks_for_a_plan_and_nothing_that_it_has_no_word_for() -> None:
    code, out, _, asked = run("unload w.yml --dry-run --json", PLAN)

    assert (code, json.loads(out)["applied"]) == (0, False)
    assert asked[0][1]["unload"] is True
    assert "restart" not in asked[0][1]
