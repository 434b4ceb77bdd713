"""Trees of what depends on what."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.cli.tree import branches, drawing, mermaid, states

FILE = """
watches:
  web: {command: serve, user: root, depends_on: {db: ready, cache: started}}
  cache: {command: cached, user: root, depends_on: db}
  db: {command: dbd, user: root}
"""


def graph(*words: str) -> str:
    out = io.StringIO()
    assert main(["graph", *words], Context(out=out)) == 0
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "w.yml"
    path.write_text(FILE)
    return str(path)


def test_under_each_stands_what_it_depends_on(file: str) -> None:
    assert graph(file).splitlines() == [
        "web",
        "├─ db  ready",
        "└─ cache  started",
        "   └─ db  started",
    ]


def test_for_documents(file: str) -> None:
    assert graph("--mermaid", file).splitlines() == [
        "flowchart TD",
        '    n0["web"]',
        '    n1["cache"]',
        '    n2["db"]',
        "    n0 -->|ready| n2",
        "    n0 -->|started| n1",
        "    n1 -->|started| n2",
    ]


def test_for_programs(file: str) -> None:
    assert json.loads(graph("--json", file)) == {
        "web": {"db": "ready", "cache": "started"},
        "cache": {"db": "started"},
        "db": {},
    }


def test_without_any_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text("watches: {a: {command: x, user: root}}")

    assert graph(str(tmp_path / "w.yml")).startswith("nothing depends on anything")


def test_what_was_shown_with_all_below_it_is_not_shown_so_again() -> None:
    needs = {"a": {"c": "ready"}, "b": {"c": "ready"}, "c": {"d": "started"}}

    assert list(drawing(["a", "b", "c", "d"], needs)) == [
        "a",
        "└─ c  ready",
        "   └─ d  started",
        "b",
        "└─ c  ready (see above)",
    ]


def watch(name: str, phase: str, note: str = "", **needs: str) -> dict[str, Any]:
    depends_on = [
        {"on": on, "need": need.removeprefix("not "), "met": not need.startswith("not ")}
        for on, need in needs.items()
    ]
    return {"name": name, "phase": phase, "state": phase, "goal": "up", "note": note} | {
        "depends_on": depends_on
    }


STATUS = {
    "watches": [
        watch("web", "waiting", "waiting for db to be ready", db="not ready", gone="not started"),
        watch("db", "starting"),
        watch("other", "up"),
    ],
    "daemon": {"pid": 7, "host": "here"},
    "notices": [],
}


def test_states_stand_beside_the_tree() -> None:
    assert states(STATUS, (), None, False)[:5] == [
        "WATCH    STATE     NEEDED       NOTE",
        "web      waiting                waiting for db to be ready",
        "├─ db    starting  not ready",
        "└─ gone  -         not started  there is no such watch",
        "other    up",
    ]


def test_of_those_named_only() -> None:
    assert states(STATUS, ("other",), None, False)[1:3] == ["other  up", ""]


def test_only_the_word_of_the_state_is_coloured() -> None:
    lines = states(STATUS, (), None, True)

    assert lines[2] == "├─ db    \x1b[33mstarting\x1b[0m  not ready"


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"))))
def test_every_watch_is_drawn_and_circles_end(found: dict[str, set[str]]) -> None:
    names = list("abcdef")
    needs = {name: sorted(found.get(name, ())) for name in names}

    drawn = list(branches(names, needs))

    assert {one.name for one in drawn} == set(names)
    assert len(drawn) <= len(names) + sum(map(len, needs.values()))
    assert len(list(mermaid(names, {k: dict.fromkeys(v, "ready") for k, v in needs.items()})))
