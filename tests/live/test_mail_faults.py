"""A worker against mail servers that misbehave: real processes, real sockets."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from post_office import FAULTY, Post, until

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox

pytestmark = pytest.mark.live
BAD = "bad@example.com"


@pytest.fixture(params=["sqlite", "postgres"])
def post(
    request: pytest.FixtureRequest, tmp_path: Path, url_of: Callable[[str], str]
) -> Iterator[Post]:
    made = Post(tmp_path, url_of(request.param))
    yield made
    made.control("stop")
    made.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.control("stop")
    made.close()


def put_many(outbox: Outbox, count: int) -> None:
    mail = Mail(to=[f"{number}@example.com" for number in range(count)], subject="s", text="t")
    put(outbox, mail)


@pytest.mark.field("L1")
@pytest.mark.parametrize(
    "fault",
    [
        ("--data", f"421:{BAD}"),
        ("--cut", BAD),
        ("--rcpt", f"421:{BAD}"),
        ("--rcpt", f"454:{BAD}"),
    ],
    ids=lambda words: " ".join(words),
)
def test_one_bad_mail_does_not_stop_the_queue(post: Post, fault: tuple[str, str]) -> None:
    post.serve(*fault, program=FAULTY)
    post.put(BAD)
    put_many(post.outbox, 100)
    post.put(BAD)
    post.start()

    until("the others", lambda: post.outbox.counts().sent == 100)

    until("an attempt that counts", lambda: max(attempts(post.outbox)) >= 1)
    assert post.outbox.pauses() == []


def attempts(outbox: Outbox) -> list[int]:
    rows = [row for state in ("due", "waiting", "leased", "dead") for row in outbox.rows(state)]
    return [row.attempts for row in rows]


@pytest.mark.field("L1")
def test_a_server_that_is_too_busy_for_all_costs_no_attempt(office: Post) -> None:
    office.serve("--busy", program=FAULTY)
    put_many(office.outbox, 20)
    office.start()

    until("a pause", lambda: bool(office.outbox.pauses()))
    until("several probes", lambda: office.outbox.pauses()[0].step >= 3)

    assert max(attempts(office.outbox)) == 0
    assert office.outbox.counts().sent == 0


@pytest.mark.field("L6")
def test_a_limit_of_mails_for_a_session_costs_new_sessions_alone(office: Post) -> None:
    office.serve("--session", "5", program=FAULTY)
    put_many(office.outbox, 200)
    office.start()

    until("all of them", lambda: office.outbox.counts().sent == 200)

    assert "again later" not in office.log


@pytest.mark.field("L3")
def test_a_relay_that_defers_everything_is_seen(office: Post) -> None:
    office.serve("--defer", program=FAULTY)
    put_many(office.outbox, 10)
    office.start()
    beat = office.folder / "mail.db.mail.heartbeat"

    until("all of it deferred", lambda: office.outbox.deferred().count == 10)
    until("a heartbeat that says so", lambda: json.loads(beat.read_text())["deferred"] == 10)

    found = json.loads(beat.read_text())
    assert found["oldest_deferred"] > 0
    assert "451" in found["deferred_text"]


@pytest.mark.field("L9")
def test_the_name_in_ehlo_is_ours_to_choose_and_its_refusal_is_told(office: Post) -> None:
    office.serve("--helo", "mail.example.com", program=FAULTY)
    office.put("ann@example.com")
    office.control("start", *office.arguments, "--helo", "wrong.example.com")
    until("the refusal", lambda: "who is wrong.example.com" in said(office.outbox))
    office.control("stop")
    office.control("start", *office.arguments, "--helo", "mail.example.com")

    until("it goes", lambda: office.outbox.counts().sent == 1)


def said(outbox: Outbox) -> str:
    return " ".join(pause.reason for pause in outbox.pauses())


@pytest.mark.field("L2")
def test_stopping_waits_for_a_large_mail_that_a_slow_server_is_taking(office: Post) -> None:
    office.serve("--slow", "2500000", program=FAULTY)
    mail = Mail(to="ann@example.com", subject="s", text="x" * 70 + "\n")
    put(office.outbox, Mail(to=mail.to, subject="s", text=mail.text * 300_000))
    office.control("start", *office.arguments, "--stop-timeout", "5")
    until("it is on its way", lambda: office.outbox.counts().leased == 1)
    began = time.monotonic()

    done = office.control("stop")

    assert done.returncode == 0
    assert office.outbox.counts().sent == 1
    assert time.monotonic() - began > 5
