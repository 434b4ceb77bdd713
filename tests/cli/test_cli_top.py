"""What uses how much; waiting; metrics; the plan as an object."""

import json
from typing import Any

import pytest
from test_cli_main import run
from test_cli_show import watch

from overseer.cli.top import ordered, table


def using(name: str, cpu: float | None, memory: int, processes: int = 1) -> dict[str, Any]:
    return watch(name=name, cpu_percent=cpu, memory_bytes=memory, processes=processes)


STATUS = {
    "watches": [using("web", 2.0, 61 * 2**20, 3), using("db", 50.0, 2**20), using("new", None, 0)],
    "daemon": {"pid": 8, "host": "web1"},
}
ANSWER = {"done": True, "code": 0, "status": STATUS}


def test_what_uses_most_stands_first() -> None:
    every = STATUS["watches"]
    assert isinstance(every, list)

    assert [one["name"] for one in ordered(every, "cpu")] == ["db", "web", "new"]
    assert [one["name"] for one in ordered(every, "memory")] == ["web", "db", "new"]
    assert [one["name"] for one in ordered(every, "name")] == ["db", "new", "web"]


def test_the_table_begins_with_what_all_use() -> None:
    lines = table(STATUS, "cpu", None, coloured=False)

    assert lines[0] == "web1: 3 watches, 5 processes, cpu 52%, memory 62MB; by cpu"
    assert lines[2].split() == ["WATCH", "STATE", "PID", "PROCS", "UP", "RST", "CPU", "MEM"]
    assert lines[3].split() == ["db", "up", "4107", "1", "3d4h", "1", "50%", "1MB"]


@pytest.mark.field("D3")
@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    long = using("web-frontend-production-with-a-long-name-number-one", 2.0, 61 * 2**20)
    lines = table({**STATUS, "watches": [long]}, "cpu", width, coloured=False)

    assert max(map(len, lines)) <= width
    assert lines[3].endswith("61MB")


def test_without_a_terminal_it_is_one_table_of_whole_trees() -> None:
    busy = {"watches": [using("web", 2.0, 2**20)], "daemon": {"pid": 8, "host": "web1"}}

    code, out, _, asked = run("top --sort memory", {"done": True, "code": 0, "status": busy})

    assert (code, len(out.splitlines())) == (0, 4)
    assert asked == [("status", {"names": [], "tree": True})]


@pytest.mark.parametrize("words", ["top --every 0s", "top --every soon", "top --sort size"])
def test_a_wish_that_makes_no_sense_is_a_usage_error(words: str) -> None:
    assert run(words, ANSWER)[0] == 2


def test_wait_needs_a_name_and_passes_on_what_is_waited_for() -> None:
    assert run("wait")[0] == 2
    code, _, err, asked = run(
        "wait web --for down --timeout 60s", {"done": True, "code": 1, "error": "not down"}
    )

    assert (code, err) == (1, "overseer: not down\n")
    assert asked == [("wait", {"names": ["web"], "all": False, "for": "down", "timeout": 60.0})]


def test_metrics_are_printed_as_they_are_scraped() -> None:
    status = {
        "watches": [using("web", 2.0, 61 * 2**20, 3)],
        "daemon": {"version": "1", "host": "web1", "since": "2026-11-23T15:40:08+01:00"},
        "alerts": {"waiting": 0, "lost": 0},
        "left_over": [],
        "trouble": "",
        "says": "",
    }

    _, out, _, asked = run("metrics", {"done": True, "code": 0, "status": status})

    assert asked == [("status", {"tree": True})]
    assert 'overseer_watch_processes{watch="web"} 3\n' in out
    assert "overseer_start_time_seconds 1795444808\n" in out


def test_a_plan_may_be_had_as_an_object_and_nothing_is_applied() -> None:
    plan = {
        "code": 0,
        "plan": "1",
        "text": ["web: changed"],
        "changes": [{"watch": "web"}],
        "warnings": [],
        "asks": True,
    }

    code, out, _, asked = run("diff --json", plan)

    assert code == 0
    assert json.loads(out)["changes"] == [{"watch": "web"}]
    assert [do for do, _ in asked] == ["plan"]
