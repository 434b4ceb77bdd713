"""overseer mail show: one row, and of its mail what was asked for."""

import sys
import time
from argparse import Namespace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from overseer.errors import DONE, UnknownName, UsageError
from overseer.mail.desk import facts, say_json, there
from overseer.mail.masking import without_keys
from overseer.outbox import Outbox
from overseer.outbox.parcel import MAIL
from overseer.outbox.sight import Row
from overseer.units import show_bytes

GONE = "the body is not kept of what was sent"


def show(args: Namespace) -> int:
    """Facts and headers; the text, or the mail as it is or will be sent, only for the asking."""
    outbox = there(args.url)
    row = outbox.find(args.id)
    if row is None:
        raise UnknownName(f"no row {args.id} is queued, dead or sent")
    if args.raw:
        return show_raw(outbox, row)
    found = described(outbox, row, args.body)
    if args.json:
        return say_json(found)
    headers, body = found.pop("headers"), found.pop("body", "")
    lines = [
        f"{key}: {said(key, value)}" for key, value in found.items() if value not in (None, "", [])
    ]
    parts = ["\n".join(lines), "\n".join(f"{name}: {value}" for name, value in headers), body]
    print("\n\n".join(part for part in parts if part))
    return DONE


def show_raw(outbox: Outbox, row: Row) -> int:
    """Nothing but the bytes: for a file, or another program."""
    body = outbox.body(row.id)
    if body is None:
        raise UsageError(f"--raw: {GONE}")
    sys.stdout.flush()
    sys.stdout.buffer.write(body if row.kind == MAIL else row.payload.encode())
    sys.stdout.buffer.flush()
    return DONE


def described(outbox: Outbox, row: Row, with_body: bool) -> dict[str, Any]:
    found: dict[str, Any] = facts(row) | {"size": None, "attachments": [], "headers": []}
    body = outbox.body(row.id)
    if row.kind != MAIL or body is None:
        text = row.payload if body is not None else f"({GONE})"
        return found | ({"body": text} if with_body else {})
    message = message_from_bytes(body, EmailMessage, policy=default)
    found["size"] = len(body)
    found["attachments"] = [
        f"{part.get_filename() or 'without a name'} ({part.get_content_type()})"
        for part in message.iter_attachments()
    ]
    found["headers"] = [[name, without_keys(str(value))] for name, value in message.items()]
    return found | ({"body": readable(message)} if with_body else {})


def said(key: str, value: Any) -> str:
    match key:
        case "at" | "created_at":
            return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(value))
        case "size":
            return show_bytes(value)
        case "attachments":
            return ", ".join(value)
    return str(value)


def readable(message: EmailMessage) -> str:
    """As a reader sees it, but for what would let somebody in."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        return without_keys(str(part.get_content())).rstrip()
    except (LookupError, ValueError):
        return "(in an encoding that is not known here; see --raw)"
