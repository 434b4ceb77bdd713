"""`depends_on`: how it is written, and what of it cannot be."""

from pathlib import Path

import pytest
from machines import machine

from overseer.config import load
from overseer.errors import ConfigError
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.watch import Watch


def read(folder: Path, text: str, **others: Watch) -> dict[str, Watch]:
    file = folder / "w.yml"
    file.write_text("defaults: {user: root, command: serve}\nwatches:\n" + text)
    return dict(load([str(file)], check_host=False, host=machine(), elsewhere=others).watches)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as found:
        read(folder, text)
    place = str(folder / "w.yml:")
    return [str(problem).removeprefix(place) for problem in found.value.problems]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("db", (Dependency("db"),)),
        ("[db, cache]", (Dependency("db"), Dependency("cache"))),
        ("{db: ready, cache: }", (Dependency("db", Need.READY), Dependency("cache"))),
        ("[{db: started}, cache]", (Dependency("db", Need.STARTED), Dependency("cache"))),
        (
            "{db: {until: ready, propagate: restart}}",
            (Dependency("db", Need.READY, Propagate.RESTART),),
        ),
        ("'@store'", (Dependency("@store"),)),
    ],
)
def test_how_it_is_written(tmp_path: Path, text: str, meant: tuple[Dependency, ...]) -> None:
    found = read(tmp_path, f"  web: {{depends_on: {text}}}\n  db: {{tags: store}}\n  cache: {{}}")

    assert found["web"].depends_on == meant


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dbs", "3:21: depends_on: there is no watch or tag dbs; did you mean db?"),
        ("web", "3:21: depends_on: web depends on itself; leave it out"),
        ("{db: redy}", "depends_on: db: 'redy'"),
        ("[db, db]", "3:26: depends_on: db is here twice; write it once"),
        ("{db: {propogate: stop}}", "did you mean propagate?"),
        ("{db: completed}", "db never completes, as it is started again whenever it ends"),
        ("7 8", "depends_on"),
        (
            "{db: {propagate: stop}}, schedule: '@daily'",
            "web is run by a schedule, and nothing of it is to be kept up; leave propagate out",
        ),
    ],
)
def test_what_cannot_be_is_said_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = refused(tmp_path, f"  web: {{depends_on: {text}}}\n  db: {{}}")

    assert problem in found


def test_a_circle_is_said_with_its_way(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        "  web: {depends_on: api}\n  api: {depends_on: [db]}\n  db: {depends_on: {web: ready}}\n",
    )

    assert found == ["3:21: depends_on: a circle, web -> api -> db -> web; take one of them out"]


def test_a_name_stands_for_all_copies(tmp_path: Path) -> None:
    found = read(tmp_path, "  web: {instances: 2}\n  proxy: {depends_on: {web: started}}")

    assert found["proxy"].depends_on == (Dependency("web", Need.STARTED),)
    assert found.keys() == {"web-1", "web-2", "proxy"}


def test_what_another_file_has_may_be_depended_on(tmp_path: Path) -> None:
    db = read(tmp_path, "  db: {}")["db"]

    assert read(tmp_path, "  web: {depends_on: db}", db=db)["web"].depends_on


def test_of_some_files_what_is_missing_is_worth_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "w.yml"
    file.write_text("watches: {web: {user: root, command: serve, depends_on: db}}")

    (warning,) = load([str(file)], check_host=False, host=machine(), elsewhere=None).warnings

    assert "there is no watch or tag db" in str(warning)


def test_a_circle_of_these_files_is_one_whatever_others_say(tmp_path: Path) -> None:
    file = tmp_path / "w.yml"
    file.write_text(
        "defaults: {user: root, command: serve}\nwatches: {a: {depends_on: b}, b: {depends_on: a}}"
    )

    with pytest.raises(ConfigError, match="a circle, a -> b -> a"):
        load([str(file)], check_host=False, host=machine(), elsewhere=None)
    (warning,) = load(
        [str(file)], check_host=False, host=machine(), elsewhere=None, forgiving=True
    ).warnings
    assert "a circle, a -> b -> a" in str(warning)
