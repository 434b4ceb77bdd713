"""What a program is answered, and what is queued then."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope as Dialogue
from aiosmtpd.smtp import Session

from overseer.mail.home import Home
from overseer.mail.intake import MOST_RCPTS, Intake, Rules
from overseer.mail.peers import Peer
from overseer.outbox import Outbox, Unavailable

RULES = Rules(home=Home("web1", "ops@x.org"), allowed=None, largest=2**20)


class Line:
    """A conversation with a process of this user."""

    def __init__(self, uid: int | None = 1000) -> None:
        self.peer = Peer(uid, "[127.0.0.1]")

    def made_a_step(self) -> None:
        pass


class Full(Outbox):
    """On a disk without room."""

    def put_mail(self, *args: Any, **kwargs: Any) -> list[int | None]:
        raise Unavailable("the disk is full", full=True)


class Away(Outbox):
    def put_mail(self, *args: Any, **kwargs: Any) -> list[int | None]:
        raise Unavailable("locked by another program")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


class Talk:
    """One mail, as aiosmtpd puts it to the intake."""

    def __init__(self, outbox: Outbox, threads: ThreadPoolExecutor, rules: Rules = RULES) -> None:
        self._intake: Any = Intake(outbox, rules, threads)

    def __call__(
        self,
        *rcpts: str,
        sender: str = "app@x.org",
        content: bytes = b"Subject: s\r\n\r\nhi\r\n",
        uid: int | None = 1000,
    ) -> list[str]:
        async def all_of_it() -> list[str]:
            line, dialogue = Line(uid), Dialogue()
            session = Session(asyncio.get_running_loop())
            session.host_name = "[127.0.0.1]\0("
            said = [await self._intake.handle_MAIL(line, session, dialogue, sender, [])]
            said += [
                await self._intake.handle_RCPT(line, session, dialogue, rcpt, []) for rcpt in rcpts
            ]
            if all(answer.startswith("250") for answer in said):
                dialogue.content = content
                said.append(await self._intake.handle_DATA(line, session, dialogue))
            return said

        return asyncio.run(all_of_it())


def test_what_is_queued_is_told_with_its_rows(outbox: Outbox, threads: ThreadPoolExecutor) -> None:
    said = Talk(outbox, threads)("ann@x.org", "root")

    assert said[-1] == "250 2.0.0 queued as 1, 2"
    assert [(row.sender, row.rcpt) for row in outbox.rows("due")] == [
        ("app@x.org", "ann@x.org"),
        ("app@x.org", "ops@x.org"),
    ]


def test_a_mail_tells_who_handed_it_over(outbox: Outbox, threads: ThreadPoolExecutor) -> None:
    Talk(outbox, threads)("ann@x.org")

    head = (outbox.body(1) or b"").decode().replace("\r\n ", " ")
    assert re.match(
        r"Received: from \[127\.0\.0\.1\]\?\? \(\[127\.0\.0\.1\]\) by \S+ \(overseer, uid 1000\)"
        r" with SMTP; .+\r\n",
        head,
    )
    assert "\r\nFrom: app@x.org\r\n" in head


def test_a_mail_of_nobody_is_the_hosts(outbox: Outbox, threads: ThreadPoolExecutor) -> None:
    Talk(outbox, threads)("ann@x.org", sender="<>")

    assert outbox.rows("due")[0].sender == ""
    assert b"\r\nFrom: MAILER-DAEMON@web1\r\n" in (outbox.body(1) or b"")


@pytest.mark.parametrize(
    ("rcpt", "sender", "answer"),
    [
        ("a b@x.org", "app@x.org", "553 5.1.3 RCPT TO: 'a b@x.org' is not an address"),
        ("ann@x.org, bob@x.org", "app@x.org", "553 5.1.3 RCPT TO: "),
        ("jörg@x.org", "app@x.org", "553 5.1.3 RCPT TO: 'j\\xf6rg@x.org': 'j\\xf6rg' is not ASCII"),
        ("ann@x.org", "a b@x.org", "553 5.1.7 MAIL FROM: 'a b@x.org' is not an address"),
    ],
)
def test_an_address_that_is_none_is_refused_in_ascii(
    outbox: Outbox, threads: ThreadPoolExecutor, rcpt: str, sender: str, answer: str
) -> None:
    said = Talk(outbox, threads)(rcpt, sender=sender)

    assert any(one.startswith(answer) for one in said)
    assert all(one.isascii() for one in said)
    assert outbox.counts().due == 0


def test_a_message_that_no_server_takes_is_refused_for_good(
    outbox: Outbox, threads: ThreadPoolExecutor
) -> None:
    said = Talk(outbox, threads)("ann@x.org", content=b"Subject: a\x1b\r\n\r\n")

    assert said[-1].startswith("554 5.6.0 subject: has '\\x1b'")
    assert outbox.counts().due == 0


@pytest.mark.parametrize(("kind", "answer"), [(Full, "452 4.3.1 "), (Away, "451 4.3.0 ")])
def test_a_queue_that_cannot_be_written_is_told_as_a_passing_thing(
    url: str, threads: ThreadPoolExecutor, kind: type[Outbox], answer: str
) -> None:
    assert Talk(kind(url), threads)("ann@x.org")[-1].startswith(answer)


@pytest.mark.field("S23")
@pytest.mark.parametrize(("uid", "allowed"), [(1000, True), (0, False), (None, False)])
def test_users_that_are_not_named_may_not(
    outbox: Outbox, threads: ThreadPoolExecutor, uid: int | None, allowed: bool
) -> None:
    rules = RULES._replace(allowed=frozenset({1000}))

    assert Intake(outbox, rules, threads).allows(Peer(uid, "[127.0.0.1]")) is allowed


def test_a_mail_has_an_end_of_recipients(outbox: Outbox, threads: ThreadPoolExecutor) -> None:
    said = Talk(outbox, threads)(*(f"u{number}@x.org" for number in range(MOST_RCPTS + 1)))

    assert said[-1].startswith("452 4.5.3")
    assert outbox.counts().due == 0


@pytest.mark.field("J12")
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_dots_that_a_client_has_doubled_are_single_whatever_ends_its_lines(
    outbox: Outbox, threads: ThreadPoolExecutor, end: bytes
) -> None:
    lines = [b"Subject: s", b"", b"..one", b"...two", b"a..b", b""]
    content = end.join(lines)
    if end == b"\r\n":  # as aiosmtpd hands it over
        content = content.replace(b"\r\n.", b"\r\n")

    Talk(outbox, threads)("ann@x.org", content=content)

    body = outbox.body(1) or b""
    assert body.endswith(b"\r\n\r\n.one\r\n..two\r\na..b\r\n")
