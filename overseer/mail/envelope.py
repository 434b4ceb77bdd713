"""What is queued of a mail."""

from typing import NamedTuple


class Envelope(NamedTuple):
    """A finished mail (RFC 5322, 7-bit) and whom it goes from and to."""

    body: bytes
    message_id: str
    sender: str
    rcpts: tuple[str, ...]
