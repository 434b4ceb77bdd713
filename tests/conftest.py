"""What all tests share."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import postgres_server
import pytest
from strangers import STRANGER

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


@pytest.fixture
def roots() -> Iterator[Path]:
    """A folder of root's that a stranger can go through, as he cannot through tmp_path."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def theirs(roots: Path) -> Path:
    """A folder of the stranger's."""
    folder = roots / "theirs"
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)
    return folder


@pytest.fixture
def secret(roots: Path) -> Path:
    """A file of root's."""
    file = roots / "secret"
    file.write_text("root:hash\n")
    file.chmod(0o600)
    return file
