"""A daemon begins with everything that can be had of its files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from overseer import config
from overseer.config.files import Texts
from overseer.control.applied import Applied
from overseer.daemon.opening import Wanted, read
from overseer.errors import ConfigError
from overseer.model.watch import Watch


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.applied = Applied(str(folder / "applied"))

    def file(self, name: str, more: str = "") -> str:
        path = self.folder / f"{name}.yml"
        path.write_text(
            f"watches: {{{name}: {{user: root, command: 'serve {{{{ here }}}}'{more}}}}}"
        )
        return str(path)

    def was_applied(self, file: str) -> None:
        self.applied.keep(file, {file: Path(file).read_text()})

    def read(self, *given: str, loaded: Sequence[str] = (), strict: bool = False) -> Wanted:
        return read(given, loaded, load, self.applied, strict=strict)


def load(
    files: Sequence[str], elsewhere: Mapping[str, Watch] | None, texts: Texts | None
) -> config.Config:
    return config.load(  # as the daemon does
        files, check_host=False, elsewhere=elsewhere, forgiving=elsewhere is None, texts=texts
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_broken_file_is_left_out_and_named(site: Site) -> None:
    web, db = site.file("web", ", depends_on: db"), site.file("db", ", nonsense: 1")

    wanted = site.read(web, db)

    assert list(wanted.config.watches) == ["web"]
    assert wanted.start.left_out == (db,)
    assert wanted.notices[0].startswith(f"{db} has problems, it is left out: {db}:1:")


def test_its_last_applied_version_is_used_under_its_own_name(site: Site) -> None:
    web, db = site.file("web"), site.file("db")
    site.was_applied(db)
    site.file("db", ", nonsense: 1")

    wanted = site.read(web, db)

    watch = wanted.config.watches["db"]
    assert watch.origin.file == db
    assert watch.program.command == ("serve", str(site.folder))
    assert wanted.config.sources == {web: (web,), db: (db,)}
    assert wanted.start.left_out == ()
    assert wanted.notices[0].startswith(f"{db} has problems, its last applied version is used: ")


def test_an_applied_version_that_is_no_longer_in_order_is_left_out(site: Site) -> None:
    db = site.file("db", ", nonsense: 1")
    site.was_applied(db)

    wanted = site.read(site.file("web"), db)

    assert list(wanted.config.watches) == ["web"]
    assert wanted.start.left_out == (db,)


def test_of_two_files_that_cannot_both_be_the_first_one_is_in_force(site: Site) -> None:
    web, again = site.file("web"), str(site.folder / "again.yml")
    Path(again).write_text(Path(web).read_text())

    wanted = site.read(web, again)

    assert wanted.config.watches["web"].origin.file == web
    assert wanted.start.left_out == (again,)
    assert "write it once" in wanted.notices[0]


def test_files_that_do_not_fit_together_are_in_force_and_it_is_said(site: Site) -> None:
    files = [site.file("a", ", depends_on: b"), site.file("b", ", depends_on: a")]

    wanted = site.read(*files)

    assert list(wanted.config.watches) == ["a", "b"]
    assert "the files do not fit together" in wanted.notices[0]
    assert "a -> b -> a" in wanted.notices[0]


def test_whoever_stands_at_a_terminal_is_refused(site: Site) -> None:
    with pytest.raises(ConfigError):
        site.read(site.file("web", ", depends_on: db"), strict=True)


def test_what_an_earlier_daemon_was_told_to_load_is_in_force_again(site: Site) -> None:
    web, db = site.file("web"), site.file("db")

    wanted = site.read(web, loaded=[db, web], strict=True)

    assert list(wanted.config.watches) == ["web", "db"]
    assert wanted.start.given == (web,)


def test_it_stands_in_nobodys_way_and_can_be_forgotten(site: Site) -> None:
    web, db = site.file("web"), site.file("db")
    site.was_applied(db)
    Path(db).unlink()

    wanted = site.read(web, loaded=[db], strict=True)

    assert list(wanted.config.watches) == ["web", "db"]
    assert wanted.notices[0].endswith(f"no such file; `overseer load {db}` forgets it")
    with pytest.raises(ConfigError):
        site.read(site.file("web", ", nonsense: 1"), loaded=[db], strict=True)
