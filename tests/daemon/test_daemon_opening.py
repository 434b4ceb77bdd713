"""A daemon begins with everything that can be had of its files."""

from pathlib import Path

import pytest

from overseer import config
from overseer.daemon.opening import read
from overseer.errors import ConfigError


class NoCopies:
    def find(self, root: str) -> str | None:
        return None


def file(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yml"
    path.write_text(f"watches: {{{name}: {{user: root, command: serve{text}}}}}")
    return str(path)


def load(files: object, elsewhere: object) -> config.Config:
    return config.load(  # as the daemon does
        files, check_host=False, elsewhere=elsewhere, forgiving=elsewhere is None
    )  # type: ignore[arg-type]


def test_a_broken_file_is_left_out_and_named(tmp_path: Path) -> None:
    web, db = file(tmp_path, "web", ", depends_on: db"), file(tmp_path, "db", ", nonsense: 1")

    wanted = read([web, db], load, NoCopies(), strict=False)

    assert list(wanted.config.watches) == ["web"]
    assert wanted.notices[0].startswith(f"{db} has problems, it is left out: {db}:1:")


def test_files_that_do_not_fit_together_are_in_force_and_it_is_said(tmp_path: Path) -> None:
    files = [file(tmp_path, "a", ", depends_on: b"), file(tmp_path, "b", ", depends_on: a")]

    wanted = read(files, load, NoCopies(), strict=False)

    assert list(wanted.config.watches) == ["a", "b"]
    assert "the files do not fit together" in wanted.notices[0]
    assert "a -> b -> a" in wanted.notices[0]


def test_whoever_stands_at_a_terminal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read([file(tmp_path, "web", ", depends_on: db")], load, NoCopies(), strict=True)
