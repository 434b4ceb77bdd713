"""god configurations, as they are imported."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gods import CONFIGS, Imported, translated

from overseer.config import load


@pytest.fixture(scope="session")
def needs_ruby() -> None:
    if shutil.which("ruby") is None:
        pytest.skip("god configurations are Ruby, and there is no ruby here")


@pytest.fixture
def imported(
    needs_ruby: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str | Path], Imported]:
    """One of the configurations here by its name, or any file."""
    monkeypatch.setenv("STAGE", "production")

    def imported(name: str | Path) -> Imported:
        path = name if isinstance(name, Path) else CONFIGS / f"{name}.god"
        text = translated(path)
        written = tmp_path / "imported.yml"
        written.write_text(text)
        return Imported(text, load([written], check_host=False))

    return imported


@pytest.fixture
def of(imported: Callable[[Path], Imported], tmp_path: Path) -> Callable[[str], Imported]:
    """What becomes of these lines inside of one watch named `web`."""

    def of(lines: str, *, around: str = "") -> Imported:
        path = tmp_path / f"web-{abs(hash((lines, around)))}.god"
        watch = f"God.watch do |w|\n  w.name = 'web'\n  w.start = '/bin/web'\n{lines}\nend\n"
        path.write_text(f"{around}\n{watch}")
        return imported(path)

    return of
