"""Files and images that go with a mail, as its reader finds them."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseer.errors import UsageError
from overseer.mail.attachments import Attachment, read_file
from overseer.mail.headers import is_fit
from overseer.mail.message import Mail, compose

PNG = b"\x89PNG\r\n\x1a\n\0\xff"


def sent(*these: Attachment, html: str | None = None) -> EmailMessage:
    mail = Mail(to="a@x.org", subject="s", text="t", html=html, attachments=these)
    body = compose(mail).body
    assert is_fit(body)
    return message_from_bytes(body.replace(b"\r\n", b"\n"), EmailMessage, policy=policy.default)


def shape(part: EmailMessage) -> object:
    if part.is_multipart():
        return [part.get_content_subtype(), *map(shape, part.iter_parts())]
    return part.get_content_type()


def test_a_file_arrives_byte_for_byte_under_its_name(tmp_path: Path) -> None:
    file = tmp_path / "Prüfbericht für März.pdf"
    file.write_bytes(b"%PDF\r\n\0\xff\n")

    found = sent(read_file(file))

    [part] = found.iter_attachments()
    assert shape(found) == ["mixed", "text/plain", "application/pdf"]
    assert part.get_filename() == file.name
    assert part.get_content() == b"%PDF\r\n\0\xff\n"


def test_an_image_is_shown_within_the_html_and_files_come_after_it() -> None:
    logo = Attachment("logo.png", PNG, cid="logo")

    found = sent(logo, Attachment("a.csv", "ü;1\n".encode()), html='<img src="cid:logo">')

    related = ["related", "text/html", "image/png"]
    assert shape(found) == ["mixed", ["alternative", "text/plain", related], "text/csv"]
    [image] = [part for part in found.walk() if part.get_content_type() == "image/png"]
    assert (image["Content-ID"], image.get_content()) == ("<logo>", PNG)
    assert image.get_content_disposition() == "inline"
    [csv] = found.iter_attachments()
    assert csv.get_content() == "ü;1\n"


@pytest.mark.parametrize(
    ("name", "given", "type"),
    [
        ("a.pdf", "", "application/pdf"),
        ("a.tar.gz", "", "application/octet-stream"),
        ("a", "", "application/octet-stream"),
        ("a.eml", "", "application/octet-stream"),
        ("a.ics", "text/calendar; method=REQUEST", "text/calendar"),
    ],
)
def test_the_type_is_guessed_or_given(name: str, given: str, type: str) -> None:
    [part] = sent(Attachment(name, b"x\n", given)).iter_attachments()

    assert part.get_content_type() == type
    if given:
        assert part["Content-Type"].params["method"] == "REQUEST"


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200),
    content=st.binary(),
)
def test_whatever_it_is_called_and_holds_it_is_the_same(name: str, content: bytes) -> None:
    given_away = Attachment(name, content, "application/octet-stream")
    if not name.strip() or "=?" in name:
        with pytest.raises(UsageError, match="is not the name of a file"):
            sent(given_away)
        return
    [part] = sent(given_away).iter_attachments()

    assert part.get_filename() == name.strip()
    assert part.get_content() == content


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Attachment("", b""), "'' is not the name of a file; write report.pdf"),
        (Attachment("a\r\nBcc: x", b""), r"'\\r', which no header may hold"),
        (Attachment("=?utf-8?q?a=0D=0AX:_y?=", b""), "is not the name of a file"),
        (Attachment("a.png", b"", "image"), "'image' is not a type; write image/png"),
        (Attachment("a.png", b"", "image/png\r\nX: y"), "which no header may hold"),
        (Attachment("a.png", b"", "image/png; a==?utf-8?q?=0D=0AX:_y?="), "is not a type"),
        (Attachment("a.png", b"", cid="logo"), "a.png: has a cid, and the mail has no HTML"),
    ],
)
def test_what_cannot_go_with_a_mail_is_named(wrong: Attachment, said: str) -> None:
    with pytest.raises(UsageError, match=f"^attachments: .*{said}"):
        sent(wrong)


def test_an_image_has_a_word_of_its_own() -> None:
    logo = Attachment("logo.png", PNG, cid="logo")

    with pytest.raises(UsageError, match="cid 'logo' is taken"):
        sent(logo, logo, html="")
    with pytest.raises(UsageError, match="cid 'a b' is taken, or no word"):
        sent(Attachment("logo.png", PNG, cid="a b"), html="")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^attachments: .*/no.pdf: No such file or directory$"):
        read_file(tmp_path / "no.pdf")
