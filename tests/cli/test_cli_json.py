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
        "error": "/etc/w.yml:3:5: web: there is no key memroy; did you mean memory?",
    }  # fmt: skip


@pytest.mark.field("D5")
def test_unload_asks_for_a_plan_and_nothing_that_it_has_no_word_for() -> None:
    code, out, _, asked = run("unload w.yml --dry-run --json", PLAN)

    assert (code, json.loads(out)["applied"]) == (0, False)
    assert asked[0][1]["unload"] is True
    assert "restart" not in asked[0][1]


MAIL = (
    *("queue", "show 99", "show x", "stats", "retry", "discard 7", "discard", "pause", "resume"),
    *("purge", "check", "check --dead x", "setup --bogus", "migrate", "worker status", "send"),
    *("nonsense", "worker nonsense", "queue --bogus", ""),
)


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_line_that_is_not_understood_is_an_error_for_programs(word: str) -> None:
    code, out, _, _ = run(f"{word} --bogus --json")

    told = json.loads(out)
    assert told["code"] == code == 2
    assert "--bogus" in told["error"] or "required" in told["error"]
    said_by_argparse(told["error"])


def said_by_argparse(text: str) -> None:
    assert text
    assert not text.startswith("usage")


@pytest.mark.parametrize(
    "words",
    [
        *("nonsense", "load --gone foo", "unload", "why", "log", "remove", "adopt good x"),
        *("config show", "config", "status --lines x", "contacts preview --event x", "wait"),
        *("silence --for 1h", "start", "logs --lines -3", "top --every 1ms", "signal web"),
    ],
)
def test_bad_usage_is_an_error_for_programs(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err, _ = run(f"{words} --json")

    told = json.loads(out)
    assert told["code"] == code == 2
    assert str(told["error"]) in err + capsys.readouterr().err


@pytest.mark.parametrize("words", MAIL)
def test_the_mail_half_fails_for_programs_too(words: str, tmp_path: Path) -> None:
    takes_url = words.partition(" ")[0] not in ("migrate", "worker", "nonsense", "")
    url = f"--url sqlite:///{tmp_path}/q.db" if takes_url else ""

    code, out, err, _ = run(f"mail {words} {url} --json")

    told = json.loads(out)
    assert told["code"] == code != 0
    assert str(told["error"]) in err


@pytest.mark.parametrize(
    "words",
    [
        *("start nix", "stop nix --yes", "restart nix", "reload nix", "monitor nix"),
        *("unmonitor nix", "trigger nix", "signal nix HUP", "remove nix --stop", "adopt nix 12"),
        *("wait nix", "scale nix 2", "silence nix --for 1h", "silence --end nix"),
        *("contacts test nix", "contacts preview nix", "contacts list", "why nix", "log nix"),
        *("logs nix", "status nix", "history nix", "incidents nix", "schedule nix", "graph"),
        *("alerts", "load", "diff", "unload a.yml", "check a.yml", "top nix"),
    ],
)
def test_what_the_daemon_refuses_is_said_to_people_and_programs(words: str) -> None:
    sentence = "there is no nix"
    refusal: dict[str, Any] = {"done": True, "code": 4, "error": sentence}
    if words.startswith("check"):
        refusal = {"done": True, "code": 6, "problems": [{**PROBLEM, "message": sentence}]}

    code, out, err, _ = run(f"{words} --json", refusal)

    told = json.loads(out)
    assert told["code"] == code == refusal["code"]
    assert sentence in told["error"]
    assert err.count(sentence) == 1


def test_what_is_lacking_is_called_as_the_usage_calls_it() -> None:
    _, _, err, _ = run("config --json")

    assert "required: {show}, NAME\n" in err
