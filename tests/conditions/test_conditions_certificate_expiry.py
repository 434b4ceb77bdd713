"""certificate_expiry, of servers and of files."""

import re
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers import CERTIFICATE, KEY, Script, greets, hang, hang_up, raw, unused_port, web

from overseer.conditions.base import Scene
from overseer.conditions.certificate_expiry import CertificateExpiry, Expiry
from overseer.network.certificate import NoCertificate, expiry
from overseer.network.line import Unresolved
from overseer.network.starttls import NoTls, StartTls
from overseer.network.tls import Untrusted

HERE = Path(__file__).parent / "certificates"
EXPIRED = HERE / "expired.pem"
EXPIRED_KEY = HERE / "expired.key"
DAY = 86400.0


def look(**options: Any) -> Expiry:
    value = CertificateExpiry(**options).measure(Scene())
    assert isinstance(value, Expiry)
    return value


def moment(*parts: int) -> float:
    year, month, day, hour, minute, second = parts
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


IN_2021 = moment(2021, 2, 3, 4, 5, 6)
IN_2126 = moment(2126, 10, 30, 20, 14, 56)


def test_it_is_met_by_what_expires_sooner() -> None:
    condition = CertificateExpiry(host="a.example")

    assert not condition.met(Expiry(0.0, 14 * DAY))
    assert condition.met(Expiry(0.0, 14 * DAY - 1))
    assert condition.met(Expiry(0.0, -DAY))


def test_a_sample_says_how_much_is_left() -> None:
    condition = CertificateExpiry(host="a.example")
    soon, late = Expiry(IN_2021, 12 * DAY + 4 * 3600), Expiry(IN_2021, -3 * DAY)

    assert condition.show(soon) == "12d4h left"
    assert condition.show(late) == "expired 3d ago"
    assert condition.limit() == "less than 14d left"
    said = "the certificate of a.example:443"
    assert condition.explain(soon) == f"{said} expires in 12d4h, on 2021-02-03"
    assert condition.explain(late) == f"{said} expired 3d ago, on 2021-02-03"


@pytest.mark.parametrize(
    ("certificate", "key", "at"),
    [(CERTIFICATE, KEY, IN_2126), (EXPIRED, EXPIRED_KEY, IN_2021)],
    ids=["not trusted", "expired"],
)
def test_the_certificate_of_a_server_is_read_though_it_does_not_verify(
    certificate: Path, key: Path, at: float
) -> None:
    with web(certificate=(certificate, key)) as server:
        value = look(host="127.0.0.1", port=server.server_port, server_name="shop.example")

    assert value.at == at
    assert CertificateExpiry(host="a").met(value) is (at == IN_2021)


def test_of_several_certificates_in_a_file_the_first_to_expire_counts(tmp_path: Path) -> None:
    chain = tmp_path / "fullchain.pem"
    chain.write_text(f"a comment\n{CERTIFICATE.read_text()}\n{EXPIRED.read_text()}")

    assert look(file=str(CERTIFICATE)).at == IN_2126
    assert look(file=str(chain)).at == IN_2021
    assert CertificateExpiry(file=str(chain)).where == str(chain)


def test_a_file_may_be_binary(tmp_path: Path) -> None:
    path = tmp_path / "cert.der"
    path.write_bytes(ssl.PEM_cert_to_DER_cert(EXPIRED.read_text()))

    assert look(file=str(path)).at == IN_2021


@pytest.mark.parametrize(
    "text", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
)
def test_a_file_without_a_certificate_is_unknown(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(text)

    with pytest.raises(NoCertificate, match=re.escape(f"{path} holds no certificate")):
        look(file=str(path))
    with pytest.raises(FileNotFoundError):
        look(file=str(tmp_path / "missing.pem"))


def test_a_certificate_that_is_cut_off_anywhere_is_none() -> None:
    der = ssl.PEM_cert_to_DER_cert(EXPIRED.read_text())

    for length in range(len(der)):
        with pytest.raises(NoCertificate):
            expiry(der[:length])
    assert expiry(der) == IN_2021


@pytest.mark.parametrize(
    ("script", "error"),
    [(hang, TimeoutError), (hang_up, OSError), (greets(b"220 mail\r\n"), Untrusted)],
)
def test_a_server_without_tls_is_unknown(script: Script, error: type[Exception]) -> None:
    with raw(script) as port, pytest.raises(error):
        look(host="127.0.0.1", port=port, timeout=0.2)


def test_a_server_that_is_not_there_is_unknown() -> None:
    with pytest.raises(ConnectionRefusedError):
        look(host="127.0.0.1", port=unused_port())
    with pytest.raises(Unresolved):
        look(host="-.invalid")
    assert CertificateExpiry(host="127.0.0.1").late() is None


TALKS = {
    StartTls.SMTP: [
        (b"220-mail\r\n220 ready\r\n", b"EHLO overseer\r\n"),
        (b"250-mail\r\n250 STARTTLS\r\n", b"STARTTLS\r\n"),
        (b"220 go\r\n", b""),
    ],
    StartTls.IMAP: [
        (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", b"a STARTTLS\r\n"),
        (b"* CAPABILITY IMAP4rev1\r\na OK begin\r\n", b""),
    ],
    StartTls.POP3: [(b"+OK ready\r\n", b"STLS\r\n"), (b"+OK begin\r\n", b"")],
    StartTls.FTP: [
        (b"220-files\r\n be kind\r\n220 ready\r\n", b"AUTH TLS\r\n"),
        (b"234 go\r\n", b""),
    ],
}


@pytest.mark.parametrize("protocol", StartTls)
def test_a_server_that_begins_without_tls_is_asked_for_it(protocol: StartTls) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(EXPIRED, EXPIRED_KEY)

    def server(sock: Any) -> None:
        for word, said in TALKS[protocol]:
            sock.sendall(word)
            assert not said or sock.recv(1024) == said
        with context.wrap_socket(sock, server_side=True) as safe:
            safe.recv(1)

    with raw(server) as port:
        value = look(host="127.0.0.1", port=port, starttls=protocol)

    assert value.at == IN_2021


def test_the_usual_port_goes_with_the_protocol() -> None:
    ports = [CertificateExpiry(host="a.example", starttls=one).where for one in StartTls]
    assert ports == [f"a.example:{port}" for port in (25, 143, 110, 21)]


@pytest.mark.parametrize(
    ("script", "after"),
    [
        (greets(b"554 go away\r\n"), "the greeting"),
        (greets(b"220 mail\r\n", b"250 mail\r\n", b"502 what?\r\n"), "STARTTLS"),
        (greets(b"220-" + b"x" * 200_000), "the greeting"),
    ],
)
def test_a_mail_server_that_will_not_have_tls_is_unknown(script: Script, after: str) -> None:
    with raw(script) as port, pytest.raises(NoTls, match=f"go on to TLS after {after}"):
        look(host="127.0.0.1", port=port, starttls=StartTls.SMTP, timeout=1.0)


@pytest.mark.usefixtures("nothing_left_open")
def test_no_socket_is_left_open() -> None:
    for script in (hang, hang_up, greets(b"no"), greets(b"220 mail\r\n", b"500 no\r\n")):
        for starttls in (None, StartTls.SMTP):
            with raw(script) as port, pytest.raises(OSError):  # noqa: PT011 - whichever it is
                look(host="127.0.0.1", port=port, starttls=starttls, timeout=0.1)
