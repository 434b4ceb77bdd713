"""Standard streams as they are found: closed, in another encoding, on a terminal that is dumb."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.cli.context import Context
from overseer.cli.log_lines import Choice, LogLines
from overseer.cli.screen import Screen
from overseer.control.client import Client
from overseer.errors import Problem
from overseer.terminal import SafeStream, on_one_line, visible, write_coloured, write_raw

COMMANDS = (
    [sys.executable, "-m", "overseer", "status"],
    [sys.executable, "-m", "overseer", "--help"],
    [sys.executable, "-m", "overseer", "nonsense"],
    [sys.executable, "-m", "overseer", "status", "--bogus"],
    [sys.executable, "-m", "overseer", "mail", "stats", "--url", "sqlite:////nowhere/q.db"],
    [sys.executable, "-m", "overseer.mail", "queue", "--url", "sqlite:////nowhere/q.db"],
    [sys.executable, "-m", "overseer", "mail", "sendmail", "--help"],
    [sys.executable, "-m", "overseer", "mail", "sendmail", "a@b.example"],
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return dict(os.environ, OVERSEER_STATE_DIR=str(tmp_path), HOME=str(tmp_path))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(words[2:5]))
def test_a_closed_stream_changes_no_exit_code(
    command: list[str], environment: dict[str, str]
) -> None:
    usual = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    for closed in ("<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert (closed, done.returncode) == (closed, usual.returncode)
        assert b"Traceback" not in done.stderr + done.stdout
        assert b"bug" not in done.stderr


def test_what_an_encoding_lacks_is_written_otherwise() -> None:
    stream = SafeStream(io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    from overseer.terminal import make_streams_safe

    make_streams_safe()  # the handler of errors

    stream.write("web └─ é 🚀 … \udcff\n")
    stream.flush()

    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    assert raw.getvalue() == b"web |-- \\u00e9 \\ud83d\\ude80 ... \\udcff\n"


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_a_page_comes_out_in_every_locale(locale: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text("watches: {web: {command: a, kätzchen└: 1}}\n")
    check = [sys.executable, "-m", "overseer", "check", "--alone", str(tmp_path / "w.yml")]

    done = subprocess.run(check, env={**os.environ, **locale}, capture_output=True, check=False)

    assert done.returncode == 6
    assert b"tzchen|-" in done.stderr


def test_controls_are_written_visibly() -> None:
    assert visible("a\x1b[31mb\x00\r\x7f\x9b\u202e\n\t") == (
        "a\\x1b[31mb\\x00\\x0d\\u007f\\u009b\\u202e\n\t"
    )
    assert visible("\x1b[31mred\x1b[0m\x1b[2J", colours=True) == "\x1b[31mred\x1b[0m\\x1b[2J"
    assert on_one_line("a\nb\tc\x1b") == "a\\nb\\tc\\x1b"


def test_json_stays_json() -> None:
    texts = "\x9b\u202e\x7f\x1b ä"

    assert json.loads(visible(json.dumps(texts, ensure_ascii=False))) == texts


class Answering(threading.Thread):
    """A daemon with one answer."""

    def __init__(self, path: Path, answer: dict[str, object]) -> None:
        import socket

        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._answer = answer

    def run(self) -> None:
        from overseer.control.protocol import VERSION

        line, _ = self._socket.accept()
        with self._socket, line, line.makefile("rwb") as file:
            file.write(json.dumps({"v": VERSION, "version": "1"}).encode() + b"\n")
            file.flush()
            file.readline()
            file.write(json.dumps({"v": VERSION, "done": True, **self._answer}).encode() + b"\n")
            file.flush()


@pytest.mark.parametrize(("escapes", "note"), [(True, "a\\x1b[31mb"), (False, "a\x1b[31mb")])
def test_answers_for_people_hold_no_controls(escapes: bool, note: str, tmp_path: Path) -> None:
    Answering(tmp_path / "s", {"code": 0, "watches": [{"note": "a\x1b[31mb"}]}).start()

    with Client(str(tmp_path / "s"), escapes=escapes) as client:
        assert client.ask("status")["watches"] == [{"note": note}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._end

    def __init__(self, end: int) -> None:
        super().__init__()
        self._end = end


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    ours, theirs = os.openpty()
    yield Terminal(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_dumb_terminal_gets_no_sequences(
    kind: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", kind)

    with Screen(terminal).open() as screen:
        screen.draw(["web  up"])
        screen.draw(["web  down"])

    assert terminal.getvalue() == "web  up\n\nweb  down\n\n"


@pytest.mark.parametrize(("raw", "shown"), [(False, "\\x1b]0;x\\x07"), (True, "\x1b]0;x\x07")])
def test_a_log_on_a_terminal_moves_nothing(raw: bool, shown: str, terminal: Terminal) -> None:
    log = LogLines(Context(out=terminal), Choice(), 5, raw=raw)

    log.hear({"watch": "web", "file": "/l", "say": "\x1b]0;x\x07"})
    log.catch_up()

    assert terminal.getvalue() == f"{shown}\n"


def test_a_log_in_a_pipe_stays_as_it_is() -> None:
    out = SafeStream(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))

    write_raw(out, "\x1b[31m\n")
    out.write("\x1b[31m\n")
    out.flush()

    raw = out.buffer
    assert isinstance(raw, io.BytesIO)
    assert raw.getvalue() == b"\x1b[31m\n\\x1b[31m\n"


@pytest.mark.field("S16")
def test_only_lines_of_our_own_colour_a_terminal() -> None:
    raw = io.BytesIO()
    stream = SafeStream(io.TextIOWrapper(raw, encoding="utf-8"))
    stream._colours = True  # a terminal
    print("250 \x1b[31mred\x1b[0m", file=stream)
    write_coloured(stream, "\x1b[32mup\x1b[0m\x1b[2J\n")
    stream.flush()

    assert raw.getvalue() == b"250 \\x1b[31mred\\x1b[0m\n\x1b[32mup\x1b[0m\\x1b[2J\n"


@pytest.mark.field("S16")
def test_a_problem_is_one_line_whatever_its_file_is_called() -> None:
    assert str(Problem("/a\nb\x1b.yml", 1, 2, "wrong")) == "/a\\nb\\x1b.yml:1:2: wrong"
