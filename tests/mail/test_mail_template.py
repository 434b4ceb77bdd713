"""Templates are filled when the mail is queued, strictly."""

from pathlib import Path

import pytest

from overseer.errors import UsageError
from overseer.mail.queueing import put, send_later
from overseer.mail.template import from_template
from overseer.outbox import Outbox

TO = ["a@b.c"]


@pytest.fixture
def template(tmp_path: Path) -> str:
    (tmp_path / "hi.txt.j2").write_text("Subject: Hi {{ name }}\n\nHello {{ name }}\n")
    (tmp_path / "hi.html.j2").write_text("<p>Hello {{ name }}</p>")
    return str(tmp_path / "hi")


def test_html_is_escaped_and_text_is_not(template: str) -> None:
    mail = from_template(template, {"name": "<b>"}, to=TO)

    assert (mail.subject, mail.text, mail.html) == (
        "Hi <b>",
        "Hello <b>\n",
        "<p>Hello &lt;b&gt;</p>",
    )


def test_html_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "note.txt.j2").write_text("Subject: Note\nfirst line\n")

    mail = from_template(str(tmp_path / "note"), {}, to=TO)

    assert (mail.text, mail.html) == ("first line\n", None)


def test_a_changed_template_is_seen(template: str) -> None:
    assert from_template(template, {"name": "Ann"}, to=TO).subject == "Hi Ann"

    other = Path(f"{template}.txt.j2")
    other.unlink()
    other.write_text("Subject: Goodbye {{ name }}\n\n")

    assert from_template(template, {"name": "Ann"}, to=TO).subject == "Goodbye Ann"


def test_a_missing_variable_fails_in_the_caller_and_queues_nothing(template: str) -> None:
    outbox = Outbox.recording()

    with pytest.raises(UsageError, match="'name' is undefined; give it, as name=value"):
        send_later(outbox, template, to="a@b.c")

    assert outbox.rows("due") == []


@pytest.mark.parametrize("name", ["Ann\nBcc: x@y.z", "Ann\n\nBuy now", "Ann\r"], ids=repr)
def test_a_line_break_in_the_subject_fails_in_the_caller(template: str, name: str) -> None:
    outbox = Outbox.recording()

    with pytest.raises(UsageError, match=r"^subject:"):
        send_later(outbox, template, to="a@b.c", name=name)

    assert outbox.rows("due") == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Hello\n", r"x.txt.j2:1: 'Hello' is not the subject; write `Subject: ...`"),
        ("Subject: s\n\n{% if %}\n", r"x.txt.j2:3: "),
        ("Subject: s\n\n{{ 1 // 0 }}\n", "ZeroDivisionError"),
        ("Subject: s\n\n{% include 'footer.txt' %}\n", r"footer.txt: no such template"),
    ],
)
def test_what_is_wrong_with_a_template_is_said_with_its_place(
    tmp_path: Path, source: str, said: str
) -> None:
    (tmp_path / "x.txt.j2").write_text(source)

    with pytest.raises(UsageError, match=said):
        from_template(str(tmp_path / "x"), {}, to=TO)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none.txt.j2: no such template"):
        from_template(str(tmp_path / "none"), {}, to=TO)


def test_each_recipient_is_a_row_of_its_own_with_the_same_mail(template: str) -> None:
    outbox = Outbox.recording()

    send_later(outbox, template, to=["a@b.c", "d@e.f"], name="you")

    rows = outbox.rows("due")
    assert [row.rcpt for row in rows] == ["a@b.c", "d@e.f"]
    assert len({(row.message_id, outbox.body(row.id)) for row in rows}) == 1


def test_a_mail_may_have_a_date_a_priority_and_a_key(template: str) -> None:
    outbox = Outbox.recording()
    mail = from_template(template, {"name": "Ann"}, to=TO)

    for _ in range(2):
        put(outbox, mail, priority=-5, run_at=4e9, dedupe="welcome-ann")

    [row] = outbox.rows("waiting")
    assert (row.priority, row.at, row.dedupe) == (-5, 4e9, "welcome-ann")
