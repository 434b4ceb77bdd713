"""The table fits, and says why and what next."""

from typing import Any

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


def status(*watches: dict[str, Any]) -> dict[str, Any]:
    return {"watches": watches, "daemon": {"pid": 8, "host": "web1"}, "notices": ["1 alert waits"]}


def test_a_line_a_watch_and_a_last_line_for_all() -> None:
    assert show.table(status(watch(), HELD), None, coloured=False) == [
        "WATCH  STATE  PID   UP    CPU   MEM   RST  NOTE",
        "web    up     4107  3d4h  2.0%  61MB  1",
        "flap   held   -     -     -     -     5    "
        "5 launches within 5m, last exit code 1; tried again 15:42:07",
        "",
        "1 up of 2 wanted · 1 held; overseer pid 8 on web1",
        "1 alert waits",
    ]


def test_on_a_terminal_no_line_is_longer_than_it() -> None:
    lines = show.table(status(watch(), HELD), 80, coloured=False)[:3]

    assert max(map(len, lines)) <= 80
    assert lines[2].endswith("…")


def test_colour_is_for_the_word_of_the_state_alone() -> None:
    line = show.table(status(watch()), None, coloured=True)[1]

    assert line.startswith("web    \x1b[32mup\x1b[0m  ")
