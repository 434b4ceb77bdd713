"""A mail is finished, and found wanting, when it is queued."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from overseer.errors import UsageError
from overseer.mail.message import Mail, compose, render
from overseer.mail.queueing import send_later
from overseer.outbox import Outbox

PLAIN = {"subject": "hello", "text": "a line\n"}


def test_what_is_stored_is_seven_bit_and_whole() -> None:
    mail = Mail(to=["Änn <ann@example.com>"], subject="Grüße", text="schön\n", html="<p>schön</p>")

    envelope = compose(mail)

    read = message_from_bytes(envelope.body, policy=policy.default)
    assert envelope.body.isascii()
    assert (read["Subject"], read["To"]) == ("Grüße", "Änn <ann@example.com>")
    assert read["Message-ID"] == envelope.message_id
    assert [part.get_content_type() for part in read.walk()][1:] == ["text/plain", "text/html"]


def test_blind_copies_are_in_the_envelope_alone() -> None:
    envelope = compose(Mail(to=["a@b.c"], bcc=["secret@b.c"], **PLAIN))

    assert envelope.rcpts == ("a@b.c", "secret@b.c")
    assert b"secret" not in envelope.body


@pytest.mark.parametrize("address", ["a b c", "nobody", "a@", "@b", "a@b.c\nBcc: x@y.z", "ü@b.c"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="to:"):
        compose(Mail(to=[address], **PLAIN))


def test_a_header_cannot_bring_another_one() -> None:
    with pytest.raises(UsageError, match="header"):
        compose(Mail(to=["a@b.c"], subject="hi\nBcc: x@y.z", text=""))


@pytest.fixture
def template(tmp_path: Path) -> str:
    (tmp_path / "hi.txt.j2").write_text("Subject: Hi {{ name }}\n\nHello {{ name }}\n")
    (tmp_path / "hi.html.j2").write_text("<p>Hello {{ name }}</p>")
    return str(tmp_path / "hi")


def test_html_is_escaped_and_text_is_not(template: str) -> None:
    subject, text, html = render(template, {"name": "<b>"})

    assert (subject, text, html) == ("Hi <b>", "Hello <b>\n", "<p>Hello &lt;b&gt;</p>")


def test_a_missing_variable_fails_in_the_caller_and_queues_nothing(template: str) -> None:
    outbox = Outbox.recording()

    with pytest.raises(UsageError, match="name"):
        send_later(outbox, template, to="a@b.c")

    assert outbox.rows("due") == []


def test_each_recipient_is_a_row_of_its_own(template: str) -> None:
    outbox = Outbox.recording()

    send_later(outbox, template, to=["a@b.c", "d@e.f"], name="you")

    assert [row.rcpt for row in outbox.rows("due")] == ["a@b.c", "d@e.f"]
