"""When certificates expire: a server's, whatever else is wrong with it, or those of a file."""

import re
import ssl
from contextlib import closing
from datetime import UTC, datetime

from overseer.network import tls
from overseer.network.address import Address
from overseer.network.line import Deadline, Line, connect
from overseer.network.starttls import StartTls, ask_for_tls
from overseer.safe_files import read_file

PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
MOST = 2**20
"""Bytes of a file that are read."""
SEQUENCE, VERSION = 0x30, 0xA0
TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


class NoCertificate(OSError):
    """There is none where one should be."""


def of_server(address: Address, name: str, starttls: StartTls | None, deadline: Deadline) -> float:
    """When the certificate of the server that is called *name* expires, in Unix time.

    It is not verified: of one that has expired nothing could be said otherwise. Raises
    Unresolved, Untrusted, TimeoutError, NoTls, NoCertificate, OSError.
    """
    sock = connect(address, deadline)
    try:
        if starttls:
            line = Line(sock, deadline, None)
            with line.makefile() as heard:
                ask_for_tls(starttls, line, heard)
    except BaseException:
        sock.close()
        raise
    with closing(tls.wrap(sock, tls.context(insecure=True), name, deadline)) as safe:
        return expiry(safe.getpeercert(binary_form=True) or b"")


def of_file(path: str) -> float:
    """Of several certificates, as in a chain, the first to expire counts. Raises OSError."""
    data = read_file(path, MOST)
    found = PEM.findall(data.decode("latin-1"))
    try:
        if not found:
            return expiry(data)
        return min(expiry(ssl.PEM_cert_to_DER_cert(one)) for one in found)
    except (ValueError, NoCertificate):
        raise NoCertificate(f"{path} holds no certificate that can be read") from None


def expiry(der: bytes) -> float:
    """`notAfter` of an X.509 certificate (RFC 5280, 4.1); NoCertificate for what is none."""
    try:
        _, at, _ = element(der, 0, SEQUENCE)
        _, at, _ = element(der, at, SEQUENCE)
        if der[at] == VERSION:
            _, _, at = element(der, at)
        for _ in ("serial number", "signature", "issuer"):
            _, _, at = element(der, at)
        _, at, _ = element(der, at, SEQUENCE)
        _, _, at = element(der, at)  # notBefore
        tag, at, end = element(der, at)
        text = der[at:end].decode("ascii")
        return datetime.strptime(text, TIMES[tag]).replace(tzinfo=UTC).timestamp()
    except (ValueError, LookupError):
        raise NoCertificate("the certificate cannot be read") from None


def element(der: bytes, at: int, wanted: int | None = None) -> tuple[int, int, int]:
    """Its tag, and where its content begins and ends."""
    tag, length, begin = der[at], der[at + 1], at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[at + 2 : begin], "big")
    if begin + length > len(der) or wanted not in (None, tag):
        raise ValueError
    return tag, begin, begin + length
