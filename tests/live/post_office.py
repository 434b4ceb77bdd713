"""A queue, a mail server and a worker: real processes in a folder of their own."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox

PATIENCE = 20.0
SINK = Path(__file__).parents[2] / "examples" / "smtp_sink.py"
FAULTY = Path(__file__).with_name("faulty_relay.py")


def until(what: str, so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


@contextmanager
def mute() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


class Post:
    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.url = url or f"sqlite:///{folder}/mail.db"
        self.outbox = Outbox(self.url)
        self.pid_file = folder / "worker.pid"
        self.port = 0
        self.sink: subprocess.Popen[bytes] | None = None

    def serve(self, *options: str, program: Path = SINK) -> None:
        argv = [sys.executable, str(program), "--port", str(self.port), *options, str(self.inbox)]
        self.sink = subprocess.Popen(argv, stdout=subprocess.PIPE)
        assert self.sink.stdout
        self.port = int(self.sink.stdout.readline().decode().rpartition(":")[2])

    def close(self) -> None:
        if self.sink:
            self.sink.kill()
            self.sink.wait()
            assert self.sink.stdout
            self.sink.stdout.close()
            self.sink = None

    def control(
        self, verb: str, *words: str, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "overseer.mail", "worker", verb]
        if "--pid-file" not in words:
            argv += ["--pid-file", str(self.pid_file)]
        return subprocess.run(
            [*argv, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=env,
            cwd=cwd,
        )

    @property
    def arguments(self) -> list[str]:
        return ["--", "--url", self.url, "--smtp", self.smtp, "--tls", "none"]

    @property
    def smtp(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.pid_file.with_suffix(".log").read_text()

    def start(self) -> int:
        done = self.control("start", *self.arguments)
        assert done.returncode == 0, done.stderr
        return int(self.pid_file.read_text())

    def put(self, to: str) -> str:
        return put(self.outbox, Mail(to=[to], subject="s", text="t")).message_id

    def mails(self) -> list[Message]:
        return [message_from_bytes(path.read_bytes()) for path in sorted(self.inbox.glob("*.eml"))]

    def arrived(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails()]
