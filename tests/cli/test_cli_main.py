"""Words on the command line, errors in words, exit codes for scripts."""

import errno
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from overseer.cli import other_words
from overseer.cli.context import Context
from overseer.cli.main import COMMANDS, main
from overseer.control.client import Client
from overseer.control.protocol import Answer, Hear
from overseer.errors import NoDaemon


class Scripted(Client):
    """A client that has its answers ready."""

    def __init__(self, *answers: Answer, error: Exception | None = None) -> None:
        super().__init__("/nowhere")
        self.answers = list(answers)
        self.error = error
        self.asked: list[tuple[str, Mapping[str, object]]] = []

    def ask(
        self, do: str, fields: Mapping[str, object] | None = None, hear: Hear | None = None
    ) -> Answer:
        self.asked.append((do, fields or {}))
        if self.error:
            raise self.error
        *progress, last = self.answers
        for one in progress:
            if hear:
                hear(one)
        return last


def run(words: str, *answers: Answer, error: Exception | None = None) -> tuple[int, str, str, Any]:
    client, out, err = Scripted(*answers, error=error), io.StringIO(), io.StringIO()
    code = main(words.split(), Context(client, out, err))
    return code, out.getvalue(), err.getvalue(), client.asked


def test_without_a_command_nothing_is_started() -> None:
    code, out, err, asked = run("")

    assert (code, out, asked) == (2, "", [])
    assert "usage: overseer COMMAND" in err


def test_a_word_that_is_almost_a_command_is_guessed() -> None:
    code, _, err, _ = run("statsu")

    assert code == 2
    assert "did you mean `status`?" in err


@pytest.mark.field("D2")
@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("reread", "load"),
        ("update", "load"),
        ("tail", "logs"),
        ("ls", "status"),
        ("list", "status"),
        ("ps", "status"),
        ("summary", "status"),
        ("describe", "status"),
        ("shutdown", "terminate"),
        ("validate", "check"),
        ("delete", "remove"),
        ("enable", "start"),
        ("disable", "stop"),
        ("kill", "stop"),
        ("startup", "install-service"),
        ("reset-failed", "start --held"),
    ],
)
def test_a_word_of_another_supervisor_leads_to_the_command(word: str, command: str) -> None:
    code, _, err, _ = run(word)

    assert code == 2
    assert f"`overseer {command}" in err


def test_every_word_of_others_names_a_command_or_what_to_do() -> None:
    for word, hint in other_words.WORDS.items():
        assert word not in COMMANDS
        assert all(name in COMMANDS for name in re.findall(r"`overseer ([a-z-]+)", hint))


@pytest.mark.field("D2")
def test_a_reload_without_a_name_says_what_reads_the_files() -> None:
    assert "`overseer load` reads the watch files again" in run("reload")[2]


@pytest.mark.field("D5")
def test_help_may_stand_before_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("help status")[0] == 0
    assert "usage: overseer status" in capsys.readouterr().out


@pytest.mark.field("D1")
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "cannot go on: no space left on device"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/x"), "/x: is a directory"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: permission denied"),
        (OSError(errno.EMFILE, "Too many open files"), "cannot go on: too many open files"),
    ],
)
def test_what_the_machine_lacks_is_no_bug(error: OSError, message: str) -> None:
    code, _, err, _ = run("status", error=error)

    assert (code, err) == (1, f"overseer: {message}\n")


def test_without_a_daemon_it_is_said_at_once() -> None:
    code, _, err, _ = run("status", error=NoDaemon("/x.sock: no overseer answers here"))

    assert (code, err) == (5, "overseer: /x.sock: no overseer answers here\n")


def test_a_bug_is_a_report_and_no_traceback() -> None:
    code, _, err, _ = run("status", error=RuntimeError("oops"))

    assert code == 70
    assert "oops" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("verb", ["start", "stop", "restart", "unmonitor", "signal HUP"])
def test_a_name_is_never_meant_by_omission(verb: str) -> None:
    code, _, err, asked = run(verb)

    assert (code, asked) == (2, [])
    assert err


def test_a_verb_says_what_became_of_each_watch() -> None:
    code, out, err, asked = run(
        "restart web db --timeout 90s",
        {"watch": "web", "say": "web: stopping"},
        {"watch": "web", "code": 0, "say": "web: up, pid 7"},
        {"watch": "db", "code": 3, "say": "db: backoff: exit code 1"},
        {"done": True, "code": 3},
    )

    assert (code, out, err) == (3, "web: up, pid 7\n", "db: backoff: exit code 1\n")
    assert asked[0][1]["timeout"] == 90.0


@pytest.mark.field("D5")
def test_a_verb_says_what_became_of_each_watch_in_one_object() -> None:
    code, out, err, _ = run(
        "restart web db --json",
        {"watch": "web", "say": "web: stopping"},
        {"watch": "web", "code": 0, "say": "web: up, pid 7"},
        {"watch": "db", "code": 3, "say": "db: backoff: exit code 1"},
        {"done": True, "code": 3},
    )

    assert (code, err) == (3, "")
    assert json.loads(out) == {
        "code": 3,
        "error": None,
        "watches": [
            {"watch": "web", "code": 0, "message": "up, pid 7"},
            {"watch": "db", "code": 3, "message": "backoff: exit code 1"},
        ],
    }


def test_a_load_that_disturbs_asks_for_a_yes_where_nobody_can_be_asked() -> None:
    plan = {"code": 0, "plan": "1", "text": ["web: changed"], "warnings": [], "asks": True}

    code, out, err, asked = run("load", plan)

    assert (code, out) == (1, "web: changed\n")
    assert "--yes" in err
    assert [do for do, _ in asked] == ["plan"]


def test_gods_last_word_of_a_load_is_understood() -> None:
    plan = {"code": 0, "plan": None, "text": ["nothing to do"], "warnings": [], "asks": False}

    _, _, _, asked = run("load web.yml stop", plan)

    assert (asked[0][1]["files"], asked[0][1]["gone"]) == (["web.yml"], "stop")


@pytest.mark.parametrize("word", [word for word in COMMANDS if word != "mail"])
def test_a_wrong_option_is_a_usage_error(word: str) -> None:
    code, _, _, asked = run(f"{word} --no-such-option")

    assert (code, asked) == (2, [])


@pytest.mark.parametrize(
    "words",
    [
        ["run", ""],
        ["check", ""],
        ["load", "--yes", ""],
        ["start", "web", ""],
        ["status", "--socket", ""],
        ["silence", "web", "--for", ""],
    ],
)
def test_an_empty_argument_means_nothing(words: list[str]) -> None:
    err = io.StringIO()

    assert main(words, Context(client=Scripted(), err=err)) == 2
    assert "an argument is empty; is a variable of the shell not set?" in err.getvalue()
