"""This host as others are to write to it: what an address without a domain means here."""

import os
from email.headerregistry import Address
from pathlib import Path
from typing import NamedTuple

from overseer.errors import UsageError
from overseer.mail.addresses import hint, read_addresses

MAILNAME = Path("/etc/mailname")


class Home(NamedTuple):
    domain: str
    local_to: str | None  # who gets what is for its users

    def sender(self, address: Address) -> str:
        return with_domain(address, self.domain).addr_spec

    def rcpt(self, address: Address) -> str:
        return self.local_to if self.local_to and not address.domain else self.sender(address)


def read_home(domain: str | None, local_to: str | None) -> Home:
    """UsageError for what is no domain, or no address."""
    if domain:
        one("--domain", f"user@{domain}")
    return Home(
        domain or own_domain(),
        None if local_to is None else one("--local-to", local_to).addr_spec,
    )


def own_domain() -> str:
    try:
        return MAILNAME.read_text().split()[0]
    except (OSError, ValueError, IndexError):
        return os.uname().nodename


def with_domain(address: Address, domain: str, name: str = "") -> Address:
    """*name*: where it has none of its own."""
    return Address(address.display_name or name, address.username, address.domain or domain)


def one(key: str, text: str, *, names: bool = False) -> Address:
    addresses = read_addresses(key, text, names=names)
    if len(addresses) != 1:
        raise UsageError(hint(key, text))
    return addresses[0]
