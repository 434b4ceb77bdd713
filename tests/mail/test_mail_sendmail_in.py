"""`overseer mail sendmail`, called as programs call sendmail."""

import io
import os
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from overseer.__main__ import is_named_sendmail, sendmails_words
from overseer.mail.sendmail_in import main
from overseer.outbox import Outbox


class Sendmail:
    def __init__(self, url: str, outbox: Outbox) -> None:
        self.url = url
        self.outbox = outbox

    def __call__(self, *words: str, given: bytes = b"Subject: s\n\ntext\n") -> int:
        url = [] if words[:1] == ("--url",) else ["--url", self.url]
        return main([*url, "--domain", "web1", *words], io.BytesIO(given))

    def rows(self) -> list[tuple[str, str]]:
        return [(row.sender, row.rcpt) for row in self.outbox.rows("due")]

    def body(self) -> bytes:
        return self.outbox.body(1) or b""


@pytest.fixture
def sendmail(url: str, outbox: Outbox) -> Sendmail:
    return Sendmail(url, outbox)


def test_it_goes_to_those_who_are_named(sendmail: Sendmail) -> None:
    assert sendmail("-f", "app@x.org", "ann@x.org", "Bob <bob@x.org>, carl@x.org") == 0

    assert sendmail.rows() == [
        ("app@x.org", "ann@x.org"),
        ("app@x.org", "bob@x.org"),
        ("app@x.org", "carl@x.org"),
    ]


def test_it_goes_to_those_in_the_message_too(sendmail: Sendmail) -> None:
    given = b"To: ann@x.org\nCc: bob@x.org\nBcc: hid@x.org,\n den@x.org\n\ntext\n"

    assert sendmail("-t", "ann@x.org", "eve@x.org", given=given) == 0

    rcpts = [rcpt for _, rcpt in sendmail.rows()]
    assert rcpts == ["ann@x.org", "eve@x.org", "bob@x.org", "hid@x.org", "den@x.org"]
    assert b"hid" not in sendmail.body()
    assert b"den" not in sendmail.body()


def test_without_t_the_message_names_nobody(sendmail: Sendmail) -> None:
    sendmail("eve@x.org", given=b"To: ann@x.org\nBcc: hid@x.org\n\ntext\n")

    assert [rcpt for _, rcpt in sendmail.rows()] == ["eve@x.org"]
    assert b"hid" not in sendmail.body()


def test_what_is_sent_again_goes_to_those_it_is_sent_again_to(sendmail: Sendmail) -> None:
    sendmail("-t", given=b"To: ann@x.org\nResent-To: bob@x.org\n\ntext\n")

    assert [rcpt for _, rcpt in sendmail.rows()] == ["bob@x.org"]


@pytest.mark.parametrize(
    ("words", "head", "sender"),
    [
        (["-f", "b@x.org"], b"From: a@x.org\n", "b@x.org"),
        (["-fb@x.org"], b"", "b@x.org"),
        (["-r", "b"], b"", "b@web1"),
        (["-f", "<>"], b"From: a@x.org\n", ""),
        (["-f", ""], b"From: a@x.org\n", ""),
        ([], b"From: A <a@x.org>\n", "a@x.org"),
        ([], b"From: a@x.org, b@x.org\nSender: c@x.org\n", "c@x.org"),
        ([], b"From: root (Cron Daemon)\n", "root@web1"),
    ],
)
def test_errors_go_to_whom_the_words_or_the_message_name(
    sendmail: Sendmail, words: list[str], head: bytes, sender: str
) -> None:
    assert sendmail(*words, "ann@x.org", given=head + b"\ntext\n") == 0

    assert sendmail.rows() == [(sender, "ann@x.org")]


@pytest.mark.parametrize("head", [b"", b"From: not an address\n", b"From: nobody:;\n"])
def test_else_they_go_to_the_user(sendmail: Sendmail, head: bytes) -> None:
    sendmail("ann@x.org", given=head + b"\ntext\n")

    assert sendmail.rows()[0][0].endswith("@web1")


def test_users_of_the_host_have_a_domain_or_one_address_for_all(sendmail: Sendmail) -> None:
    sendmail("root")
    sendmail("--local-to", "ops@x.org", "-t", given=b"To: root, ann@x.org\n\ntext\n")

    assert [rcpt for _, rcpt in sendmail.rows()] == ["root@web1", "ops@x.org", "ann@x.org"]


def test_a_dot_alone_ends_the_message(sendmail: Sendmail) -> None:
    sendmail("ann@x.org", given=b"Subject: s\n\na\n.\nb\n")

    assert sendmail.body().endswith(b"\r\n\r\na\r\n")


@pytest.mark.parametrize("word", ["-i", "-oi", "-ti", "-it"])
def test_or_does_not(sendmail: Sendmail, word: str) -> None:
    sendmail(word, "ann@x.org", given=b"Subject: s\n\na\n.\nb\n")

    assert sendmail.body().endswith(b"\r\n\r\na\r\n.\r\nb\r\n")


@pytest.mark.parametrize(
    "line",
    [
        "-FCronDaemon -i -B8BITMIME -oem root",  # Debian's cron
        "-t -i",  # PHP
        "-t -i -fapp@x.org",  # PHP with a fifth argument
        "-i ann@x.org bob@x.org",  # git send-email, mailx
        "-oi -oem -odb -t",
        "-bm -v -n -U -G -N never -R hdrs -V id -O IgnoreDots -L tag -h 3 -- ann@x.org",
    ],
)
def test_it_is_called_as_programs_call_sendmail(sendmail: Sendmail, line: str) -> None:
    assert sendmail(*line.split(), given=b"To: ann@x.org\n\ntext\n") == 0
    assert sendmail.rows()


def test_the_users_full_name_is_the_authors(sendmail: Sendmail) -> None:
    sendmail("-F", "Jörg, of x", "ann@x.org")

    sender = message_from_bytes(sendmail.body(), policy=policy.default)["From"]
    assert [address.display_name for address in sender.addresses] == ["Jörg, of x"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], os.EX_USAGE, "to whom? name an address, or write -t"),
        (["ann smith"], os.EX_USAGE, "'ann smith' is not an address"),
        (["ann@x.org\nBcc: hid@x.org"], os.EX_USAGE, "which no header may hold"),
        (["-F", "a\nBcc: hid@x.org", "ann@x.org"], os.EX_USAGE, "which no header may hold"),
        (["-f", "a@x.org\r\nRCPT TO:<b@x.org>", "a@x.org"], os.EX_USAGE, "no header may hold"),
        (["-f", "a@x.org, b@x.org", "ann@x.org"], os.EX_USAGE, "is not an address"),
        (["--domain", "a b", "ann@x.org"], os.EX_USAGE, "--domain"),
        (["--local-to", "root", "ann@x.org"], os.EX_USAGE, "--local-to: 'root' is not an address"),
        (["--priority", "high", "ann@x.org"], os.EX_USAGE, "--priority: 'high' is not a number"),
        (["-Z"], os.EX_USAGE, "option -Z not recognized; `overseer mail sendmail --help` lists"),
        (["-bs"], os.EX_USAGE, "`overseer mail listen` speaks SMTP"),
        (["-bp"], os.EX_USAGE, "`overseer mail queue` shows"),
        (["-bd"], os.EX_USAGE, "-bd: is not served"),
        (["-t"], os.EX_DATAERR, "nobody is named: no To, Cc or Bcc has an address"),
        (["--url", "mysql://x", "ann@x.org"], os.EX_CONFIG, "names no queue; write sqlite:////"),
        (["--url", "sqlite:////proc/no/m", "a@x.org"], os.EX_TEMPFAIL, "/proc/no/m: cannot be"),
        (["--url", "sqlite:////proc", "a@x.org"], os.EX_TEMPFAIL, "by SMTP: `overseer mail li"),
    ],
)
def test_what_cannot_be_done_is_said_as_sendmail_says_it(
    sendmail: Sendmail,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    said: str,
) -> None:
    assert sendmail(*words) == code

    assert said in capsys.readouterr().err
    assert sendmail.rows() == []


@pytest.mark.parametrize("head", [b"To: ann smith\n", b"To: ann@x.org\nBcc: ann bob\n"])
def test_a_message_to_who_knows_whom_is_refused_whole(sendmail: Sendmail, head: bytes) -> None:
    assert sendmail("-t", given=head + b"\ntext\n") == os.EX_DATAERR
    assert sendmail.rows() == []


def test_a_message_that_is_too_large_is_refused(
    sendmail: Sendmail, capsys: pytest.CaptureFixture[str]
) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            return len(memoryview(buffer))  # type: ignore[arg-type]

    words = ["--url", sendmail.url, "-i", "ann@x.org"]

    assert main(words, io.BufferedReader(Endless(), 2**20)) == os.EX_DATAERR
    assert "send a link instead" in capsys.readouterr().err


def test_without_a_queue_nothing_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OVERSEER_MAIL_URL", raising=False)

    assert main(["ann@x.org"]) == os.EX_CONFIG
    assert "which queue? write --url sqlite:////abs/path" in capsys.readouterr().err


@pytest.mark.field("S15")
@pytest.mark.parametrize(
    "words", [("--url", "sqlite:////tmp/shell.php"), ("--ur=x",), ("--domain=evil.example",)]
)
def test_words_after_those_of_a_wrapper_choose_no_other_queue(
    sendmail: Sendmail, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert sendmail("-f", "me@x.org", *words, "ann@x.org") == os.EX_USAGE
    assert "is written twice; the first may be a wrapper's own" in capsys.readouterr().err
    assert sendmail.rows() == []


@pytest.mark.field("S15")
def test_called_as_sendmail_it_has_no_long_options(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-t", "--url", url], io.BytesIO(b""), by_name=True) == os.EX_USAGE
    assert "option --url not recognized" in capsys.readouterr().err
    assert sendmails_words(["/usr/sbin/sendmail", "-t"]) == ["-t"]
    assert is_named_sendmail(["/usr/sbin/sendmail", "-t"])
    assert not is_named_sendmail(["/usr/bin/overseer", "mail", "sendmail"])


@pytest.mark.field("S20")
@pytest.mark.parametrize(
    "head", [b"To: " + b"(" * 900, b"From: " + b"(" * 5000, b"To: " + b"," * 9999]
)
def test_brackets_within_brackets_are_no_address(sendmail: Sendmail, head: bytes) -> None:
    assert sendmail("-t", given=head + b"\n\ntext\n") == os.EX_DATAERR


def test_help_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "examples:" in capsys.readouterr().out


def test_a_queue_is_made_where_there_is_none(tmp_path: Path) -> None:
    given = io.BytesIO(b"text\n")

    assert main(["--url", f"sqlite:///{tmp_path}/new.db", "ann@x.org"], given) == 0
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600
