"""Tab completion knows every command, its options, and whose words are watches."""

import subprocess

import pytest
from test_cli_main import run

from overseer.cli.completion import NAMED
from overseer.cli.main import COMMANDS
from overseer.errors import NoDaemon

NAMES = {"status": {"watches": [{"name": "web", "tags": ["front"]}, {"name": "db", "tags": []}]}}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_known(shell: str) -> None:
    code, out, _, asked = run(f"completion {shell}")

    assert (code, asked) == (0, [])
    for word in COMMANDS:
        assert word in out
    for flag in ("timeout", "since", "json", "follow", "instance"):
        assert flag in out


@pytest.mark.parametrize("word", [word for word in COMMANDS if word != "mail"])
def test_commands_that_take_watches_complete_their_names(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(f"{word} --help")
    usage = capsys.readouterr().out.split("\n\n")[0]

    takes_watches = "NAME ..." in usage or usage.endswith(" NAME") or "NAME PID" in usage
    assert (word in NAMED) is (takes_watches and word not in ("config", "contacts"))


def test_names_are_those_of_the_daemon() -> None:
    assert run("completion names", {"code": 0, **NAMES})[:2] == (0, "web\ndb\n@front\n")
    assert run("completion names", error=NoDaemon("nobody"))[:3] == (0, "", "")


def test_bash_takes_it() -> None:
    script = run("completion bash")[1]
    ask = "COMP_WORDS=(overseer wa); COMP_CWORD=1; _overseer; echo ${COMPREPLY[@]}\n"
    ask += "COMP_WORDS=(overseer wait --t); COMP_CWORD=2; _overseer; echo ${COMPREPLY[@]}\n"

    told = subprocess.run(
        ["bash", "-c", script + ask], capture_output=True, text=True, check=True, timeout=30
    )

    assert told.stdout == "wait\n--timeout\n"
    assert told.stderr == ""
