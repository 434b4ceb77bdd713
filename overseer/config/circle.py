"""Whether alerts go out through a program that overseer itself keeps alive."""

import os
from collections.abc import Mapping

from overseer.config.node import Entry
from overseer.config.trouble import Troubles
from overseer.contacts.base import Contact
from overseer.contacts.email import Email
from overseer.contacts.url import LOOPBACK
from overseer.model.watch import Watch

MAIL_SERVERS = frozenset(
    ("exim", "exim4", "master", "nullmailer-send", "opensmtpd", "postfix", "sendmail", "smtpd")
)


def check(
    contacts: Mapping[str, Contact],
    watches: Mapping[str, Watch],
    entries: Mapping[str, Entry],
    troubles: Troubles,
) -> None:
    """Whoever is told by a mail server is not told of the mail server's death."""
    servers = [name for name, watch in watches.items() if program_of(watch) in MAIL_SERVERS]
    if not servers:
        return
    for name, contact in contacts.items():
        if isinstance(contact, Email) and is_local(contact) and name in entries:
            said = f"{name}: its mails go through {servers[0]}, which overseer watches: of its "
            said += "death nobody would hear in time; add a contact that needs no mail server here"
            troubles.warn(entries[name].spot, said)


def program_of(watch: Watch) -> str:
    """`postfix` of `/usr/sbin/postfix start-fg`."""
    argv = watch.program.command or watch.program.start or ("",)
    return os.path.basename(argv[0])


def is_local(contact: Email) -> bool:
    return contact.sendmail is not None or (contact.server_host or "localhost") in LOOPBACK
