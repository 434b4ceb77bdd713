"""The ready-made watch of the mail worker: a real daemon, a worker, mail servers with faults."""

import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from post_office import FAULTY, Post, mute, until

pytestmark = pytest.mark.live

OVERSEER = [sys.executable, "-m", "overseer"]
READY_MADE = Path(__file__).parents[2] / "watches" / "mail_worker.yml"
SHORTER = {
    "    user:": "    interval: 1s\n    user:",
    "max_age: 60s": "max_age: 8s",
    "above: 20m, interval: 30s": "above: 3s, interval: 1s",
    "above: 10m, interval: 30s": "above: 2s, interval: 1s",
    "above: 0, interval: 30s": "above: 0, interval: 1s",
    "above: 15m, interval: 30s": "above: 3s, interval: 1s",
    "stop_timeout: 3m": "stop_timeout: 2s",
}
TOLD = """
include: mail_worker.yml
contacts:
  ops: {{email: ops@example.org}}
mail: {{smtp: "smtp://127.0.0.1:{port}"}}
defaults:
  notify: ops
"""


NOTHING: Mapping[str, str] = {}


class Supervised:
    """The file as it is shipped but for its numbers, included by one that says whom to tell."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.state = post.folder / "state"

    def run(self, smtp: str = "", but: Mapping[str, str] = NOTHING) -> int:
        """The worker's pid."""
        text = READY_MADE.read_text()
        for long, short in {**SHORTER, **but}.items():
            assert long in text, long
            text = text.replace(long, short)
        (self.post.folder / "mail_worker.yml").write_text(text)
        told = self.post.folder / "overseer.yml"
        told.write_text(TOLD.format(port=self.post.port))
        env = {"OVERSEER_MAIL_URL": self.post.url, "OVERSEER_MAIL_SMTP": smtp or self.post.smtp}
        with (self.post.folder / "daemon.log").open("wb") as log:
            self.daemon = subprocess.Popen(
                [*OVERSEER, "run", "--no-strict", "--state-dir", str(self.state), str(told)],
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.up()

    def ask(self, *words: str) -> str:
        argv = [*OVERSEER, words[0], "--state-dir", str(self.state), *words[1:]]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout

    def up(self, but: int | None = None) -> int:
        """Its pid, once it is up and another than that."""
        found: list[int] = []

        def is_up() -> bool:
            said = self.ask("status", "--json")
            watches = json.loads(said).get("watches", ()) if said else ()
            found[:] = [w["pid"] for w in watches if w["phase"] == "up" and w["pid"] != but]
            return bool(found)

        until("up", is_up)
        return found[0]

    def told(self, words: str) -> bool:
        """Whether a mail to the people says so."""
        alerts = [mail for mail in self.post.mails() if mail["X-Overseer-Watch"] == "mail_worker"]
        texts = (str(mail.get_payload(0, decode=False)) + str(mail) for mail in alerts)
        return any(words in " ".join(text.replace("=\n", "").split()) for text in texts)

    def history(self) -> str:
        return " ".join(self.ask("history", "mail_worker").split())

    def end(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(60)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    made.serve("--fail", "550:nobody@example.com")
    yield made
    made.close()
    made.outbox.close()


@pytest.fixture
def supervised(post: Post) -> Iterator[Supervised]:
    made = Supervised(post)
    yield made
    made.end()


def test_a_worker_that_is_killed_is_back_and_loses_nothing(supervised: Supervised) -> None:
    post = supervised.post
    first = supervised.run()
    put = {post.put(f"u{number}@example.com") for number in range(50)}

    os.kill(first, signal.SIGKILL)

    supervised.up(but=first)
    until("all", lambda: put <= set(post.arrived()))


def test_a_worker_that_is_too_large_is_restarted(supervised: Supervised) -> None:
    first = supervised.run(but={"{{ 60 + 5 * (max_mb | int) }}MB": "5MB"})

    supervised.up(but=first)

    assert "above 5MB" in supervised.history()


def test_a_worker_whose_heart_stops_is_restarted(supervised: Supervised) -> None:
    first = supervised.run()
    beat = Path(f"{supervised.post.outbox.path}.mail.heartbeat")
    until("a beat", beat.exists)

    os.kill(first, signal.SIGSTOP)

    until("the restart", lambda: f"no heartbeat in {beat}" in supervised.history())
    supervised.up(but=first)


def test_what_waits_for_a_server_that_is_away_is_told_and_restarts_nothing(
    supervised: Supervised,
) -> None:
    first = supervised.run(smtp="smtp://127.0.0.1:1")
    supervised.post.put("ann@example.com")

    until("the alert", lambda: supervised.told("the oldest due in the queue has waited"))

    assert supervised.told("mail is paused for")
    assert supervised.told("127.0.0.1:1")
    assert supervised.up() == first


def test_a_worker_that_is_stuck_is_restarted(supervised: Supervised) -> None:
    """At a server that takes connections and says nothing, until the first of its limits."""
    with mute() as port:
        first = supervised.run(smtp=f"smtp://127.0.0.1:{port}")
        supervised.post.put("ann@example.com")

        until("the restart", lambda: "has settled nothing for" in supervised.history())
        supervised.up(but=first)


def test_what_is_dead_is_told(supervised: Supervised) -> None:
    first = supervised.run()
    supervised.post.put("nobody@example.com")

    until("the alert", lambda: supervised.told("1 dead in the mail queue, more than 0"))

    assert supervised.up() == first


SMTPD = shutil.which("smtpd", path="/usr/sbin:/usr/local/sbin")
BOXES = """
table boxes {{ "ann@example.com" = "{user}", "bob@example.com" = "{user}" }}
listen on 127.0.0.1 port {port} hostname mx.example.com
action keep maildir "{maildir}" virtual <boxes>
match from any for domain "example.com" action keep
"""
needs_opensmtpd = pytest.mark.skipif(
    SMTPD is None or os.geteuid() != 0 or Path("/run/smtpd.sock").exists(),
    reason="OpenSMTPD (apt-get install opensmtpd) is not installed or runs already, or not as root",
)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    user = pwd.getpwnam("nobody")
    folder = tmp_path / "maildir"
    folder.mkdir()
    os.chown(folder, user.pw_uid, user.pw_gid)
    for parent in (tmp_path, *tmp_path.parents):
        os.chmod(parent, parent.stat().st_mode | 0o055)
    return folder


@pytest.fixture
def opensmtpd(tmp_path: Path, maildir: Path) -> Iterator[int]:
    """Its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    conf = tmp_path / "smtpd.conf"
    conf.write_text(BOXES.format(user="nobody", port=port, maildir=maildir))
    with (tmp_path / "smtpd.log").open("wb") as log:
        server = subprocess.Popen([str(SMTPD), "-d", "-f", str(conf)], stdout=log, stderr=log)

    def answers() -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", port)) == 0

    until("the server", answers)
    yield port
    server.terminate()
    server.wait(20)


@needs_opensmtpd
def test_opensmtpd_gets_the_mails_and_what_it_refuses_is_dead(
    supervised: Supervised, opensmtpd: int, maildir: Path
) -> None:
    supervised.run(smtp=f"smtp://127.0.0.1:{opensmtpd}")
    post = supervised.post
    put = {post.put(to) for to in ("ann@example.com", "bob@example.com")}
    post.put("eve@elsewhere.org")

    def kept() -> set[str]:
        texts = [path.read_text() for path in (maildir / "new").glob("*")]
        return {name for name in put if any(name in text for text in texts)}

    until("both", lambda: kept() == put)
    until("the alert", lambda: supervised.told("1 dead in the mail queue"))
    [dead] = post.outbox.rows("dead")
    assert (dead.rcpt, dead.code) == ("eve@elsewhere.org", 550)


@pytest.mark.field("L3")
def test_a_relay_that_defers_everything_is_told(supervised: Supervised) -> None:
    post = supervised.post
    post.close()
    post.serve("--defer", program=FAULTY)
    first = supervised.run()
    for number in range(5):
        post.put(f"u{number}@example.com")

    until("the alert", lambda: "5 are deferred, the oldest since" in supervised.history())

    assert supervised.up() == first


@pytest.mark.field("L12")
def test_why_says_that_the_mail_server_is_away_before_it_is_too_long(
    supervised: Supervised,
) -> None:
    supervised.run(
        smtp="smtp://127.0.0.1:1",
        but={"above: 10m, interval: 30s": "above: 10m, interval: 1s"},
    )
    supervised.post.put("ann@example.com")
    with_time = "UPDATE outbox_pause SET since = since - 60"

    def say_so() -> bool:
        with sqlite3.connect(str(supervised.post.outbox.path), timeout=10) as db:
            db.execute(with_time)
        return "mail is paused for" in supervised.ask("why", "mail_worker")

    until("why", say_so)

    said = " ".join(supervised.ask("why", "mail_worker").split())
    assert "Nothing needs to be done" not in said
    assert "overseer status mail_worker" in said
