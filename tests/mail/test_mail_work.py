"""What a worker refuses before it begins, and what it says and runs."""

import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pieces import job, program

from overseer.errors import Refused, UsageError
from overseer.mail.relays import Courier as RelayCourier
from overseer.mail.relays import Relays
from overseer.mail.sendmail import Courier as SendmailCourier
from overseer.mail.server import Server
from overseer.mail.smtp import Courier as SmtpCourier
from overseer.mail.worker import Courier, Options, carrier, check, find_jobs, holding, report
from overseer.outbox import Jobs, Outbox
from overseer.outbox.courier import Activity, plain
from overseer.outbox.parcel import Fate, Settled, sent

FINE = Options(url="sqlite:////nowhere/mail.db")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (replace(FINE, threads=0), "--threads: 0 is not from 1 to 100"),
        (replace(FINE, threads=101), "--threads"),
        (replace(FINE, stop_timeout=-1.0), "--stop-timeout"),
        (replace(FINE, stop_timeout=float("nan")), "--stop-timeout"),
        (replace(FINE, stop_timeout=float("inf")), "--stop-timeout"),
        (replace(FINE, servers=(Server(), Server(user="me"))), "--password-file"),
        (replace(FINE, rate=0.0), "--rate: 0.0 is not a number of mails a minute"),
        (replace(FINE, rate=float("nan")), "--rate"),
        (replace(FINE, sendmail="/nowhere/sendmail"), "/nowhere/sendmail is not a program"),
    ],
)
def test_what_could_never_send_is_refused_at_once(options: Options, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check(options)


def test_what_can_send_is_not(tmp_path: Path) -> None:
    check(FINE)
    check(replace(FINE, sendmail=program(tmp_path, "exit 0")))


def test_one_name_has_one_worker_a_queue(tmp_path: Path) -> None:
    database = str(tmp_path / "mail.db")

    with (
        holding(FINE, database),
        pytest.raises(Refused, match="a worker called 'mail' is at"),
        holding(FINE, database),
    ):
        pass
    with holding(FINE, database), holding(replace(FINE, name="other"), database):
        pass


def test_mails_go_by_smtp_or_by_the_program_that_was_named(tmp_path: Path) -> None:
    relays = Relays(2)
    two = replace(FINE, servers=(Server(host="a"), Server(host="b")))
    program = replace(FINE, sendmail="/usr/sbin/sendmail")

    assert isinstance(carrier(FINE, relays, Activity()), SmtpCourier)
    assert isinstance(carrier(two, relays, Activity()), RelayCourier)
    assert isinstance(carrier(program, relays, Activity()), SendmailCourier)
    assert two.way == "a:25, then b:25"


def test_everything_else_is_run_as_a_job() -> None:
    jobs, ran = Jobs(), []

    @jobs.job
    def resize() -> None:
        ran.append("resize")

    courier = Courier(jobs, plain(lambda one: sent(one.rcpt)))

    assert courier.deliver(job()).text == "a@x.org"
    assert courier.deliver(job(kind="resize")).fate is Fate.SENT
    assert courier.deliver(job(kind="unknown")).fate is Fate.DEAD
    assert ran == ["resize"]


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module `shop` in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    return tmp_path / "shop.py"


@pytest.mark.parametrize("attribute", ["jobs", "outbox"])
def test_an_applications_jobs_are_found_by_module_and_attribute(
    application: Path, attribute: str
) -> None:
    application.write_text(
        "from overseer.outbox import Jobs, Outbox\n"
        "jobs = Jobs()\n"
        "outbox = Outbox.recording(jobs=jobs)\n"
        "@jobs.job\n"
        "def resize(): ...\n"
    )

    assert "resize" in find_jobs(f"shop:{attribute}")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("shop", "write module:attribute"),
        ("shop:none", "AttributeError"),
        ("shop:number", "is a int, not an Outbox or Jobs"),
        ("shop:leave", "KeyError: 'DATABASE'"),
        ("no_such_shop:jobs", "ModuleNotFoundError"),
    ],
)
def test_an_application_that_cannot_be_used_is_named(
    application: Path, where: str, said: str
) -> None:
    lines = ["number = 7"]
    if where == "shop:leave":
        lines.append("import os; os.environ['DATABASE']")
    application.write_text("\n".join(lines))

    with pytest.raises(UsageError, match=said):
        find_jobs(where)


@pytest.mark.parametrize(
    ("fate", "line"),
    [
        (Fate.SENT, "sent: mail 1 to a@x.org: 250 two lines"),
        (Fate.DEAD, "dead: mail 1 to a@x.org: 250 two lines"),
        (Fate.DOWN, "waiting: mail 1 to a@x.org: 250 two lines"),
    ],
)
def test_a_delivery_is_one_line_of_the_log(
    caplog: pytest.LogCaptureFixture, fate: Fate, line: str
) -> None:
    with caplog.at_level(logging.INFO):
        report(Settled(job=job(b"secret"), fate=fate, code=250, text="250 two\nlines"))

    assert caplog.messages == [line]


def test_an_outbox_in_memory_has_no_worker() -> None:
    with pytest.raises(Refused, match="work_off"):
        Outbox.recording().drain(lambda: plain(lambda one: sent()), name="w")
