"""Programs that people have, handing mail over as they do: by SMTP, or to a sendmail.

Where one is missing its test is skipped. By the unix socket it is nobody, who may not write the
queue, wherever root runs the tests.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from post_office import PATIENCE, Post, until

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
SUBJECT = "Grüße"
TEXT = "schön\n.\n..\nFrom me"
MESSAGE = f"""From: Ann <app@example.com>
To: Jörg <ann@example.com>
Bcc: hid@example.com
Subject: {SUBJECT}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{TEXT}
"""
CRON = f"""From: root (Cron Daemon)
To: root
Subject: {SUBJECT}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
X-Cron-Env: <SHELL=/bin/sh>

{TEXT}
"""
PHP = """exit(mail("ann@example.com", mb_encode(), getenv("TEXT"), [
    "From" => "app@example.com", "Bcc" => "hid@example.com",
    "Content-Type" => "text/plain; charset=utf-8"], "-fapp@example.com") ? 0 : 1);
function mb_encode() { return "=?utf-8?B?" . base64_encode(getenv("SUBJECT")) . "?="; }"""
MSMTP = ["msmtp", "-f", "app@example.com", "--host=localhost"]
SWAKS = [
    *["swaks", "--silent", "2", "--to", "ann@example.com", "--from", "app@example.com"],
    *["--header", f"Subject: {SUBJECT}", "--body", TEXT],
    *["--add-header", "Content-Type: text/plain; charset=utf-8"],
]
PATCH = ["git", "send-email", "--confirm=never", "--quiet", "--suppress-cc=all", "--8bit-encoding"]
PATCH += ["utf-8", "--from", "app@example.com", "--to", "ann@example.com", "--bcc", "hid@x.org"]


@dataclass(frozen=True)
class Program:
    """`{port}`, `{socket}`, `{sendmail}` and `{file}`, of the message, are put into its words."""

    words: list[str]
    stdin: str = ""

    @property
    def name(self) -> str:
        return self.words[0]

    @property
    def is_nobodys(self) -> bool:
        return any("{socket}" in word for word in self.words)


PROGRAMS = {
    "msmtp, port": Program([*MSMTP, "--port={port}", "-t"], MESSAGE),
    "msmtp, socket": Program([*MSMTP, "--socket={socket}", "-t"], MESSAGE),
    "swaks, port": Program([*SWAKS, "--server", "127.0.0.1:{port}"]),
    "swaks, socket": Program([*SWAKS, "--socket", "{socket}"]),
    "bsd-mailx": Program(
        ["bsd-mailx", "-s", SUBJECT, "-b", "hid@x.org", "ann@example.com"], TEXT + "\n"
    ),
    "s-nail, sendmail": Program(
        ["s-nail", "-s", SUBJECT, "-S", "mta={sendmail}", "-b", "hid@x.org", "ann@example.com"],
        TEXT + "\n",
    ),
    "s-nail, port": Program(
        [
            *["s-nail", "-s", SUBJECT, "-S", "v15-compat", "-S", "mta=smtp://127.0.0.1:{port}"],
            *["-S", "smtp-auth=none", "-r", "app@example.com", "ann@example.com"],
        ],
        TEXT + "\n",
    ),
    "php, sendmail": Program(["php", "-d", "sendmail_path={sendmail} -t -i", "-r", PHP]),
    "php, socket": Program(
        ["php", "-d", 'sendmail_path="msmtp --host=localhost --socket={socket} -t"', "-r", PHP]
    ),
    "git, sendmail": Program([*PATCH, "--sendmail-cmd={sendmail}", "{file}"]),
    "git, port": Program(
        [*PATCH, "--smtp-server=127.0.0.1", "--smtp-server-port={port}", "{file}"]
    ),
    "cron": Program(["{sendmail}", "-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"], CRON),
}


class House(Post):
    """With a listener, and a folder that every user can enter."""

    def __init__(self, folder: Path, hall: Path) -> None:
        super().__init__(folder)
        self.socket = hall / "mail.sock"
        self.sendmail = hall / "sendmail"
        self.file = hall / "message"
        self.listening: subprocess.Popen[str] | None = None
        self.smtp_port = 0

    def open(self) -> None:
        self.serve()
        self.listening = subprocess.Popen(
            [
                *[sys.executable, "-m", "overseer.mail", "listen", "--url", self.url],
                *["--address", "127.0.0.1:0", "--address", f"unix:{self.socket}"],
                *["--allow-uid", "all", "--domain", "example.com"],
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.listening.stdout
        words = self.listening.stdout.readline().replace(",", "").split()
        self.smtp_port = int(words[words.index("port") + 1])
        self.sendmail.write_text(
            f"#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m overseer.mail sendmail"
            f' --url {self.url} --domain example.com --local-to ann@example.com "$@"\n'
        )
        self.sendmail.chmod(0o755)
        plain = MESSAGE.replace("Ann <app@example.com>", "app@example.com")
        self.file.write_text(plain.replace("Bcc: hid@example.com\n", ""))
        (self.folder / "mailrc").write_text(f"set sendmail={self.sendmail}\n")
        self.start()

    def leave(self) -> None:
        self.control("stop", "--timeout", "5")
        self.close()
        if self.listening:
            self.listening.send_signal(signal.SIGTERM)
            self.listening.communicate(timeout=PATIENCE)
        self.outbox.close()

    def run(self, program: Program) -> "subprocess.CompletedProcess[str]":
        places = {
            "{port}": str(self.smtp_port),
            "{socket}": str(self.socket),
            "{sendmail}": str(self.sendmail),
            "{file}": str(self.file),
        }
        words = program.words
        for place, value in places.items():
            words = [word.replace(place, value) for word in words]
        return subprocess.run(
            [*(as_nobody() if program.is_nobodys else []), *words],
            input=program.stdin,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.socket.parent),
                "LC_ALL": "C.UTF-8",
                "MAILRC": str(self.folder / "mailrc"),
                "EMAIL": "app@example.com",
                "SUBJECT": SUBJECT,
                "TEXT": TEXT,
            },
            cwd=self.socket.parent,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def as_nobody() -> list[str]:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with tempfile.TemporaryDirectory() as hall:
        os.chmod(hall, 0o755)
        made = House(tmp_path_factory.mktemp("house"), Path(hall))
        try:
            made.open()
            yield made
        finally:
            made.leave()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_mail_arrives_as_it_was_written(house: House, program: Program) -> None:
    if "{" not in program.name and shutil.which(program.name) is None:
        pytest.skip(f"there is no {program.name} here")
    if any("=msmtp" in word for word in program.words) and shutil.which("msmtp") is None:
        pytest.skip("there is no msmtp here")
    seen = set(house.inbox.glob("*.eml"))
    rows = house.outbox.counts().sent

    done = house.run(program)

    if program.name == "git" and ("not a git command" in done.stderr or "Mail::" in done.stderr):
        pytest.skip("there is no git send-email here, or not its Mail::Address")
    assert done.returncode == 0, done.stdout + done.stderr
    blind = 2 if "hid@" in program.stdin + " ".join(program.words) else 1
    until("the mail", lambda: house.outbox.counts().sent == rows + blind)
    for path in set(house.inbox.glob("*.eml")) - seen:
        raw = path.read_bytes()
        mail = message_from_bytes(raw.replace(b"\r\n", b"\n"), EmailMessage, policy=default)
        assert raw.isascii()
        assert b"hid@" not in raw
        assert mail["Subject"] == SUBJECT
        assert mail.get_content().rstrip("\n") == TEXT
        assert mail["Message-ID"]


def test_who_may_not_write_the_queue_is_told_of_the_listener(house: House) -> None:
    python = [*as_nobody(), "sh", "-c", f"{sys.executable} -c ''"]
    if not as_nobody() or subprocess.run(python, capture_output=True, check=False).returncode:
        pytest.skip("nobody finds no Python here, or this is not root")
    done = subprocess.run(
        [*as_nobody(), str(house.sendmail), "-t"],
        input=MESSAGE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == os.EX_TEMPFAIL
    assert "hand mail over by SMTP: `overseer mail listen --help`" in done.stderr
