"""The words of `overseer mail sendmail` and `listen`: how other programs' mail comes in."""

import argparse
from typing import Any

from overseer.help_text import HelpFormatter
from overseer.mail.url import add_url, warn_of_password

ADDRESS = "127.0.0.1:2525"
EXAMPLES = """examples:
  overseer mail listen --url sqlite:////var/lib/app/mail.db
  overseer mail listen --url sqlite:////var/lib/app/mail.db \\
      --address unix:/run/app/mail.sock --group www-data
  overseer mail listen --url sqlite:////var/lib/app/mail.db --allow-uid www-data --allow-uid 1000"""
Parsers = Any  # argparse has no public name for what add_subparsers returns


def add_sendmail(verbs: Parsers) -> None:
    """Its words are sendmail's, which argparse is not to read."""
    what = "queue a message on standard input, called as sendmail is"
    parser = verbs.add_parser("sendmail", help=what, prefix_chars="\0", add_help=False)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD ...")
    parser.set_defaults(do=sendmail)


def sendmail(args: argparse.Namespace) -> int:
    from overseer.mail.sendmail_in import main

    return main(args.words)


def add_listen(verbs: Parsers) -> None:
    what = "take mail in SMTP from programs on this host"
    parser = verbs.add_parser(
        "listen",
        help=what,
        description=f"{what}, and queue it",
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    add_url(parser)
    parser.add_argument(
        "--address",
        dest="addresses",
        action="append",
        metavar="HOST:PORT|unix:PATH",
        help=f"several if need be (default: {ADDRESS})",
    )
    parser.add_argument(
        "--allow-uid",
        dest="allowed",
        action="append",
        default=[],
        metavar="USER",
        help="by name or number: no other user's mail is taken; `all` opens unix sockets to all",
    )
    parser.add_argument("--group", metavar="GROUP", help="unix sockets are open to this group too")
    parser.add_argument(
        "--max-size",
        dest="largest",
        default="32MB",
        metavar="SIZE",
        help="of a mail (default: 32MB)",
    )
    parser.add_argument(
        "--domain", metavar="DOMAIN", help="of addresses without one (default: as sendmail has it)"
    )
    parser.add_argument("--local-to", metavar="ADDRESS", help="gets the mail for addresses without")
    parser.add_argument("--anywhere", action="store_true", help="other addresses than loopback too")
    parser.add_argument(
        "--stop-timeout",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="for mails that are being handed over when TERM comes (default: 20)",
    )
    parser.set_defaults(do=listen)


def listen(args: argparse.Namespace) -> int:
    import logging
    import sys

    from overseer.log_format import log_to
    from overseer.mail.listener import Options, run

    warn_of_password()
    log_to(logging.StreamHandler(sys.stdout), "%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    logging.getLogger().setLevel(logging.INFO)
    return run(
        Options(
            url=args.url,
            addresses=args.addresses or [ADDRESS],
            allowed=args.allowed,
            group=args.group,
            largest=args.largest,
            anywhere=args.anywhere,
            domain=args.domain,
            local_to=args.local_to,
            stop_timeout=args.stop_timeout,
        )
    )
