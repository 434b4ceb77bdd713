"""TLS on a connection, verified unless it is spelled out that it need not be."""

import os
import socket
import ssl
from functools import lru_cache

from overseer.network.address import Address
from overseer.network.line import Deadline, connect


class Untrusted(OSError):
    """The certificate does not verify, or no TLS can be agreed on: a matter of files, not of
    whether the server is well."""


def context(ca_file: str | None = None, insecure: bool = False) -> ssl.SSLContext:
    """Kept, as reading all the authorities of a host takes longer than asking a server; made
    anew when their file has changed. Untrusted where *ca_file* cannot be read."""
    if insecure:
        return _blind()
    path = ca_file or ssl.get_default_verify_paths().cafile
    try:
        changed = os.stat(path).st_mtime_ns if path else 0
        return _seeing(ca_file, changed)
    except (OSError, ValueError) as error:
        broken = isinstance(error, ssl.SSLError | ValueError)
        said = "it holds no certificate" if broken else getattr(error, "strerror", error)
        raise Untrusted(f"ca_file {path}: {said}") from None


@lru_cache(maxsize=8)
def _seeing(ca_file: str | None, changed: int) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


@lru_cache(maxsize=1)
def _blind() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def reach(
    address: Address,
    made: ssl.SSLContext,
    name: str,
    deadline: Deadline,
    patience: float | None = None,
) -> ssl.SSLSocket:
    """Connect, and shake hands, with at most *patience* seconds for each. Raises what the two
    raise. The caller closes what it gets."""
    return wrap(connect(address, deadline, patience), made, name, deadline, patience)


def wrap(
    sock: socket.socket,
    made: ssl.SSLContext,
    name: str,
    deadline: Deadline,
    patience: float | None = None,
) -> ssl.SSLSocket:
    """Shake hands with the server that is called *name*; takes *sock* over and closes it where
    that fails. Raises Untrusted, TimeoutError, OSError."""
    try:
        safe = made.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        safe.settimeout(deadline.left(patience))
        safe.do_handshake()
    except BaseException as error:
        safe.close()
        _blame(error, name)
        raise
    return safe


def _blame(error: BaseException, name: str) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "it does not verify"
        what = f"the certificate of {name}: {why.rstrip('.')}; write ca_file: or insecure: true"
        raise Untrusted(what) from None
    if isinstance(error, ssl.SSLError) and not isinstance(
        error, ssl.SSLEOFError | ssl.SSLZeroReturnError
    ):
        why = (error.reason or str(error)).lower().replace("_", " ")
        raise Untrusted(f"no TLS with {name}: {why}") from None
