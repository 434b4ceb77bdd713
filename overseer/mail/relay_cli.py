"""--smtp and what belongs to it, for every command that speaks to a relay."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overseer.mail.server import Server

USUAL = "smtp://localhost"


def add_relays(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("mail servers")
    group.add_argument(
        "--smtp",
        action="append",
        metavar="smtp://[USER@]HOST[:PORT]",
        help=f"default: {USUAL}; repeated: used where those before it are down. ?tls=,"
        " ?password_file=, ?password_env=, ?ca_file=, ?helo= behind it are its own",
    )
    group.add_argument(
        "--tls",
        choices=("none", "starttls", "implicit"),
        help="default: starttls, none to this host, implicit on port 465",
    )
    group.add_argument("--user", metavar="TEXT")
    group.add_argument("--password-file", metavar="FILE")
    group.add_argument("--password-env", metavar="VARIABLE")
    group.add_argument("--ca-file", metavar="FILE")
    group.add_argument(
        "--helo", metavar="HOST", help="what EHLO says (default: the name of the host)"
    )
    group.add_argument(
        "--cleartext-login",
        action="store_true",
        help="send the password without TLS to another host too",
    )
    group.add_argument("--insecure", action="store_true", help="do not verify the certificate")


def read_relays(args: argparse.Namespace) -> tuple["Server", ...]:
    """In the order in which they are tried. Raises UsageError."""
    from overseer.mail.server import Server, read_server

    shared = Server(
        tls=args.tls or "",
        user=args.user,
        password_file=args.password_file,
        password_env=args.password_env,
        ca_file=args.ca_file,
        insecure=args.insecure,
        helo=args.helo,
        cleartext_login=args.cleartext_login,
    )
    return tuple(read_server(url, shared) for url in args.smtp or [USUAL])
