"""Mutated bytes for what listens: the control socket, sd_notify, the SMTP listener, load."""

import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from mutation import json_text, mutated, watch_file
from real_daemon import Daemon, until

FILE = """
settings: {log_size: 5MB}
watches:
  web: {command: /bin/sleep 84000, user: ME, tags: t}
  db: {command: /bin/sleep 84001, user: ME, depends_on: web}
  speaker:
    command: PYTHON HERE/speaker.py
    user: ME
    ready: [sd_notify]
    restart_if: [{watchdog: {within: 1h}}]
"""
SPEAKER = """
import os, socket, sys, time
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
place = os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1)
line.sendto(b"READY=1", place)
folder = os.path.dirname(os.path.abspath(__file__))
while not os.path.exists(folder + "/words"):
    time.sleep(0.05)
for text in open(folder + "/words", "rb").read().split(b"\\0\\0"):
    try:
        line.sendto(text, place)
    except OSError:
        pass
    time.sleep(0.001)
open(folder + "/spoken", "w").close()
time.sleep(86400)
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "speaker.py").write_text(SPEAKER)
    made = Daemon(tmp_path, FILE.replace("PYTHON", sys.executable))
    made.run()
    until("them", lambda: set(made.phases().values()) == {"up"}, why=made.phases)
    yield made
    made.end()


def many(share: float, long: int) -> int:
    return round(long * share) if share else max(long // 100, 20)


def running(daemon: Daemon) -> dict[str, tuple[object, ...]]:
    return {name: (one["phase"], one["pid"]) for name, one in daemon.watches().items()}


def is_well(daemon: Daemon) -> None:
    assert daemon.process is not None
    assert daemon.process.poll() is None, daemon.log_end()
    log = daemon.log.read_text(errors="replace")
    assert "Traceback" not in log, log[max(0, log.index("Traceback") - 500) :][:4000]


LOOKS = (
    *(
        "status",
        "history",
        "incidents",
        "dependants",
        "schedule",
        "check",
        "plan",
        "copies",
        "files",
    ),
    *("logs", "contacts", "alerts", "silences", "ping", "version", "doctor", "events", "wait", "x"),
)
"""And `apply`, `adopt` and others that change something, with names that nobody has."""
CHANGES = ("apply", "adopt", "signal", "scale", "silence", "silence_end", "remove", "start", "stop")


def request(chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return mutated('{"v": 1, "do": "ping"}', chance).encode(errors="surrogateescape")
    look = chance.random() < 0.7
    names = ["web", "t", "*", "@t"] if look else ["nobody", "@nobody"]
    whole = {
        "v": 1,
        "do": chance.choice(LOOKS if look else CHANGES),
        "names": [chance.choice(names)],
        "timeout": 0.01,
        "lines": 5,
        "follow": False,
        "reason": "r",
        "words": ["nobody"],
        "pid": 1,
        "name": "nobody",
        "instances": 3,
        "files": ["/nonexistent.yml"],
        "plan": 1,
        "cwd": "/",
    }
    return json_text(json.dumps(whole), chance).encode(errors="surrogateescape")


def test_the_control_socket_takes_any_bytes(daemon: Daemon, seed: int, share: float) -> None:
    before = running(daemon)
    count = many(share, 2_000)
    for number in range(count):
        text = request(random.Random(f"{seed}:{number}"))
        if re.search(rb'"do": "(start|stop|remove|signal)"', text) and b"nobody" not in text:
            continue  # mutated into an order that means somebody
        answers = talk(daemon.state / "overseer.sock", text + b"\n")
        assert "please report" not in answers, (text, answers)
    print(f"{count} requests")
    assert running(daemon) == before
    is_well(daemon)


def talk(path: Path, text: bytes, patience: float = 0.3) -> str:
    """What is answered in that time; events and waits have no end."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        line.settimeout(patience)
        answers = b""
        with suppress(OSError):
            line.sendall(text)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65536):
                answers += piece
                if b'"done":true' in answers and len(answers) < 10**6:
                    break
    return answers.decode(errors="replace")


def test_a_load_that_is_refused_changes_nothing(daemon: Daemon, seed: int, share: float) -> None:
    before = running(daemon)
    refused = 0
    count = many(share, 1_000)
    path = daemon.folder / "other.yml"
    for number in range(count):
        text = watch_file(random.Random(f"{seed}:{number}"))
        path.write_bytes(text.encode(errors="surrogateescape"))
        plan = daemon.ask("plan", files=[str(path)], cwd=str(daemon.folder))
        assert plan["code"] in (0, 1, 6), (plan, text)
        assert "please report" not in str(plan.get("error")), (plan, text)
        refused += plan["code"] == 6
    print(f"{count} files, {refused} refused")
    assert running(daemon) == before
    is_well(daemon)


NOTICES = ("READY=1", "STATUS=x", "WATCHDOG=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=5", "X_Y=z", "")


def test_sd_notify_takes_any_bytes(daemon: Daemon, seed: int, share: float) -> None:
    before = running(daemon)
    count, texts = many(share, 2_000), []
    for number in range(count):
        chance = random.Random(f"{seed}:{number}")
        text = mutated("\n".join(chance.choices(NOTICES, k=3)), chance)
        texts.append(text.encode(errors="surrogateescape").replace(b"\0\0", b"\0"))
    texts += [b"EXTEND_TIMEOUT_USEC=" + b"9" * 4000, b"MAINPID=" + b"9" * 4000, b"\xff" * 5000]
    (daemon.folder / "words.new").write_bytes(b"\0\0".join(texts))
    (daemon.folder / "words.new").rename(daemon.folder / "words")
    until("all of it", (daemon.folder / "spoken").exists)
    daemon.overseer("status", "speaker")
    print(f"{len(texts)} messages")
    after = running(daemon)  # its phase is what it says of itself
    assert {name: pid for name, (_, pid) in after.items()} == {
        name: pid for name, (_, pid) in before.items()
    }
    is_well(daemon)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], str]]]:
    """Its socket, and what it has said; it is there afterwards."""
    path, log = tmp_path / "mail.sock", tmp_path / "listener.log"
    argv = [sys.executable, "-m", "overseer.mail", "listen", "--url", f"sqlite:///{tmp_path}/m.db"]
    with log.open("wb") as out:
        process = subprocess.Popen([*argv, "--address", f"unix:{path}"], stdout=out, stderr=out)
    until("the listener", path.exists)
    yield path, log.read_text
    assert process.poll() is None
    process.kill()
    process.wait()


DIALOGUE: Sequence[str] = (
    *("EHLO web", "HELO web", "MAIL FROM:<a@x.org>", "MAIL FROM:<> SIZE=99", "RCPT TO:<b@x.org>"),
    *("RCPT TO:<c@[127.0.0.1]>", "DATA", "Subject: s", "", "To: ((((" + "(" * 900, ".", ".."),
    *(
        "RSET",
        "NOOP",
        "VRFY a",
        "HELP",
        "QUIT",
        "STARTTLS",
        "AUTH PLAIN AA==",
        "BDAT 5 LAST",
        "x" * 900,
    ),
)


def test_the_smtp_listener_takes_any_bytes(
    listener: tuple[Path, Callable[[], str]], seed: int, share: float
) -> None:
    path, said = listener
    count = many(share, 1_000)
    for number in range(count):
        chance = random.Random(f"{seed}:{number}")
        lines = chance.choices(DIALOGUE, k=chance.randrange(1, 12))
        if chance.random() < 0.5:
            lines = [*DIALOGUE[:1], DIALOGUE[2], DIALOGUE[4], "DATA", *lines, ".", "QUIT"]
        text = mutated("\r\n".join(lines) + "\r\n", chance)
        talk(path, text.encode(errors="surrogateescape"), 2.0)
    print(f"{count} dialogues")
    assert talk(path, b"EHLO web\r\nQUIT\r\n", 10.0).startswith("220")
    assert "Traceback" not in said(), said()[:4000]
