"""--url, which every command that looks at a queue takes."""

import argparse
import os
import sys

from overseer.mail.masking import masked

URL = "OVERSEER_MAIL_URL"


def add_url(parser: argparse.ArgumentParser) -> None:
    given = os.environ.get(URL)
    parser.add_argument(
        "--url",
        default=given,
        required=not given,
        metavar="URL",
        help=f"sqlite:////abs/path or postgresql://user@host/database (${URL})",
    )


def warn_of_password() -> None:
    """For what runs on and on."""
    if any(word != masked(word) for word in sys.argv if "://" in word):
        print(f"--url: `ps` shows its password to everybody; write it in ${URL}", file=sys.stderr)
