"""Mails signed with DKIM, and checked as a receiver checks them."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pieces import Call, job

from overseer.mail.message import Mail, compose
from overseer.mail.signing import Identity, Signer
from overseer.mail.worker import Options, check
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Fate, Job, Verdict, sent

dkim = pytest.importorskip("dkim")

KEY = Path(__file__).parents[1] / "live" / "certificate" / "key.pem"
RECORDS = {b"mail._domainkey.x.org.": KEY.with_name("dkim.txt").read_bytes().strip()}
HTML = "<p>" + "grün " * 300 + "</p>"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A copy that others cannot read."""
    made = tmp_path / "mail.key"
    made.write_bytes(KEY.read_bytes())
    made.chmod(0o600)
    return made


@pytest.fixture
def signer(key: Path) -> Signer:
    return Signer(Identity(domain="x.org", selector="mail", key_file=str(key)))


def holds(message: bytes) -> bool:
    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return RECORDS.get(name)

    return bool(dkim.verify(message, dnsfunc=look_up))


def mail(sender: str = "Änn <app@x.org>") -> bytes:
    return compose(
        Mail(to=["Jörg <j@müller.de>"], subject="Grüße", text=".\n", html=HTML, sender=sender)
    ).body


MESSAGE = mail()


def test_a_receiver_finds_the_signature_good(signer: Signer) -> None:
    signed = signer.sign(MESSAGE)

    assert holds(signed)
    assert signed.endswith(MESSAGE)
    assert max(map(len, signed.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "forged",
    [
        lambda signed: signed.replace(b"\r\n.\r\n", b"\r\n!\r\n"),
        lambda signed: signed.replace(b"Subject: ", b"Subject: not ", 1),
        lambda signed: b"From: eve@y.org\r\n" + signed,
    ],
)
def test_what_was_changed_on_the_way_is_found_out(
    signer: Signer, forged: Callable[[bytes], bytes]
) -> None:
    signed = signer.sign(MESSAGE)

    assert forged(signed) != signed
    assert not holds(forged(signed))


def test_what_relays_do_on_the_way_is_not_a_forgery(signer: Signer) -> None:
    signed = signer.sign(MESSAGE)

    assert holds(b"Received: from here by there; today\r\n" + signed)


@pytest.mark.parametrize(
    ("author", "is_ours"),
    [
        (b"From: app@x.org", True),
        (b"From: app@X.ORG", True),
        (b"from: Shop <app@shop.x.org>", True),
        (b"From: a@x.org,\r\n b@x.org", True),
        (b"From: app@y.org", False),
        (b"From: app@evilx.org", False),
        (b"From: a@x.org, b@y.org", False),
        (b"From: a@x.org\r\nFrom: b@y.org", False),
        (b"From: nobody at all", False),
        (b"From: x.org", False),
        (b"X-Mailer: x", False),
    ],
)
def test_who_writes_from_another_domain_is_not_vouched_for(
    signer: Signer, author: bytes, is_ours: bool
) -> None:
    body = author + b"\r\nTo: b@x.org\r\n\r\nFrom: app@x.org\r\n"

    assert (signer.sign(body) != body) is is_ours


def test_what_is_queued_stays_as_it_is(key: Path) -> None:
    identity = Identity(domain="x.org", selector="mail", key_file=str(key))
    signer = check(Options(url="sqlite:////nowhere/mail.db", dkim=identity))
    assert signer
    carried: list[bytes] = []
    queued = job(body=MESSAGE)

    def carry(one: Job) -> Verdict:
        carried.append(one.body)
        return sent()

    assert signer.before(plain(carry)).deliver(queued).fate is Fate.SENT
    assert queued.body == MESSAGE
    assert holds(carried[0])


def test_a_mail_that_cannot_be_signed_is_kept_and_not_sent(signer: Signer) -> None:
    broken = job(body=b"From: app@x.org\r\nno header\r\n\r\ntext\r\n")

    verdict = signer.before(plain(lambda one: sent())).deliver(broken)

    assert verdict.fate is Fate.DEAD
    assert verdict.text.startswith("cannot be signed: Unexpected characters in RFC822 header")


WORDS = ["worker", "run", "--url", "sqlite:////nowhere/mail.db", "--try"]


@pytest.mark.parametrize(
    ("domain", "selector", "contents", "mode", "said"),
    [
        ("x.org", "mail", KEY.read_bytes(), 0o604, "mode 604), who could sign in your name; run"),
        ("x.org", "mail", b"no key", 0o600, "is no RSA key in PEM without a passphrase; make one"),
        ("x.org", "mail", b"--\nMA\n--", 0o600, "is no RSA key in PEM without a passphrase"),
        ("x.org", "mail", None, 0o600, "mail.key: No such file or directory"),
        ("x org", "mail", KEY.read_bytes(), 0o600, "--dkim-domain: 'x org' is not the name of"),
        ("x.org", "ma;il", KEY.read_bytes(), 0o600, "--dkim-selector: 'ma;il' is not the name"),
        ("x.org", None, KEY.read_bytes(), 0o600, "and --dkim-key go together; write all"),
    ],
)
def test_what_could_sign_nothing_is_refused_at_once(
    call: Call,
    tmp_path: Path,
    domain: str,
    selector: str | None,
    contents: bytes | None,
    mode: int,
    said: str,
) -> None:
    file = tmp_path / "mail.key"
    if contents is not None:
        file.write_bytes(contents)
        file.chmod(mode)
    words = [*WORDS, "--dkim-domain", domain, "--dkim-key", str(file)]

    code, _, err = call(*words, *(["--dkim-selector", selector] if selector else []))

    assert code == 2
    assert said in err


def test_a_key_that_its_group_may_read_is_as_it_should_be(call: Call, key: Path) -> None:
    key.chmod(0o640)
    words = ["--dkim-domain", "müller.de", "--dkim-selector", "mail", "--dkim-key", str(key)]

    assert call(*WORDS, *words)[0] == 0


def test_without_the_library_its_name_is_said(
    call: Call, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dkim", None)
    words = ["--dkim-domain", "x.org", "--dkim-selector", "mail", "--dkim-key", str(key)]

    code, _, err = call(*WORDS, *words)

    assert code == 1
    assert "run pip install 'overseer-supervisor[dkim]'" in err


@pytest.mark.field("L7")
@pytest.mark.parametrize("name", ["List-Unsubscribe-Post", "list-unsubscribe-post"])
def test_what_unsubscribes_by_one_click_is_signed(signer: Signer, name: str) -> None:
    body = (
        b"From: app@x.org\r\nTo: a@x.org\r\nSubject: s\r\n"
        b"List-Unsubscribe: <https://example.com/u/7>\r\n"
        + name.encode()
        + b": List-Unsubscribe=One-Click\r\n\r\nhi\r\n"
    )

    header = signer.sign(body).partition(b"\r\nFrom:")[0].lower()
    found = re.search(rb";h=([^;]+)", re.sub(rb"\s", b"", header))
    signed = found[1].split(b":") if found else []

    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from"} <= set(signed)
