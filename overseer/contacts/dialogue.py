"""A conversation with an SMTP server that can be listened to, without its secrets."""

import smtplib
import socket
import ssl
from typing import Any

from overseer.contacts.base import Hear

SECRET = "(secret)"
GO_ON = 334
"""The server asks for the next line of a login."""


class Dialogue(smtplib.SMTP):
    """Both sides are heard, but the body of the mail and whatever belongs to a login."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext, hear: Hear
    ) -> None:
        self._hear = hear
        self._logging_in = False
        self._context = context
        # Our own name: to look it up could take longer than the mail.
        super().__init__(host, port, local_hostname=socket.gethostname(), timeout=timeout)

    def putcmd(self, cmd: str, args: str = "") -> None:
        login = cmd.upper().startswith("AUTH")
        self._logging_in = self._logging_in or login
        line = f"{cmd} {args}".strip()
        if self._logging_in:
            line = f"AUTH {args.split()[0] if args else ''} {SECRET}" if login else SECRET
        self._hear(f"> {line}")
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        if code != GO_ON:
            self._logging_in = False
        for line in text.splitlines() or [b""]:
            self._hear(f"< {code} {line.decode(errors='replace')}")
        return code, text

    def data(self, msg: Any) -> tuple[int, bytes]:
        size = len(msg)
        self._hear(f"  (a mail of {size} bytes)")
        return super().data(msg)


class ImplicitDialogue(Dialogue):
    """TLS from the first byte."""

    default_port = smtplib.SMTP_SSL_PORT

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # As smtplib.SMTP_SSL does it, which cannot be combined with a subclass of SMTP.
        plain = socket.create_connection((host, port), timeout)
        return self._context.wrap_socket(plain, server_hostname=host)
