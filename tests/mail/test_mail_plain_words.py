"""What the mail half says of small mistakes, and what it leaves behind."""

import logging
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from overseer.log_format import SafeFormatter, bug_report
from overseer.mail.answers import classify
from overseer.mail.sendmail_words import HELP
from overseer.outbox import Outbox
from overseer.system.daemon import LogFile


def mail(words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "overseer", "mail", *words.split()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    from overseer.mail import Mail, put

    url = f"sqlite:///{tmp_path}/q.db"
    put(Outbox(url), Mail(to=["a@b.example"], subject="s", text="t", sender="c@d.example"))
    return url


def test_a_start_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    done = mail(f"worker start --pid-file {tmp_path}/new/w.pid -- --nonsense")

    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = mail(f"worker start --pid-file {tmp_path}/no/where/w.pid -- --url sqlite:////x/q.db")

    assert done.returncode == 1
    assert "no such file or directory" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_pid_file_is_no_removed_pid_file(tmp_path: Path) -> None:
    assert "nothing was removed" in mail(f"worker zap --pid-file {tmp_path}/w.pid").stdout


def test_a_queue_that_nothing_is_in_is_paused_with_a_warning(url: str) -> None:
    done = mail(f"pause --queue nope --url {url}")

    assert done.returncode == 0
    assert "'nope'" in done.stderr
    assert mail(f"check --dead -1 --url {url}").returncode == 2


def test_a_file_that_cannot_be_read_is_plain_words(url: str) -> None:
    more = f"--url {url} --smtp smtp://ann@localhost --password-file /tmp"

    assert "/tmp: is a directory" in mail(f"worker run {more}").stderr
    assert "[Errno" not in mail("worker run @/nope").stderr


def test_what_is_no_smtp_is_called_so() -> None:
    verdict = classify(smtplib.SMTPHeloError(-1, b"blah"), "127.0.0.1:25")

    assert verdict.text == "127.0.0.1:25: this is no answer of SMTP: 'blah'"


def test_the_help_of_sendmail_fits() -> None:
    assert max(map(len, HELP.splitlines())) <= 80


def test_a_log_line_is_nobody_elses() -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": ("450 \x1b[31m\n2026 forged",)})

    assert SafeFormatter("%(message)s").format(record) == "450 \\x1b[31m\n  2026 forged"


def test_a_bug_names_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogFile(tmp_path / "overseer.log")
    monkeypatch.setattr(logging.getLogger(), "handlers", [log])

    assert str(tmp_path / "overseer.log") in bug_report(ValueError("x"))
    log.close()
