"""The last versions of watch files that were in force."""

from pathlib import Path

from make_believe_daemon import Daemon, watch

from overseer.control.applied import Applied

FILE = "/etc/o.yml"


def text(applied: Applied, root: str) -> str | None:
    copy = applied.find(root)
    return None if copy is None else copy.read(root)


def test_a_file_and_what_it_includes_are_read_as_what_they_are_copies_of(tmp_path: Path) -> None:
    included = "/etc/conf.d/a.yml"
    applied = Applied(str(tmp_path / "applied"))

    applied.keep(FILE, {FILE: "good", included: "also good"})

    copy = applied.find(FILE)
    assert copy is not None
    assert copy.root(FILE) == (FILE,)
    assert copy.root("/etc/conf.d") == (included,)
    assert copy.matching("/etc/conf.d/*.yml", FILE) == (included,)
    assert copy.matching("/etc/conf.d", FILE) == (included,)
    assert copy.read(included) == "also good"
    applied.forget(FILE)
    assert applied.find(FILE) is None


def test_a_second_version_replaces_the_first(tmp_path: Path) -> None:
    applied = Applied(str(tmp_path / "applied"))
    for one in ("one", "two"):
        applied.keep(FILE, {FILE: one})

    assert text(applied, FILE) == "two"


def test_what_was_in_force_is_what_is_kept(daemon: Daemon, tmp_path: Path) -> None:
    daemon.begins(watch("web"))

    assert text(Applied(str(tmp_path / "applied")), FILE) == f"text of {FILE}"


def test_a_disk_that_takes_no_copy_is_no_disaster(tmp_path: Path) -> None:
    (tmp_path / "applied").write_text("a file where a folder should be")
    applied = Applied(str(tmp_path / "applied"))

    applied.keep(FILE, {FILE: "good"})

    assert applied.find(FILE) is None
