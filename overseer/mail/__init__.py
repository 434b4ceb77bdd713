"""The mail half: messages, templates, SMTP, the worker and its control script.

It knows the outbox and nothing of the supervisor. An application's names are looked up when they
are asked for, so that the commands pay for nothing they do not use.
"""

import importlib
from typing import TYPE_CHECKING

__all__ = [
    "Attachment",
    "Mail",
    "Outbox",
    "Unavailable",
    "from_template",
    "put",
    "read_file",
    "send_later",
]
HOMES = {
    "Attachment": "overseer.mail.attachments",
    "Mail": "overseer.mail.message",
    "Outbox": "overseer.outbox",
    "Unavailable": "overseer.outbox",
    "from_template": "overseer.mail.template",
    "put": "overseer.mail.queueing",
    "read_file": "overseer.mail.attachments",
    "send_later": "overseer.mail.queueing",
}

if TYPE_CHECKING:
    from overseer.mail.attachments import Attachment, read_file
    from overseer.mail.message import Mail
    from overseer.mail.queueing import put, send_later
    from overseer.mail.template import from_template
    from overseer.outbox import Outbox, Unavailable
else:

    def __getattr__(name):
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(HOMES[name]), name)
