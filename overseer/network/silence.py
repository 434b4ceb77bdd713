"""Which failures are the server's silence, and which say nothing about the server."""

import errno

SAID = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "hung up",
    errno.ETIMEDOUT: "timed out",
    errno.EHOSTUNREACH: "host unreachable",
    errno.EHOSTDOWN: "host down",
    errno.ENETUNREACH: "network unreachable",
    errno.ENETDOWN: "network down",
    errno.ENOENT: "no such socket",
    errno.EAGAIN: "too busy to answer",  # of a unix socket: its queue is full
}


class NoAnswer(OSError):
    """An answer that is none, or that broke off; its text is `no HTTP`, `hung up`."""


def silence(error: Exception) -> str | None:
    """`refused`, `timed out`: what became of a connection, as a sample shows it.

    None where the trouble is ours or the watch file's: a name without an address, a
    certificate that does not verify, no permission, no file descriptors left.
    """
    if isinstance(error, OSError) and error.errno in SAID and not _is_of_tls(error):
        return SAID[error.errno]
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, NoAnswer):
        return str(error)
    return "hung up" if _is_hanging_up(error) else None


def _is_of_tls(error: Exception) -> bool:
    """These have numbers of their own."""
    return type(error).__module__ == "ssl"


def _is_hanging_up(error: Exception) -> bool:
    if not _is_of_tls(error):
        return False
    import ssl  # it is there already

    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
