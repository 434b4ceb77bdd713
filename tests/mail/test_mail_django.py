"""Django's mails, queued by the backend that its settings name."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage as Read

import pytest

from overseer.errors import UsageError
from overseer.outbox import Outbox, Unavailable

pytest.importorskip("django")

import django_site  # noqa: F401
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection, send_mass_mail
from django.test.utils import override_settings


@pytest.fixture(autouse=True)
def site(url: str) -> Iterator[None]:
    with override_settings(
        EMAIL_BACKEND="overseer.mail.django.EmailBackend", OVERSEER_MAIL_URL=url
    ):
        yield


def read(outbox: Outbox, id: int = 1) -> Read:
    body = outbox.body(id) or b""
    assert body.isascii()
    return message_from_bytes(body.replace(b"\r\n", b"\n"), policy=policy.default)


def test_a_mail_is_queued_for_each_of_its_recipients(outbox: Outbox) -> None:
    sent = EmailMessage(
        "Grüße",
        "schön\n",
        "Shop <app@x.org>",
        ["Ann <ann@müller.de>"],
        cc=["c@x.org"],
        bcc=["b@x.org"],
    ).send()

    assert sent == 1
    assert [(row.sender, row.rcpt) for row in outbox.rows("due")] == [
        ("app@x.org", "ann@xn--mller-kva.de"),
        ("app@x.org", "c@x.org"),
        ("app@x.org", "b@x.org"),
    ]
    found = read(outbox)
    assert (found["Subject"], found["From"], found["Cc"]) == (
        "Grüße",
        "Shop <app@x.org>",
        "c@x.org",
    )
    assert found.get_content() == "schön\n"
    assert "b@x.org" not in str(found)
    assert found["Message-ID"] == outbox.rows("due")[0].message_id


def test_alternatives_and_attachments_arrive(outbox: Outbox) -> None:
    message = EmailMultiAlternatives("s", "schön", to=["ann@x.org"])
    message.attach_alternative("<p>schön", "text/html")
    message.attach("Bild ü.png", bytes(range(256)), "image/png")
    message.send()

    found = read(outbox)
    html = found.get_body(("html",))
    [picture] = found.iter_attachments()
    assert html
    assert html.get_content().strip() == "<p>schön"
    assert (picture.get_filename(), picture.get_content()) == ("Bild ü.png", bytes(range(256)))


def test_a_blind_copy_is_not_told_of_in_a_header_either(outbox: Outbox) -> None:
    EmailMessage("s", "t", to=["ann@x.org"], headers={"Bcc": "hid@x.org"}).send()

    assert b"hid@" not in (outbox.body(1) or b"")


def test_several_mails_are_queued_whole_or_not_at_all(outbox: Outbox) -> None:
    good = ("s", "t", "app@x.org", ["ann@x.org"])
    bad = ("s", "t", "app@x.org", ["ann"])

    with pytest.raises(UsageError, match="recipient: 'ann' is not an address"):
        send_mass_mail([good, bad])
    assert outbox.counts().due == 0
    assert send_mass_mail([good, good]) == 2
    assert outbox.counts().due == 2


def test_a_mail_to_nobody_is_no_mail(outbox: Outbox) -> None:
    assert get_connection().send_messages([EmailMessage("s", "t")]) == 0
    assert outbox.counts().due == 0


def test_a_header_with_a_line_break_is_refused_by_django(outbox: Outbox) -> None:
    with pytest.raises(ValueError, match="newlines"):
        EmailMessage("s\nBcc: hid@x.org", "t", to=["ann@x.org"]).send()
    assert outbox.counts().due == 0


@override_settings(OVERSEER_MAIL_URL="sqlite:////proc/no/mail.db")
def test_a_queue_that_cannot_be_written_is_an_error_unless_it_is_to_be_none() -> None:
    with pytest.raises(Unavailable, match=r"/proc/no/mail\.db"):
        EmailMessage("s", "t", to=["ann@x.org"]).send()
    assert EmailMessage("s", "t", to=["ann@x.org"]).send(fail_silently=True) == 0


def test_a_sender_that_is_no_address_is_refused(outbox: Outbox) -> None:
    with pytest.raises(UsageError, match="from_email: 'shop' is not an address"):
        mail.send_mail("s", "t", "shop", ["ann@x.org"])


@override_settings(OVERSEER_MAIL_URL="")
def test_without_a_queue_the_setting_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="set OVERSEER_MAIL_URL, as sqlite:////var"):
        get_connection()


def test_a_backend_may_be_given_a_queue_of_its_own(outbox: Outbox, url: str) -> None:
    with override_settings(OVERSEER_MAIL_URL="sqlite:////proc/no/mail.db"):
        mail.send_mail("s", "t", None, ["a@x.org"], connection=get_connection(url=url))

    assert outbox.counts().due == 1
