"""A user who is nobody on this machine, for tests that root runs."""

import os
from pathlib import Path

import pytest

STRANGER = 54321
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root and a second user")


def link(place: Path, target: Path | str, owner: int = STRANGER) -> Path:
    """As if the owner had made it."""
    place.symlink_to(target)
    os.lchown(place, owner, owner)
    return place
