"""Conditions are tested without a daemon: a scene, a folder, and what it says of it."""

from pathlib import Path

import pytest
from overseer_spool.spool_length import SpoolLength

from overseer.conditions.base import Scene


@pytest.mark.parametrize(("files", "met"), [(2, False), (3, True)])
def test_more_than_the_limit_is_met(tmp_path: Path, files: int, met: bool) -> None:
    condition = SpoolLength(path=str(tmp_path), above=2)
    for number in range(files):
        (tmp_path / str(number)).touch()

    value = condition.measure(Scene())

    assert condition.met(value) is met
    assert condition.explain(value) == f"{files} files in {tmp_path}, above 2"


def test_a_path_is_written_from_the_root() -> None:
    with pytest.raises(ValueError, match="write it from the root"):
        SpoolLength(path="spool")
