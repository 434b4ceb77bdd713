"""Which failures are the server's silence, and which say nothing about the server."""

import errno

from overseer.units import show_latency

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


class WrongAnswer(NoAnswer):
    """It answers, and not what is wanted."""


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


def explain_silence(where: object, why: str, seconds: float) -> str:
    """A sentence about what `silence` says; *seconds* is how long it took."""
    match why:
        case "timed out":
            return f"no answer from {where} in {show_latency(round(seconds, 1))}"
        case "hung up":
            return f"{where} hung up"
        case "reset":
            return f"{where} reset the connection"
        case "no HTTP":
            return f"{where} answered, but not in HTTP"
        case "a redirect to nowhere":
            return f"{where} answered with a redirect to nowhere"
    return f"no answer from {where}: {why}"


def _is_of_tls(error: Exception) -> bool:
    """These have numbers of their own."""
    return type(error).__module__ == "ssl"


def _is_hanging_up(error: Exception) -> bool:
    if not _is_of_tls(error):
        return False
    import ssl  # it is there already

    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
