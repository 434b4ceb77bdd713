"""The listener as a process: what it has said 250 to is there, whatever becomes of it."""

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import PATIENCE, until

from overseer.mail.smtp_in import EACH
from overseer.outbox import Outbox

pytestmark = pytest.mark.live
MAIL = b"Subject: Gr\xc3\xbc\xc3\x9fe\r\nBcc: hid@x.org\r\n\r\nhi\r\n"


class Listener:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/mail.db"
        self.outbox = Outbox(self.url)
        self.path = folder / "mail.sock"
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.told = False

    def start(self, *words: str, env: dict[str, str] | None = None) -> None:
        argv = [sys.executable, "-m", "overseer.mail", "listen", "--url", self.url, *words]
        if "--address" not in words:
            argv += ["--address", "127.0.0.1:0", "--address", f"unix:{self.path}"]
        self.process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}
        )
        assert self.process.stdout
        if found := re.search(r"port (\d+)", self.process.stdout.readline()):
            self.port = int(found[1])

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code, and what it has said since it was ready."""
        self.signal(number)
        process, self.process = self.process, None
        assert process
        said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        if not self.told:
            self.process.send_signal(number)
        self.told = True

    def dial(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE)

    def dial_unix(self) -> smtplib.SMTP:
        return UnixSMTP(str(self.path), timeout=PATIENCE)


class UnixSMTP(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(timeout)
        line.connect(host)
        return line


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(tmp_path)
    yield made
    if made.process:
        made.end(signal.SIGKILL)
    made.outbox.close()


def test_what_is_taken_is_on_the_disk_when_the_listener_is_killed(listener: Listener) -> None:
    listener.start()
    with listener.dial() as line:
        for number in range(20):
            assert line.sendmail("app@x.org", [f"u{number}@x.org"], MAIL) == {}
        code, _ = listener.end(signal.SIGKILL)
        line.close()

    assert code == -signal.SIGKILL
    assert listener.outbox.counts().due == 20
    assert b"hid@" not in (listener.outbox.body(1) or b"")


def test_a_program_on_a_unix_socket_is_known(listener: Listener) -> None:
    listener.start("--allow-uid", str(os.geteuid()))
    with listener.dial_unix() as line:
        line.sendmail("app@x.org", ["ann@x.org"], MAIL)

    code, said = listener.end()

    assert code == 0
    assert "to ann@x.org: " in said
    assert "unix socket" in said
    assert f"(overseer, uid {os.geteuid()})".encode() in (listener.outbox.body(1) or b"")
    assert not listener.path.exists()


@pytest.mark.field("S23")
@pytest.mark.parametrize("way", ["dial", "dial_unix"])
def test_another_user_is_sent_away(listener: Listener, way: str) -> None:
    listener.start("--allow-uid", str(os.geteuid() + 1))
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        getattr(listener, way)()

    assert refused.value.smtp_code == 554
    assert listener.outbox.counts().due == 0


def test_told_to_end_it_takes_the_mail_that_is_being_handed_over(listener: Listener) -> None:
    listener.start()
    idle, busy = listener.dial(), listener.dial()
    idle.ehlo()
    busy.ehlo()
    busy.mail("app@x.org")
    busy.rcpt("ann@x.org")
    listener.signal(signal.SIGTERM)

    assert idle.getreply() == (421, b"4.3.2 this listener ends; try again later")
    assert busy.data(MAIL)[0] == 250
    assert busy.getreply()[0] == 421
    code, _ = listener.end()
    for line in (idle, busy):
        line.close()

    assert code == 0
    assert listener.outbox.counts().due == 1


def test_a_client_that_dawdles_is_cut_off_and_has_been_told_nothing(listener: Listener) -> None:
    listener.start("--stop-timeout", "0.1")
    with listener.dial() as line:
        line.ehlo()
        line.mail("app@x.org")
        code, said = listener.end()
        line.close()

    assert code == 1
    assert "a client was cut off" in said


def test_a_mail_that_is_too_large_is_refused_before_it_is_sent(listener: Listener) -> None:
    listener.start("--max-size", "1KB")
    with listener.dial() as line:
        with pytest.raises(smtplib.SMTPSenderRefused) as before:
            line.sendmail("app@x.org", ["ann@x.org"], b"x" * 2000)
        line.mail("app@x.org")
        line.rcpt("ann@x.org")
        code, _ = line.data(b"x\r\n" * 2000)

    assert (before.value.smtp_code, code) == (552, 552)
    assert listener.outbox.counts().due == 0


def test_domains_of_any_script_are_taken_and_sent_in_ascii(listener: Listener) -> None:
    listener.start()
    with listener.dial() as line:
        line.sendmail("app@x.org", ["ann@müller.de"], MAIL, ["SMTPUTF8"])
        assert line.mail("app@x.org", ["SMTPUTF8"])[0] == 250
        code, said = line.rcpt("jörg@x.org")
        line.send(b"VRFY j\xf6rg\r\n")
        vrfy = line.getreply()

    assert [row.rcpt for row in listener.outbox.rows("due")] == ["ann@xn--mller-kva.de"]
    assert (code, said.isascii()) == (553, True)
    assert vrfy[0] >= 250
    assert vrfy[1].isascii()


def test_systemd_hears_that_it_is_ready_and_that_it_ends(listener: Listener) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(PATIENCE)
        manager.bind(str(listener.folder / "notify"))
        listener.start(env={"NOTIFY_SOCKET": str(listener.folder / "notify")})

        assert manager.recv(100) == b"READY=1"
        listener.end()
        assert manager.recv(100) == b"STOPPING=1"


@pytest.mark.field("S23")
def test_users_who_may_not_send_hold_nothing(listener: Listener) -> None:
    listener.start("--allow-uid", "60001", "--allow-uid", "60002")
    lines = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(300)]
    greetings = [line.makefile("rb").readline()[:3] for line in lines]

    took = [hello_as(uid, listener.port) for uid in (60001, 60002)] if os.geteuid() == 0 else []
    for line in lines:
        line.close()
    _, said = listener.end()

    assert set(greetings) == {b"554"}
    assert set(took) <= {"220"}
    assert said.count("may not send mail here") == 1


def hello_as(uid: int, port: int) -> str:
    """How the listener greets a process of that user."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(uid)
            with socket.socket() as line:
                line.connect(("127.0.0.1", port))
                os.write(write, line.recv(3))
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as greeting:
        text = greeting.read()
    os.waitpid(child, 0)
    return text


def test_many_clients_at_once_are_served_or_told_to_wait(listener: Listener) -> None:
    listener.start()
    lines = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(110)]
    greetings = [line.makefile("rb").readline()[:3] for line in lines]
    for line in lines:
        line.close()

    assert greetings.count(b"220") == EACH
    assert greetings.count(b"421") == 110 - EACH

    def is_free() -> bool:
        with socket.create_connection(("127.0.0.1", listener.port)) as line:
            return line.makefile("rb").readline()[:3] == b"220"

    until("room", is_free)
