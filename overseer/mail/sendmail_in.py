"""overseer mail sendmail: in sendmail's place, for programs that know how to call that."""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from typing import BinaryIO

from overseer.errors import OverseerError, Refused, UsageError
from overseer.mail.accept import accept
from overseer.mail.addresses import read_addresses
from overseer.mail.draft import Draft, read_draft
from overseer.mail.sendmail_words import HELP, URL, Order, read_order
from overseer.outbox import Outbox
from overseer.units import show_bytes

NOT_OURS = "; users who may not write it hand mail over by SMTP: `overseer mail listen --help`"
CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


class BadCall(OverseerError):
    exit_code = os.EX_USAGE


class BadMessage(OverseerError):
    exit_code = os.EX_DATAERR


class NoQueue(OverseerError):
    exit_code = os.EX_CONFIG


def main(words: Sequence[str], stdin: BinaryIO | None = None, *, by_name: bool = False) -> int:
    """*by_name*: called as `sendmail`. The exit codes are those of sysexits(3); 0: on the disk."""
    if "--help" in words:
        print(HELP)
        return os.EX_OK
    try:
        with blaming(BadCall):
            order = read_order(words, as_sendmail=by_name)
        with blaming(NoQueue):
            outbox = open_queue(order)
        with blaming(BadMessage):
            draft = read_draft(read_message(stdin or sys.stdin.buffer, order))
            queue(order, draft, outbox)
    except OverseerError as error:
        advice = NOT_OURS if is_closed_to_us(error) else ""
        print(f"overseer mail sendmail: {error}{advice}", file=sys.stderr)
        return error.exit_code
    return os.EX_OK


def is_closed_to_us(error: OverseerError) -> bool:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode & 0xFF in CLOSED
    return isinstance(cause, PermissionError)


@contextmanager
def blaming(whom: type[OverseerError]) -> Iterator[None]:
    try:
        yield
    except (UsageError, Refused) as error:
        raise whom(str(error)) from error


def open_queue(order: Order) -> Outbox:
    if not order.url:
        raise UsageError(f"which queue? write --url sqlite:////abs/path, or set {URL}")
    return Outbox(order.url, max_size=order.max_size)


def read_message(stream: BinaryIO, order: Order) -> bytes:
    """UsageError for more than the queue takes; what follows is not read."""
    most = order.max_size
    raw = b"".join(before_dot(stream, most)) if order.ends_at_dot else stream.read(most + 1)
    if len(raw) > most:
        raise UsageError(
            f"the message has more than {show_bytes(most)}; send a link instead, or allow more:"
            " --max-size"
        )
    return raw


def before_dot(stream: BinaryIO, most: int) -> Iterator[bytes]:
    size = 0
    while size <= most and (line := stream.readline(most + 1)):
        if line.rstrip(b"\r\n") == b".":
            return
        size += len(line)
        yield line


def queue(order: Order, draft: Draft, outbox: Outbox) -> None:
    rcpts = order.rcpts + (rcpts_of(draft, order) if order.from_headers else [])
    if not rcpts:
        raise UsageError("nobody is named: no To, Cc or Bcc has an address")
    host = os.uname().nodename
    envelope = accept(
        draft,
        sender=sender_of(draft, order) if order.sender is None else order.sender,
        rcpts=rcpts,
        author=order.author,
        received=f"by {host} (overseer, uid {os.getuid()}); {formatdate(localtime=True)}",
    )
    outbox.put_mail(
        envelope.body,
        envelope.sender,
        *envelope.rcpts,
        message_id=envelope.message_id,
        priority=order.priority,
    )


def rcpts_of(draft: Draft, order: Order) -> list[str]:
    """A mail that somebody sends again goes to those it is sent again to."""
    again = draft.texts("resent-to", "resent-cc", "resent-bcc")
    texts = again or draft.texts("to", "cc", "bcc")
    named = [address for text in texts for address in read_addresses("to", text, names=True)]
    return [order.home.rcpt(address) for address in named]


def sender_of(draft: Draft, order: Order) -> str:
    """Who signs, as the server is told; a From that is no address says nothing."""
    for text in draft.texts("sender") or draft.texts("from"):
        try:
            addresses = read_addresses("from", text, names=True)
        except UsageError:
            break
        if addresses:
            return order.home.sender(addresses[0])
    return order.author.addr_spec
