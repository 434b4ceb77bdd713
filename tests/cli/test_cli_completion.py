"""Tab completion knows every command, its options, and whose words are watches."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from test_cli_main import run

from overseer.cli.completion import NAMED
from overseer.cli.main import COMMANDS
from overseer.errors import NoDaemon

NAMES = {
    "status": {
        "watches": [{"name": "web-1", "tags": ["web"]}, {"name": "db", "tags": []}],
        "copies": [{"name": "web"}, {"name": "none"}],
    }
}


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

    takes_watches = "NAME ..." in usage or usage.endswith((" NAME", " NAME PID", " NAME N"))
    assert (word in NAMED) is (takes_watches and word not in ("config", "contacts"))


def test_names_are_those_of_the_daemon() -> None:
    assert run("completion names", {"code": 0, **NAMES})[:2] == (0, "web-1\ndb\nweb\nnone\n@web\n")
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


WORDS_OF_MAIL = {
    "mail mi": "migrate",
    "mail worker st": "start stop status",
    "mail migrate --dr": "--dry-run",
    "mail worker run --thr": "--threads",
    "mail check --oldest-du": "--oldest-due",
}
"""What is typed, and what may follow."""


@pytest.mark.parametrize(("typed", "found"), WORDS_OF_MAIL.items())
def test_bash_knows_words_of_words(typed: str, found: str) -> None:
    ask = f"COMP_WORDS=(overseer {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _overseer"
    script = f"{run('completion bash')[1]}{ask}; echo ${{COMPREPLY[@]}}"

    told = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30)

    assert (told.stdout, told.stderr) == (f"{found}\n", "")


@pytest.mark.live
@pytest.mark.parametrize(("typed", "found"), WORDS_OF_MAIL.items())
def test_fish_knows_words_of_words(typed: str, found: str, tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not installed (apt-get install fish)")
    script = f"{run('completion fish')[1]}\ncomplete -C 'overseer {typed}'"

    told = subprocess.run(
        ["fish", "--no-config", "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
    )

    words = [line.partition("\t")[0] for line in told.stdout.splitlines()]
    assert (sorted(words), told.stderr) == (sorted(found.split()), "")


@pytest.mark.live
@pytest.mark.parametrize(("typed", "found"), WORDS_OF_MAIL.items())
def test_zsh_knows_words_of_words(typed: str, found: str) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed (apt-get install zsh)")
    stand_in = 'compadd() { shift; print -r -- "${(M)@:#$words[-1]*}" }\n'
    script = f"{stand_in}words=(overseer {typed}); CURRENT=$#words\n{run('completion zsh')[1]}"

    told = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, timeout=30)

    assert (told.stdout, told.stderr) == (f"{found}\n", "")
