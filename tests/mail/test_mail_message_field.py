"""What applications ask of a mail, and what they get wrong."""

import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from overseer.errors import Refused, UsageError
from overseer.mail import Attachment, Mail, Outbox, put, send_later
from overseer.mail.message import compose


def mail(**words: Any) -> Mail:
    return Mail(**({"to": ["a@b.c"], "subject": "hello", "text": "a line\n"} | words))


def read(body: bytes) -> EmailMessage:
    return message_from_bytes(body, EmailMessage, policy=policy.default)


@pytest.mark.field("L5")
@pytest.mark.parametrize(
    "element",
    [
        "victim@corp.example, attacker@evil.example",
        "friends: victim@corp.example, attacker@evil.example;",
        "friends: attacker@evil.example;",
        "friends:;",
        "",
        "Ann <a@b.c>, d@e.f",
    ],
)
@pytest.mark.parametrize("key", ["to", "cc", "bcc"])
def test_an_element_of_a_sequence_is_one_address(key: str, element: str) -> None:
    with pytest.raises(UsageError, match=key):
        compose(mail(**{"to": ["a@b.c"], key: ["a@b.c", element]}))


@pytest.mark.field("L5")
def test_there_is_an_end_of_addresses() -> None:
    many = [f"{number}@x.org" for number in range(1001)]

    with pytest.raises(UsageError, match="101 addresses in one text"):
        compose(mail(to=", ".join(many[:101])))
    with pytest.raises(UsageError, match="1,001 addresses"):
        compose(mail(to=many))
    assert len(compose(mail(to=many[:1000])).rcpts) == 1000


@pytest.mark.field("L8")
def test_the_date_is_the_later_of_queueing_and_sending() -> None:
    later = time.time() + 7 * 86400
    written = [read(compose(mail(), moment).body)["Date"] for moment in (None, 5.0, later)]

    dates = [parsedate_to_datetime(str(text)).timestamp() for text in written]
    assert abs(dates[0] - time.time()) < 10
    assert abs(dates[1] - time.time()) < 10
    assert abs(dates[2] - later) < 2


@pytest.mark.field("L15")
def test_errors_of_delivery_go_where_they_are_to_go() -> None:
    assert compose(mail(envelope_sender="bounces+7@x.org")).sender == "bounces+7@x.org"
    assert compose(mail(envelope_sender="<>")).sender == ""
    with pytest.raises(UsageError, match="envelope_sender"):
        compose(mail(envelope_sender="nobody"))


@pytest.mark.field("L15")
def test_a_mail_may_be_html_alone() -> None:
    message = read(compose(mail(text=None, html="<p>hi</p>")).body)

    assert message.get_content_type() == "text/html"
    image = Attachment("a.png", b"x", cid="a")
    with_image = read(compose(mail(text=None, html="<p>hi</p>", attachments=[image])).body)
    assert "multipart/related" in [part.get_content_type() for part in with_image.walk()]


@pytest.mark.field("L15")
def test_an_invitation_is_an_alternative() -> None:
    ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    message = read(compose(mail(calendar=ics)).body)

    assert message.get_content_type() == "multipart/alternative"
    [text, calendar] = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar.get_content_type() == "text/calendar"


@pytest.mark.field("L15")
def test_addresses_for_programs_stay_addresses() -> None:
    wanted = "<https://müller.de/abmelden?x=ü>, <mailto:a@x.org?subject=weg>"
    headers = {"List-Unsubscribe": wanted, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    body = compose(mail(headers=headers)).body

    assert b"<https://xn--mller-kva.de/abmelden?x=%C3%BC>" in body
    assert b"<mailto:a@x.org?subject=weg>" in body
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in body


@pytest.mark.field("L15")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": None}, "to: None is not an address"),
        ({"to": 5}, "to: 5 is not an address"),
        ({"to": [None]}, "to: None is not text"),
        ({"attachments": [Attachment("a", "text")]}, "write bytes"),  # type: ignore[arg-type]
        ({"attachments": ["a.pdf"]}, "is no Attachment"),
        ({"attachments": [Attachment("a", b"x", "multipart/mixed")]}, "cannot be attached"),
        ({"attachments": [Attachment("a", b"x", "message/rfc822")]}, "is no mail"),
    ],
)
def test_what_python_would_trip_over_is_said_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        compose(mail(**wrong))


@pytest.mark.field("L15")
def test_a_mail_goes_with_a_mail_as_a_mail() -> None:
    inner = "From: a@x.org\nSubject: grüß\n\nÄ\n".encode()
    whole = compose(mail(attachments=[Attachment("a.eml", inner, "message/rfc822")])).body

    [part] = read(whole).iter_attachments()
    assert whole.isascii()
    assert part.get_content_type() == "message/rfc822"
    assert part.get_content()["Subject"] == "grüß"
    assert part.get_content().get_content().strip() == "Ä"


@pytest.mark.field("L15")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"run_at": time.time() * 1000}, "not milliseconds"),
        ({"run_at": "tomorrow"}, "write a datetime"),
        ({"run_at": timedelta(hours=1)}, "write a datetime"),
        ({"expires_at": time.time() * 1000}, "not milliseconds"),
        ({"priority": "high"}, "priority: 'high' is not a whole number"),
        ({"priority": 1.5}, "priority: 1.5 is not a whole number"),
        ({"priority": None}, "priority: None is not a whole number"),
        ({"max_attempts": 0}, "max_attempts: 0 is no attempt"),
        ({"max_attempts": -1}, "max_attempts: -1 is no attempt"),
        ({"max_attempts": True}, "max_attempts: True is not a whole number"),
        ({"dedupe": 7}, "dedupe: 7 is not text"),
    ],
)
def test_what_could_not_be_meant_is_refused_in_words(
    outbox: Outbox, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        put(outbox, mail(), **wrong)
    assert outbox.counts().due == 0


@pytest.mark.field("L15")
def test_moments_may_be_datetimes(outbox: Outbox) -> None:
    for moment in (datetime.now(UTC), datetime.now(), datetime.now().astimezone()):  # noqa: DTZ005
        put(
            outbox,
            mail(),
            run_at=moment + timedelta(hours=1),
            expires_at=moment + timedelta(days=1),
        )

    for row in outbox.rows("waiting"):
        assert 3590 < row.at - time.time() < 3610


@pytest.mark.field("L15")
def test_a_template_may_extend_another(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "base.txt.j2").write_text(
        "Subject: [Shop] {% block subject %}news{% endblock %}\n\n"
        "Hello {{ name }},\n{% block text %}{% endblock %}\nThe shop\n"
    )
    (tmp_path / "plain.txt.j2").write_text("Hi {{ name }}: {% block text %}{% endblock %}\n")
    (tmp_path / "welcome.txt.j2").write_text(
        '{% extends "base.txt.j2" %}\n{% block subject %}Welcome, {{ name }}{% endblock %}\n'
        "{% block text %}your account is ready{% endblock %}\n"
    )
    (tmp_path / "own.txt.j2").write_text(
        'Subject: Own\n{% extends "plain.txt.j2" %}{% block text %}own{% endblock %}\n'
    )
    for name in ("welcome", "own"):
        send_later(outbox, str(tmp_path / name), to="a@b.c", name="Ann")

    bodies = [read(outbox.body(row.id) or b"") for row in outbox.rows("due")]
    assert [body["Subject"] for body in bodies] == ["[Shop] Welcome, Ann", "Own"]
    assert [body.get_content().replace("\r\n", "\n") for body in bodies] == [
        "Hello Ann,\nyour account is ready\nThe shop\n",
        "Hi Ann: own\n",
    ]


@pytest.mark.field("L15")
def test_one_call_says_it_all(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "bill.txt.j2").write_text("Subject: Bill\n\nfor {{ name }}\n")
    for _ in range(2):
        send_later(
            outbox,
            str(tmp_path / "bill"),
            to="a@b.c",
            cc=["b@b.c"],
            bcc="c@b.c",
            headers={"Reply-To": "help@b.c, more@b.c"},
            attachments=[Attachment("a.txt", b"x")],
            dedupe="bill 7",
            priority=5,
            run_at=datetime.now(UTC) + timedelta(hours=1),
            name="Ann",
        )

    rows = outbox.rows("waiting")
    assert [row.rcpt for row in rows] == ["a@b.c", "b@b.c", "c@b.c"]
    assert {(row.priority, row.dedupe) for row in rows} == {(5, "bill 7")}
    message = read(outbox.body(rows[0].id) or b"")
    assert (message["Cc"], message["Reply-To"]) == ("b@b.c", "help@b.c, more@b.c")
