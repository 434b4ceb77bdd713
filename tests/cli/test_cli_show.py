"""The table fits, and says why and what next."""

from typing import Any

import pytest

from overseer.cli import show


def watch(**more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "goal": "up",
        "state": "up",
        "phase": "up",
        "pid": 4107,
        "uptime_s": 273600.0,
        "cpu_percent": 2.0,
        "memory_bytes": 61 * 2**20,
        "restarts": 1,
        "note": "",
        **more,
    }


HELD = watch(
    name="flap",
    phase="held",
    pid=None,
    uptime_s=None,
    cpu_percent=None,
    memory_bytes=None,
    restarts=5,
    note="5 launches within 5m, last exit code 1; tried again 15:42:07",
)


LONG = watch(
    name="web-frontend-production-with-a-long-name-number-one",
    phase="backoff",
    note="killed by SIGKILL after 3d; next try 03:03:17",
)


def flat(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def status(*watches: dict[str, Any]) -> dict[str, Any]:
    return {"watches": watches, "daemon": {"pid": 8, "host": "web1"}, "notices": ["1 alert waits"]}


def test_a_line_a_watch_and_a_last_line_for_all() -> None:
    assert show.table(status(watch(), HELD), None, coloured=False) == [
        "WATCH  STATE  PID   UP    CPU   MEM   RST  NOTE",
        "web    up     4107  3d4h  2.0%  61MB  1",
        "flap   held   -     -     -     -     5    "
        "5 launches within 5m, last exit code 1; tried again 15:42:07",
        "",
        "1 up of 2 wanted, 1 held; overseer pid 8 on web1",
        "1 alert waits",
    ]


def test_on_a_terminal_no_line_is_longer_than_it() -> None:
    for width in (40, 80, 120):
        lines = show.table(status(watch(), HELD, LONG), width, coloured=False)

        assert max(map(len, lines)) <= width
        assert HELD["note"] in flat(lines)


@pytest.mark.field("D3")
@pytest.mark.parametrize("width", [40, 80, 120, None])
def test_one_long_name_takes_no_state_and_no_note_away(width: int | None) -> None:
    text = flat(show.table(status(watch(), HELD, LONG), width, coloured=False))

    assert "held" in text
    assert "tried again 15:42:07" in text
    assert "killed by SIGKILL after 3d; next try 03:03:17" in text
    assert "web-front" in text
    assert "umber-one" in text


@pytest.mark.field("D3")
def test_every_watch_is_in_one_of_the_numbers() -> None:
    down = watch(goal="down", phase="stopped", pid=None)
    night = watch(phase="scheduled", kind="scheduled", pid=None)
    frozen = watch(suspended=True)
    full = watch(kind="task", incidents=[{"id": "disk.1", "headline": "full", "since": None}])

    assert show.totals([watch()] * 13 + [down] * 3) == "13 up of 13 wanted, 3 stopped"
    assert show.totals([watch(), HELD, night]) == "1 up of 2 wanted, 1 held, 1 scheduled"
    assert show.totals([watch(), frozen]) == "1 up of 2 wanted, 1 suspended"
    assert show.totals([watch(), full]) == "2 up of 2 wanted, 1 incident open"


@pytest.mark.field("D3")
def test_a_screen_that_is_too_low_keeps_the_numbers() -> None:
    lines = show.table(status(*[watch()] * 50), 80, coloured=False)

    shown = show.shortened(lines, 10)

    assert len(shown) == 10
    assert shown[-4:] == ["… 45 more lines", "", *show.summary(status(*[watch()] * 50))]


def test_colour_is_for_the_word_of_the_state_alone() -> None:
    line = show.table(status(watch()), None, coloured=True)[1]

    assert line.startswith("web    \x1b[32mup\x1b[0m  ")


@pytest.mark.field("N4")
def test_a_one_shot_that_runs_is_not_counted_as_up_and_what_is_stopped_is_suspended() -> None:
    runs = watch(kind="once")
    frozen = watch(suspended=True)
    late = watch(suspended=True, phase="stopping")

    assert show.totals([watch(), runs]) == "1 up of 1 wanted, 1 running"
    assert [show.word(one) for one in (runs, frozen, late)] == [
        *("running", "suspended", "stopping (suspended)")
    ]
