"""Tab completion offers what belongs where the line stands."""

import os
import pty
import select
import shutil
import subprocess
import sys
import termios
import time
from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_cli_main import run

from overseer.cli.candidates import OFFERS, Line
from overseer.cli.context import Context
from overseer.cli.main import COMMANDS, mail_parser, module_of, parser_of
from overseer.cli.value_kinds import Kind, kind_of
from overseer.control.caller import Caller
from overseer.control.client import Client
from overseer.control.protocol import Answer, Request, done
from overseer.control.server import Server
from overseer.control.sockets import Sockets
from overseer.errors import NoDaemon

BIN = str(Path(sys.executable).parent)
SOON = 20.0
WATCHES = [
    {"name": "web-1", "tags": ["front"], "phase": "up", "kind": "watch"},
    {"name": "db", "tags": [], "phase": "up", "kind": "watch"},
    {"name": "backup", "tags": [], "phase": "scheduled", "kind": "scheduled"},
]
ANSWERS: dict[str, Answer] = {
    "status": {
        "status": {
            "watches": WATCHES,
            "copies": [{"name": "web", "instances": 1}, {"name": "none", "instances": 0}],
        }
    },
    "contacts": {"contacts": [{"name": "ops", "way": "email"}]},
    "incidents": {"incidents": [{"incident": "db.b007.1a", "watch": "db", "first": "exit code 1"}]},
    "files": {"files": ["/etc/overseer/web.yml"]},
}
OFFERED = {
    "contacts test ": "ops",
    "contacts pre": "preview",
    "config show ": "web-1 db backup web none @front",
    "load --restart ": "now rolling later",
    "load --restart=r": "--restart=rolling",
    "wait db --for st": "starting stopping stopped stop_failed",
    "wait db --for dow": "down",
    "signal db HU": "HUP",
    "signal ": "web-1 db backup web none @front",
    "run redi": "redis",
    "run --log-level de": "debug",
    "history --incident ": "db.b007.1a",
    "history d": "db",
    "trigger ": "backup",
    "scale ": "web none",
    "unload ": "/etc/overseer/web.yml",
    "contacts preview --event fl": "flapping",
    "top --sort ": "cpu memory name",
    "silence --for ": "",
    "stop db --timeout ": "",
    "stop db --timeout 5s w": "web-1 web",
    "stop @fr": "@front",
    "wait --t": "--timeout",
    "wa": "wait",
    "help wa": "wait",
    "mail mi": "migrate",
    "mail worker st": "start stop status",
    "mail migrate --dr": "--dry-run",
    "mail worker run --thr": "--threads",
    "mail worker run --tls st": "starttls",
    "mail check --oldest-du": "--oldest-due",
    "mail show ": "",
}
"""What is typed, and what may follow."""


class Scripted(Client):
    def __init__(self) -> None:
        super().__init__("/nowhere")

    def ask(self, do, fields=None, hear=None):  # type: ignore[no-untyped-def]
        return done(**ANSWERS[do])


def parsers() -> Iterator[tuple[tuple[str, ...], ArgumentParser]]:
    for word in COMMANDS:
        yield from below(
            (word,), mail_parser() if word == "mail" else parser_of(word, module_of(word))
        )


def below(
    path: tuple[str, ...], parser: ArgumentParser
) -> Iterator[tuple[tuple[str, ...], ArgumentParser]]:
    yield path, parser
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for verb, inner in action.choices.items():
                yield from below((*path, verb), inner)


def wants_a_value(action: Action) -> bool:
    return action.nargs != 0 and not isinstance(action, _SubParsersAction)


@pytest.mark.field("D6")
def test_whatever_wants_a_value_has_said_of_which_kind() -> None:
    unsaid = [
        f"{' '.join(path)} {action.option_strings or action.dest}"
        for path, parser in parsers()
        for action in parser._actions
        if wants_a_value(action) and kind_of(path, action) is None
    ]

    assert unsaid == []


def test_every_kind_has_something_to_offer() -> None:
    by_the_shell = {Kind.CHOICES, Kind.FILES, Kind.WATCH_FILES, Kind.FOLDERS}

    assert set(OFFERS) | by_the_shell == set(Kind)


@pytest.mark.field("D6")
@pytest.mark.parametrize(("typed", "offered"), OFFERED.items())
def test_what_belongs_there_is_offered_and_nothing_else(typed: str, offered: str) -> None:
    words = typed.split(" ")
    lines = Line(words, Context(Scripted()), "fish").candidates()

    found = [line.partition("\t")[0] for line in lines]
    assert [one for one in found if one != ":files"] == offered.split()
    assert (":files" in found) is (words[0] == "run" and len(words) == 2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_nothing_is_offered_of_a_daemon_that_is_not_there(shell: str) -> None:
    code, out, err, _ = run(f"completion {shell} stop d", error=NoDaemon("nobody"))

    assert (code, out, err) == (0, "", "")


def test_files_and_folders_are_the_shells_own() -> None:
    assert run("completion bash check x")[1] == ":files\n"
    assert run("completion bash contacts preview --templates x")[1] == ":folders\n"


@pytest.fixture(scope="module")
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    class Desk:
        def answer(self, request: Request, caller: Caller) -> Answer:
            return done(**ANSWERS[request["do"]])

    path = str(tmp_path_factory.mktemp("daemon") / "o.sock")
    server = Server(Sockets(path), Desk(), "1")
    server.open()
    yield path
    server.close()


def env(socket: str, home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "OVERSEER_SOCKET": socket,
        "HOME": str(home),
        "TERM": "dumb",
        "PS1": "$ ",
    }


SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "source <(overseer completion bash); echo rea''dy\n",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u -D; source <(overseer completion zsh); echo rea''dy\n",
    ),
}
COMPLETED = {
    "overseer contacts test ": "contacts test ops",
    "overseer load --restart ro": "--restart rolling",
    "overseer load --restart=ro": "--restart=rolling",
    "overseer wait db --for gav": "--for gave_up",
    "overseer signal db WIN": "signal db WINCH",
    "overseer run redi": "run redis",
    "overseer history --incident ": "--incident db.b007.1a",
    "overseer config show back": "config show backup",
    "overseer stop @f": "stop @front",
    "overseer trigger ": "trigger backup",
    "overseer check watch-fi": "check watch-file.yml",
    "overseer mail worker run --thr": "--threads",
}


class Interactive:
    """A shell on a terminal of its own."""

    def __init__(self, shell: str, socket: str, home: Path) -> None:
        command, setup = SHELLS[shell]
        self._here, there = pty.openpty()
        termios.tcsetwinsize(there, (40, 200))
        self._process = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there,
            start_new_session=True, env=env(socket, home), cwd=home,
        )  # fmt: skip
        os.close(there)
        self.type(setup)
        self.until("ready")

    def type(self, text: str) -> None:
        os.write(self._here, text.encode())

    def until(self, text: str) -> None:
        shown, deadline = "", time.monotonic() + SOON
        while text not in shown:
            ready, _, _ = select.select([self._here], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} did not come: {shown!r}"
            shown += os.read(self._here, 65536).decode(errors="replace").replace("\a", "")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._here)


@pytest.mark.field("D6")
@pytest.mark.live
@pytest.mark.parametrize("shell", SHELLS)
def test_a_tab_in_the_shell_writes_what_belongs_there(
    shell: str, socket: str, tmp_path: Path
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed (apt-get install {shell})")
    (tmp_path / "watch-file.yml").touch()
    terminal = Interactive(shell, socket, tmp_path)
    try:
        for typed, completed in COMPLETED.items():
            terminal.type(f"{typed}\t")
            terminal.until(completed)
            terminal.type("\x15")  # Ctrl-U: the line is taken back
    finally:
        terminal.close()


@pytest.mark.field("D6")
@pytest.mark.live
def test_fish_offers_what_belongs_there(socket: str, tmp_path: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not installed (apt-get install fish)")
    (tmp_path / "watch-file.yml").touch()
    asks = "; ".join(f"complete -C '{typed}'; echo END" for typed in COMPLETED)

    told = subprocess.run(
        ["fish", "--no-config", "-c", f"overseer completion fish | source; {asks}"],
        capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env(socket, tmp_path),
    )  # fmt: skip

    for lines, completed in zip(told.stdout.split("END\n"), COMPLETED.values(), strict=False):
        assert completed.split()[-1] in [line.partition("\t")[0] for line in lines.splitlines()]
    assert told.stderr == ""
