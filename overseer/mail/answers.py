"""What a server's answer, or none, means: for one mail, or for all that wait for this server."""

import smtplib

from overseer.errors import in_words
from overseer.outbox.parcel import Verdict, dead, down, retry

CLOSING = 421
OURS = frozenset({CLOSING, 454, 530, 534, 535, 538})
"""About the server or our settings for it, whatever they answer (RFC 5321, RFC 4954)."""
LONGEST = 500


def classify(error: Exception, where: str) -> Verdict:
    """Only an answer to MAIL, RCPT or DATA may be about the mail. Whatever else goes wrong (no
    route, a greeting of 554, TLS, AUTH) is the transport's fault and costs no mail an attempt."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return by_code(code, text, where)
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            return by_code(error.smtp_code, error.smtp_error, where)
        case smtplib.SMTPResponseException():
            return by_code_of_all(error, where)
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            hint = "write --tls none to send in the clear"
            return down(f"{where}: does not offer STARTTLS; {hint}")
        case OSError():  # smtplib's own errors and those of ssl too
            return down(f"{where}: {words(in_words(error)) or type(error).__name__}")
        case UnicodeError():
            return dead("the address needs SMTPUTF8, which is not spoken here")
        case ValueError():
            return dead(f"cannot be sent: {words(str(error))}")
    return retry(f"{type(error).__name__}: {words(str(error))}")


def by_code_of_all(error: smtplib.SMTPResponseException, where: str) -> Verdict:
    return down(f"{where}: {answered(error.smtp_code, error.smtp_error)}", error.smtp_code)


def answered(code: int, answer: bytes | str) -> str:
    """smtplib has -1 for a line that begins with no code."""
    text = words(answer)
    return f"{code} {text}" if code > 0 else f"this is no answer of SMTP: {text!r}"


def by_code(code: int, answer: bytes | str, where: str) -> Verdict:
    text = f"{where}: {answered(code, answer)}"
    if code in OURS or code < 400:
        return down(text, code)
    return retry(text, code) if code < 500 else dead(text, code)


def words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:LONGEST]
