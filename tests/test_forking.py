"""What is forked is known, or does not live."""

import os
import subprocess
from pathlib import Path

import pytest

from overseer.forking import MarkedPopen

PROGRAM = ["/bin/sleep", "83999"]


def living() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [path.parent.name] if words[:2] == [b"/bin/sleep", b"83999"] else []
    return found


@pytest.mark.field("K2")
def test_what_is_forked_when_memory_ends_does_not_live(monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(descriptor: int, size: int) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", starved)  # of whether it has reached exec
        with pytest.raises(MemoryError):
            MarkedPopen(PROGRAM)

    assert living() == []


def test_what_cannot_be_executed_is_collected_once() -> None:
    with pytest.raises(FileNotFoundError):
        MarkedPopen(["/nowhere/to/be/found"])
    assert MarkedPopen(["/bin/true"], stdout=subprocess.DEVNULL).wait() == 0
