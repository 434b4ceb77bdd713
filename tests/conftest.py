"""What all tests share."""

import itertools
from collections.abc import Callable, Iterator

import postgres_server
import pytest

numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """One for all tests; each has a schema of its own there."""
    reason = postgres_server.lacking()
    if reason:
        pytest.skip(reason)
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: postgres_server.Server) -> str:
    """A queue that nobody has made yet."""
    return f"{postgres.url}&schema=test_{next(numbers)}"


@pytest.fixture
def url_of(request: pytest.FixtureRequest, tmp_path: str) -> Callable[[str], str]:
    """Of a queue that nobody has made yet: in a file, or on a server."""

    def url(kind: str) -> str:
        if kind == "postgres":
            return str(request.getfixturevalue("postgres_url"))
        return f"sqlite:///{tmp_path}/mail.db"

    return url
