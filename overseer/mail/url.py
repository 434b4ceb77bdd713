"""--url, which every command that looks at a queue takes."""

import argparse
import os

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
