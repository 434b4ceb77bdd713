"""A queue in a file of its own, and `overseer mail` as a shell would call it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pieces import Call

from overseer.cli.main import main
from overseer.outbox import Outbox


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mail.db"


@pytest.fixture
def outbox(url: str) -> Iterator[Outbox]:
    made = Outbox(url)
    made.counts()  # now it is there
    yield made
    made.close()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Exit code, output, errors."""
    monkeypatch.delenv("OVERSEER_MAIL_URL", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["mail", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
