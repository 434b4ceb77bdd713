"""What contacts share of the wire: TLS that is verified, and what goes wrong on it, in words."""

import os
import socket
import ssl

from overseer.contacts.base import NotDelivered
from overseer.network import tls


def context(ca_file: str | None, insecure: bool | None) -> ssl.SSLContext:
    """*insecure*: take any certificate. NotDelivered where *ca_file* cannot be used."""
    try:
        return tls.context(ca_file, bool(insecure))
    except tls.Untrusted as error:
        raise NotDelivered(str(error)) from None


def plain(error: Exception) -> str:
    if isinstance(error, TimeoutError) or str(error).endswith(": timed out"):  # smtplib's words
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)  # asyncio has words of its own
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def not_believed(where: str, error: ssl.SSLCertVerificationError) -> NotDelivered:
    return NotDelivered(
        f"{where}: its certificate is not believed ({error.verify_message});"
        " write ca_file: with the authority's certificate"
    )
