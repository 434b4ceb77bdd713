"""python -m pytest examples/app

`outbox`, `inline_outbox` and `mailbox` are overseer's: they are there where it is installed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        yield made
