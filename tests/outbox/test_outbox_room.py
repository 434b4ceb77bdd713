"""The door of the room."""

import subprocess
import sys

import pytest

import overseer.outbox


def test_every_name_of_the_room_is_there() -> None:
    for name in overseer.outbox.__all__:
        assert getattr(overseer.outbox, name).__name__ == name


def test_another_name_is_an_ordinary_mistake() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Inbox'"):
        _ = overseer.outbox.Inbox


@pytest.mark.live
def test_who_needs_a_part_of_the_room_does_not_import_all_of_it() -> None:
    loaded = loaded_by("from overseer.outbox.drain import Drain")

    assert "overseer.outbox.drain" in loaded
    assert not {"overseer.outbox.outbox", "overseer.outbox.jobs", "json"} & loaded


def loaded_by(program: str) -> set[str]:
    """Modules, in a Python of its own."""
    ask = f"{program}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.live
def test_an_outbox_needs_nothing_of_the_rest_of_overseer() -> None:
    loaded = loaded_by("from overseer.outbox import Outbox; Outbox('sqlite:////tmp/none.db')")

    ours = {name for name in loaded if name.startswith("overseer.")}
    rooms = {name.split(".")[1] for name in ours}
    assert rooms == {"outbox", "errors", "units"}
    assert not {"logging", "jinja2", "psycopg", "procrastinate"} & loaded
    assert not {"overseer.outbox.drain", "overseer.outbox.loading", "overseer.outbox.sums"} & ours


@pytest.mark.live
@pytest.mark.parametrize(
    "program",
    [
        "import overseer.mail.worker",
        "from overseer.cli.main import main; main(['mail', 'queue', '--url', 'sqlite:////tmp'])",
    ],
    ids=["worker", "queue"],
)
def test_a_queue_in_a_file_needs_no_library(program: str) -> None:
    loaded = loaded_by(program)

    assert "overseer.outbox.sqlite" in loaded
    libraries = {"jinja2", "psycopg", "procrastinate", "yaml", "aiosmtpd", "dkim", "asyncio"}
    assert not libraries & loaded
