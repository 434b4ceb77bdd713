"""Where the head of a message ends, and what is in it."""

import pytest

from overseer.errors import UsageError
from overseer.mail.draft import read_draft, with_line_ends


def test_headers_and_body_are_told_apart() -> None:
    draft = read_draft(b"To: ann@x.org\nSubject: a\n\n b\n\ntext\n")

    assert draft.texts("to") == ["ann@x.org"]
    assert draft.texts("subject") == ["a"]
    assert draft.body == b" b\n\ntext\n"


def test_a_header_may_be_folded_and_its_name_be_of_any_case() -> None:
    draft = read_draft(b"TO: ann@x.org,\r\n\tbob@x.org\r\nto : carl@x.org\r\n\r\n")

    assert draft.texts("to") == ["ann@x.org,\tbob@x.org", "carl@x.org"]


@pytest.mark.parametrize("raw", [b"hello\nthere\n", b"\nhello\nthere\n"])
def test_a_text_alone_is_a_message(raw: bytes) -> None:
    assert read_draft(raw) == ((), b"hello\nthere\n")


def test_nothing_is_a_message() -> None:
    assert read_draft(b"") == ((), b"")


def test_headers_may_end_with_the_input() -> None:
    assert read_draft(b"Subject: a").fields[0].raw == b"Subject: a\r\n"


def test_the_first_line_of_an_mbox_is_no_header() -> None:
    draft = read_draft(b"From ann Thu Jan  1 00:00:00 1970\nSubject: a\n\ntext")

    assert [field.name for field in draft.fields] == ["subject"]


def test_a_text_may_begin_with_from() -> None:
    assert read_draft(b"From here on\nno header\n").body == b"From here on\nno header\n"


def test_a_line_that_is_no_header_ends_the_head() -> None:
    draft = read_draft(b"Subject: a\nno header\nX: y\n")

    assert draft.body == b"no header\nX: y\n"


@pytest.mark.parametrize("name", [b"Bcc", b"BCC ", b"resent-bcc"])
def test_a_blind_copy_behind_a_line_that_is_no_header_is_not_sent_as_text(name: bytes) -> None:
    with pytest.raises(UsageError, match="'no header' is no header, and a Bcc follows"):
        read_draft(b"Subject: a\nno header\n" + name + b": secret@x.org\n\ntext")


def test_a_text_may_tell_of_blind_copies() -> None:
    assert read_draft(b"Subject: a\n\nto hide:\nBcc: ann@x.org\n").texts("bcc") == []


@pytest.mark.parametrize("control", [b"\0", b"\r", b"\x1b", b"\x7f"])
def test_a_header_has_no_control_characters(control: bytes) -> None:
    with pytest.raises(UsageError, match=r"^subject: has .* which no header may hold"):
        read_draft(b"Subject: a" + control + b"Bcc: b\n\n")


def test_headers_without_end_are_refused() -> None:
    with pytest.raises(UsageError, match="the headers are longer than 1MB"):
        read_draft(b"X: a\n" * 300_000)


def test_headers_in_whatever_bytes_can_be_read() -> None:
    assert read_draft("Subject: schön\n\n".encode()).texts("subject") == ["schön"]
    assert read_draft("Subject: schön\n\n".encode("latin-1")).texts("subject") == ["schön"]


@pytest.mark.parametrize(
    ("body", "on_the_wire"),
    [
        (b"", b""),
        (b"a", b"a\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\nb\n", b"a\r\nb\r\n"),
        (b"a\rb\r\r\nc", b"a\r\nb\r\nc\r\n"),
        (b"a\n.\n", b"a\r\n.\r\n"),
    ],
)
def test_lines_end_as_smtp_has_it(body: bytes, on_the_wire: bytes) -> None:
    assert with_line_ends(body) == on_the_wire
