"""--max-size, which every command that puts mail into a queue takes."""

import argparse

from overseer.errors import UsageError
from overseer.outbox.parcel import LARGEST_BODY
from overseer.units import show_bytes, size

MOST = 512 * 2**20
"""Bytes; a row of either store holds less than a gigabyte."""


def add_max_size(parser: argparse.ArgumentParser) -> None:
    usual = f"of the finished mail (default: {show_bytes(LARGEST_BODY)})"
    parser.add_argument("--max-size", default=show_bytes(LARGEST_BODY), metavar="SIZE", help=usual)


def read_max_size(text: str, most: int = MOST) -> int:
    """UsageError says what to write."""
    try:
        found = size(text)
    except ValueError:
        found = 0
    if not 0 < found <= most:
        raise UsageError(f"--max-size: {text!r} is no size up to {show_bytes(most)}; write 32MB")
    return found
