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
    ask = "import sys; from overseer.outbox.drain import Drain; print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)

    loaded = said.stdout.split()
    assert "overseer.outbox.drain" in loaded
    assert not {"overseer.outbox.outbox", "overseer.outbox.jobs", "json"} & set(loaded)
