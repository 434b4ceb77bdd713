"""The words of `overseer mail sendmail`: how other programs' mail comes in."""

import argparse
from typing import Any

Parsers = Any  # argparse has no public name for what add_subparsers returns


def add_sendmail(verbs: Parsers) -> None:
    """Its words are sendmail's, which argparse is not to read."""
    what = "queue a message on standard input, called as sendmail is"
    parser = verbs.add_parser("sendmail", help=what, prefix_chars="\0", add_help=False)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    parser.set_defaults(do=sendmail)


def sendmail(args: argparse.Namespace) -> int:
    from overseer.mail.sendmail_in import main

    return main(args.words)
