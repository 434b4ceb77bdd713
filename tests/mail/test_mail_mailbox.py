"""Mails read back by tests: one of each recipient, decoded."""

import time

from overseer.mail.mailbox import Mailbox, mails
from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox

MAIL = Mail(
    to=["Änn <ann@x.org>", "bob@x.org"], subject="Grüße", text="schön\n", sender="app@x.org"
)


def test_what_was_put_is_read_back_in_order() -> None:
    outbox = Outbox.recording()
    put(outbox, MAIL, run_at=time.time() + 3600)
    put(outbox, Mail(to=["carl@x.org"], subject="s", text="t"))
    outbox.put("resize", {"picture": 7})

    found = mails(outbox)

    assert [mail.rcpt for mail in found] == ["ann@x.org", "bob@x.org", "carl@x.org"]
    assert (found[0].sender, found[0].subject, found[0].text) == ("app@x.org", "Grüße", "schön\n")
    assert found[0].message["To"] == "Änn <ann@x.org>, bob@x.org"


def test_what_is_delivered_inline_is_in_the_mailbox() -> None:
    mailbox = Mailbox()
    outbox = Outbox.inline(deliver=mailbox.deliver)
    put(outbox, MAIL)

    assert [(mail.rcpt, mail.text) for mail in mailbox] == [
        ("ann@x.org", "schön\n"),
        ("bob@x.org", "schön\n"),
    ]
    assert mails(outbox) == []


def test_a_mail_without_a_text_has_none() -> None:
    mailbox = Mailbox()
    outbox = Outbox.inline(deliver=mailbox.deliver)
    outbox.put_mail(b"Content-Type: image/png\r\n\r\nx", "a@x.org", "b@x.org")

    assert mailbox[0].text == ""
