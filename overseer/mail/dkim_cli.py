"""--dkim-domain and what belongs to it, for a command that sends."""

import argparse
from typing import TYPE_CHECKING

from overseer.errors import UsageError

if TYPE_CHECKING:
    from overseer.mail.signing import Identity


def add_dkim(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("DKIM", "all three, or none: mails From there are signed")
    group.add_argument("--dkim-domain", metavar="DOMAIN", help="and those below it")
    group.add_argument("--dkim-selector", metavar="SELECTOR", help="of SELECTOR._domainkey.DOMAIN")
    group.add_argument("--dkim-key", metavar="FILE", help="RSA, in PEM, closed to others")


def read_identity(args: argparse.Namespace) -> "Identity | None":
    """UsageError for two of three, and for what is no name of a domain."""
    given = args.dkim_domain, args.dkim_selector, args.dkim_key
    if given == (None, None, None):
        return None
    from overseer.mail.addresses import DOMAIN, punycode
    from overseer.mail.signing import Identity

    if None in given:
        raise UsageError("--dkim-domain, --dkim-selector and --dkim-key go together; write all")
    for key, name in (("--dkim-domain", args.dkim_domain), ("--dkim-selector", args.dkim_selector)):
        if not DOMAIN.fullmatch(punycode(key, name)) or name.startswith("["):
            raise UsageError(f"{key}: {name!r} is not the name of a domain; write example.com")
    domain, selector = (punycode("--dkim", name).lower() for name in given[:2])
    return Identity(domain=domain, selector=selector, key_file=args.dkim_key)
