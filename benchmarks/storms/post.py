"""A queue, a mail server that keeps what it gets, and a worker: real processes in a folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox
from storms.verdict import Arrived, Skipped, arrived

ROOT = Path(__file__).parents[2]
SINK = ROOT / "examples" / "smtp_sink.py"
MAIL = [sys.executable, "-m", "overseer.mail"]
PATIENCE = 180.0
MANY = 1_000_000
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass
class Post:
    folder: Path
    url: str
    port: int = 0
    sink: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = self.folder / "inbox"
        self.outbox = Outbox(self.url)

    def serve(self, *faults: str) -> None:
        argv = [sys.executable, str(SINK), "--port", str(self.port), *faults, str(self.inbox)]
        said = self.folder / "sink.log"
        with said.open("wb") as log:
            self.sink = subprocess.Popen(argv, stdout=log)
        wait(lambda: said.read_bytes().count(b"\n") > 0)
        self.port = int(said.read_text().partition("\n")[0].rpartition(":")[2])

    def work(self, *words: str, cwd: Path | None = None) -> "subprocess.Popen[bytes]":
        argv = [*MAIL, "worker", "run", "--url", self.url, "--name", "storm"]
        argv += ["--smtp", f"smtp://127.0.0.1:{self.port}", *words]
        worker = subprocess.Popen(argv, start_new_session=True, cwd=cwd, **QUIET)
        self.workers.append(worker)
        return worker

    def put(self, count: int) -> set[str]:
        """Message-IDs."""
        mails = (Mail(to=[f"u{n}@example.com"], subject="s", text="t") for n in range(count))
        return {put(self.outbox, mail).message_id for mail in mails}

    def unrecorded(self) -> set[str]:
        """Message-IDs that the server has, and the queue not as sent: they will go again."""
        sent = {row.message_id for row in self.outbox.rows("sent", MANY)}
        return set(self.arrived().times()) - sent

    def came(self) -> int:
        return len(os.listdir(self.inbox))

    def arrived(self) -> Arrived:
        return arrived(self.inbox)

    def run_dry(self) -> bool:
        """Wait for the queue to be empty; False: it is not."""

        def is_dry() -> bool:
            counts = self.outbox.counts()
            return not counts.due + counts.waiting + counts.leased

        return wait(is_dry, every=0.1)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
                worker.wait(PATIENCE)
        if self.sink:
            self.sink.kill()
            self.sink.wait()
        self.outbox.close()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """With all that is of its group."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait(so: Callable[[], bool], every: float = 0.01, patience: float = PATIENCE) -> bool:
    deadline = time.monotonic() + patience
    while not so():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


@contextmanager
def post(folder: Path, url: str) -> Iterator[Post]:
    """*url*: "" for a file in the folder, `postgresql` for a server of its own."""
    with ExitStack() as stack:
        if url == "postgresql":
            url = stack.enter_context(server())
        one = Post(folder, url or f"sqlite:///{folder}/mail.db")
        stack.callback(one.close)
        yield one


@contextmanager
def server() -> Iterator[str]:
    """PostgreSQL as Debian has it, on a unix socket, on a disk that it waits for."""
    sys.path.insert(0, str(ROOT / "tests"))
    import postgres_server

    if why := postgres_server.lacking():
        raise Skipped(why)
    with postgres_server.running(("listen_addresses=",)) as running:
        yield running.url
