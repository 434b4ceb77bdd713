"""A daemon begins with everything that can be had of its files."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from overseer import config
from overseer.config.files import Texts
from overseer.config.lenient import Leniency
from overseer.control.applied import Applied
from overseer.daemon import load_files
from overseer.daemon.opening import Wanted, read
from overseer.errors import ConfigError
from overseer.model.watch import Watch

CONTACT = "contacts: {ops: {command: /bin/true}}\n"


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

    def several(self, *watches: str, name: str = "all", before: str = "", after: str = "") -> str:
        path = self.folder / f"{name}.yml"
        lines = [f"  {one.replace('{', '{command: /bin/true, ')}" for one in watches]
        usual = "" if "defaults" in after else "defaults: {user: root}\n"
        path.write_text("\n".join([f"{before}{usual}watches:", *lines, after]))
        return str(path)

    def was_applied(self, file: str) -> None:
        self.applied.keep(file, {file: Path(file).read_text()})

    def read(self, *given: str, loaded: Sequence[str] = (), strict: bool = False) -> Wanted:
        return read(given, loaded, load, self.applied, strict=strict)


def load(
    files: Sequence[str],
    elsewhere: Mapping[str, Watch] | None,
    texts: Texts | None,
    lenient: Leniency,
    here: bool,
) -> config.Config:
    return load_files.load(files, elsewhere, {}, texts, lenient, here)


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


@pytest.mark.field("A6")
def test_a_problem_within_one_watch_costs_that_watch(site: Site) -> None:
    file = site.several(
        "good: {}", "memory: {memroy: 1}", "web: {interval: x}", "nouser: {user: zz}"
    )

    wanted = site.read(file)

    assert list(wanted.config.watches) == ["good", "nouser"]
    assert wanted.config.left_out == {"memory": file, "web": file}
    assert "memory and web are left out" in wanted.notices[0]
    assert "memroy" in wanted.notices[0]
    assert "interval" in wanted.notices[0], "all problems are named"


def test_it_is_as_it_was_when_it_was_applied(site: Site) -> None:
    file = site.several("good: {}", "web: {interval: 7s, instances: 2}")
    site.was_applied(file)
    site.several("good: {interval: 9s}", "new: {}", "web: {interval: x, instances: 2}")

    wanted = site.read(file)

    watches = wanted.config.watches
    assert list(watches) == ["good", "new", "web-1", "web-2"]
    assert watches["good"].interval == 9.0
    assert watches["web-1"].interval == 7.0
    assert "of web the last applied version is used" in wanted.notices[0]


@pytest.mark.field("C10")
def test_what_the_machine_lacks_is_no_problem_of_the_file_but_for_who_is_there(site: Site) -> None:
    lines = [f"w{n}: {{dir: /gone/{n}, user: zz}}" for n in range(16)]
    file = site.several(*lines)

    wanted = site.read(file)

    assert len(wanted.config.watches) == 16
    assert not wanted.notices
    with pytest.raises(ConfigError) as refused:
        site.read(file, strict=True)
    assert len(refused.value.problems) == 32, "all of them, not the first"


@pytest.mark.parametrize(
    "wrong", ["defaults: {usr: deploy}", "vars: {here: 1}", "templates: 5", "watches: [", "oops: 1"]
)
def test_what_is_wrong_around_them_is_answered_by_the_version_before(
    site: Site, wrong: str
) -> None:
    file = site.several("web: {interval: 7s}", before=CONTACT)
    site.was_applied(file)
    site.several("web: {interval: 9s}", before=CONTACT, after=wrong)

    assert site.read(file).config.watches["web"].interval == 7.0
    site.applied.forget(file)
    wanted = site.read(file)
    assert not wanted.config.watches
    assert wanted.start.left_out == (file,)
    assert list(wanted.config.contacts) == ["ops"], "somebody has to be told"


@pytest.mark.parametrize(
    "wrong", ["settings: {log_sise: 1}", "contact_groups: {g: [nobody]}", "include: no/*.yml"]
)
def test_a_contact_or_a_setting_stops_no_program(site: Site, wrong: str) -> None:
    file = site.several("web: {notify: ops}", before=CONTACT, after=wrong)

    wanted = site.read(file)

    assert list(wanted.config.watches) == ["web"]
    assert "is left out" in wanted.notices[0]


@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        ("contacts: [ops]\n", "contacts: a list is not understood"),
        ("contacts: {opps: {command: /bin/true}}\n", "there is no contact ops"),
        ("x-contacts: {}\n", "there is no contact ops"),
    ],
)
@pytest.mark.field("A6")
def test_a_contact_that_is_not_there_stops_no_program(site: Site, contacts: str, said: str) -> None:
    file = site.several("web: {notify: ops}", "db: {notify: [ops]}", before=contacts)

    wanted = site.read(file)

    assert list(wanted.config.watches) == ["web", "db"]
    assert said in wanted.notices[0]


def test_a_broken_file_that_is_included_costs_its_own(site: Site) -> None:
    site.several("a: {}", name="a")
    site.several("b: {}", name="b", after="defaults: [")
    file = site.several("c: {}", name="main", before="include: [a.yml, b.yml]\n")

    wanted = site.read(file)

    assert sorted(wanted.config.watches) == ["a", "c"]
    assert f"{site.folder}/b.yml is left out" in wanted.notices[0]


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
    assert wanted.notices[0].endswith(
        f"no such file; `overseer unload {db}` stops and forgets what it had"
    )
    with pytest.raises(ConfigError):
        site.read(site.file("web", ", nonsense: 1"), loaded=[db], strict=True)


def vanished(path: Path) -> None:
    path.unlink()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def linked_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def empty_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.field("M1")
@pytest.mark.parametrize("lost", [vanished, dangling, linked_to_itself, empty_folder])
@pytest.mark.parametrize("alone", [True, False])
def test_a_file_that_is_not_there_is_as_it_was_applied_or_left_out(
    site: Site, lost: Callable[[Path], None], alone: bool
) -> None:
    db, others = site.file("db"), [] if alone else [site.file("web")]
    site.was_applied(db)
    lost(Path(db))

    wanted = site.read(db, *others)

    assert set(wanted.config.watches) == {"db", *(() if alone else ("web",))}
    assert wanted.notices[0].startswith(f"{db} has problems, its last applied version is used: ")

    site.applied.forget(db)
    wanted = site.read(db, *others)

    assert list(wanted.config.watches) == ([] if alone else ["web"])
    assert wanted.start.left_out == (db,)
    assert wanted.notices[0].startswith(f"{db} has problems, it is left out: ")


@pytest.mark.field("M1")
def test_an_emptied_folder_is_as_it_was_applied(site: Site) -> None:
    folder = site.folder / "conf"
    folder.mkdir()
    (folder / "web.yml").write_text("watches: {web: {user: root, command: serve}}")
    file = str(folder / "web.yml")
    site.applied.keep(str(folder), {file: Path(file).read_text()})
    Path(file).unlink()

    assert list(site.read(str(folder)).config.watches) == ["web"]

    folder.rmdir()
    assert list(site.read(str(folder)).config.watches) == ["web"]


@pytest.mark.field("M2")
def test_watches_that_are_left_out_are_named_beside_files_that_are(site: Site) -> None:
    site.several("b: {}", name="b", after="defaults: [")
    file = site.several(
        "bad: {comand: x}", "good: {}", "web: {memory: lots, instances: 2}",
        name="main", before="include: [b.yml]\n",
    )  # fmt: skip

    wanted = site.read(file)

    cost = f"bad and web are left out, {site.folder}/b.yml is left out: "
    assert wanted.notices[0].startswith(f"{file} has problems, {cost}")
    assert wanted.start.missing == {"bad": file, "web": file}


@pytest.mark.field("M4")
@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("", "`overseer unload {0}/c.yml` stops and forgets what it had"),
        ("main.yml", "take {0}/c.yml out of what {0}/main.yml includes"),
    ],
)
def test_the_notice_says_how_an_emptied_file_is_forgotten(
    site: Site, pattern: str, advice: str
) -> None:
    c = site.file("c")
    root = site.several("web: {}", name="main", before="include: c.yml\n") if pattern else c
    Path(c).write_text("")

    (notice,) = site.read(root).notices

    assert advice.format(site.folder) in notice
