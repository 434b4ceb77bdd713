"""The mail worker on a real mail server: nothing is lost, nobody else is stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox

pytestmark = pytest.mark.live
PATIENCE = 20.0
SINK = Path(__file__).parents[2] / "examples" / "smtp_sink.py"


def until(what: str, so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


class Post:
    """A queue, a server and a worker in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.url = f"sqlite:///{folder}/mail.db"
        self.outbox = Outbox(self.url)
        self.pid_file = folder / "worker.pid"
        self.port = 0
        self.sink: subprocess.Popen[bytes] | None = None

    def serve(self, *options: str) -> None:
        argv = [sys.executable, str(SINK), "--port", str(self.port), *options, str(self.inbox)]
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

    def control(self, verb: str, *words: str) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "overseer.mail", "worker", verb]
        argv += ["--pid-file", str(self.pid_file), *words]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    @property
    def arguments(self) -> list[str]:
        return ["--", "--url", self.url, "--smtp", f"smtp://127.0.0.1:{self.port}", "--tls", "none"]

    def start(self) -> int:
        done = self.control("start", *self.arguments)
        assert done.returncode == 0, done.stderr
        return int(self.pid_file.read_text())

    def put(self, to: str) -> str:
        return put(self.outbox, Mail(to=[to], subject="s", text="t")).message_id

    def arrived(self) -> list[str]:
        mails = (message_from_bytes(path.read_bytes()) for path in self.inbox.glob("*.eml"))
        return [str(mail["Message-ID"]) for mail in mails]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    post.serve()
    yield post
    post.control("stop", "--timeout", "5")
    post.close()
    post.outbox.close()


def test_nothing_is_lost_when_the_worker_is_killed(post: Post) -> None:
    put_in = {post.put(f"u{number}@example.com") for number in range(60)}
    for _ in range(3):
        os.kill(post.start(), signal.SIGKILL)
    post.start()

    until("all", lambda: put_in <= set(post.arrived()))
    until("the records", lambda: post.outbox.counts().sent == 60)


def test_a_stop_finishes_what_is_in_flight(post: Post) -> None:
    post.start()
    sent = {post.put(f"u{number}@example.com") for number in range(20)}

    stopped = post.control("stop")

    assert stopped.returncode == 0
    counts = post.outbox.counts()
    assert counts.leased == 0
    assert counts.sent + counts.due == len(sent)
    assert post.control("status").returncode == 3


def test_of_eight_starts_at_once_one_succeeds(post: Post) -> None:
    argv = [sys.executable, "-m", "overseer.mail", "worker", "start"]
    argv += ["--pid-file", str(post.pid_file), *post.arguments]
    starts = [subprocess.Popen(argv, stdout=-3, stderr=-3) for _ in range(8)]

    assert sorted(start.wait(PATIENCE) for start in starts) == [0, 1, 1, 1, 1, 1, 1, 1]


def test_a_restart_repeats_the_arguments_of_the_start(post: Post) -> None:
    first = post.start()

    done = post.control("restart")
    sent = post.put("ann@example.com")

    assert done.returncode == 0, done.stderr
    assert int(post.pid_file.read_text()) != first
    until("the mail", lambda: sent in post.arrived())


def test_a_stale_pid_file_stops_nobody(post: Post) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        post.pid_file.write_text(f"{stranger.pid}\n")
        assert post.control("stop").returncode == 0
        assert post.control("status").returncode == 3
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_waits_for_a_server_arrives_when_it_is_back(post: Post) -> None:
    post.close()
    post.start()
    sent = post.put("ann@example.com")
    until("a pause", lambda: bool(post.outbox.pauses()))

    post.serve()

    until("the mail", lambda: sent in post.arrived())


def test_a_refusal_is_kept_and_a_delay_is_tried_again(post: Post) -> None:
    post.close()
    post.serve("--fail", "550:never@example.com", "--fail", "450:later@example.com")
    post.start()
    for address in ("never@example.com", "later@example.com"):
        post.put(address)

    until("both", lambda: post.outbox.counts().dead == 1 and post.outbox.counts().waiting == 1)

    [dead] = post.outbox.rows("dead")
    assert (dead.rcpt, dead.code) == ("never@example.com", 550)


def test_a_job_nobody_knows_is_kept_as_dead(post: Post) -> None:
    jobs = Outbox(post.url)

    @jobs.job
    def renamed_since(number: int) -> None: ...

    jobs.put("renamed_since", {"number": 1})
    jobs.close()
    post.start()

    until("dead", lambda: post.outbox.counts().dead == 1)


def test_a_start_that_fails_says_why(post: Post) -> None:
    failed = post.control("start", "--", "--url", "sqlite:////proc/none/mail.db")

    assert failed.returncode == 1
    assert "/proc/none" in failed.stderr
