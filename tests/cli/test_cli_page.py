"""One watch in full, and a page that is drawn again."""

from typing import Any

from overseer.cli.page import page

FULL = {
    "command": "/srv/app/serve --port 8000",
    "user": "deploy",
    "group": None,
    "origin": "/etc/overseer/web.yml:12",
    "pid_file": None,
    "set_by": "alice",
    "set_words": "@front",
    "set_at": "2026-11-20T09:00:00+01:00",
    "log": "/var/log/overseer/web.log",
    "err_log": None,
    "trouble": "",
    "says": "",
    "history": [
        {
            "at": "2026-11-23T15:40:07+01:00",
            "watch": "web",
            "kind": "restarted",
            "message": "memory 104MB, above 100MB (3 of 5)",
            "by": "",
        }
    ],
    "output": ["ready", "\x1b[31mred\x1b[0m\tx"],
}


def web(full: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "tags": ["front"],
        "goal": "up",
        "state": "up",
        "phase": "up",
        "pid": 4107,
        "since": "2026-11-23T15:40:08+01:00",
        "uptime_s": 7200.0,
        "cpu_percent": 2.0,
        "memory_bytes": 61 * 2**20,
        "restarts": 1,
        "held": False,
        "reason": "",
        "note": "last: exit code 1",
        "next": {"what": "next try", "at": "2026-11-23T15:42:07+01:00", "in_s": 4.0},
        "last_exit": {"signal": 9, "at": "2026-11-23T15:40:07+01:00", "ran_for_s": 61.0},
        "samples": [
            {
                "condition": "memory_usage",
                "values": ["61MB", "*104MB"],
                "limit": "above 100MB (3 of 5)",
                "met": False,
            }
        ],
        "full": FULL | (full or {}),
        **more,
    }


def test_one_watch_in_full_says_all_that_is_known_of_it() -> None:
    assert page(web()) == [
        "web",
        "  state      up (in the graph: up since 2026-11-23 15:40:08)",
        "  why        last: exit code 1",
        "  next       next try 2026-11-23 15:42:07 (in 4s)",
        "  goal       up, set by alice as '@front', 2026-11-20 09:00:00",
        "  tags       @front",
        "  pid        4107",
        "  up         2h",
        "  cpu        2.0%",
        "  memory     61MB",
        "  restarts   1",
        "  last exit  SIGKILL, 2026-11-23 15:40:07, after 1m1s",
        "  command    /srv/app/serve --port 8000",
        "  user       deploy",
        "  file       /etc/overseer/web.yml:12",
        "  log        /var/log/overseer/web.log",
        "  checks",
        "    memory_usage: 61MB, *104MB  (limit above 100MB (3 of 5))",
        "  history",
        "    2026-11-23 15:40:07  restarted: memory 104MB, above 100MB (3 of 5)",
        "  output",
        "    ready",
        "    \ufffd[31mred\ufffd[0m    x",
    ]


def test_trouble_has_a_line_of_its_own() -> None:
    trouble = "its pid file names the start command itself"

    assert f"  trouble    {trouble}" in page(web({"trouble": trouble}))


def test_a_watch_without_a_past_says_so_in_dashes() -> None:
    nobody = {"set_by": "", "set_words": "", "set_at": None, "history": []}
    lines = page(web(nobody, last_exit=None, next=None))

    assert "  last exit  -" in lines
    assert "  next       -" in lines
    assert "  goal       up" in lines
    assert "  history" not in lines


def test_colour_is_for_the_word_of_the_state_alone() -> None:
    assert page(web(), coloured=True)[1].startswith("  state      \x1b[32mup\x1b[0m (")


def test_what_its_log_said_when_it_ended() -> None:
    at = "2026-11-23T15:40:07+01:00"
    kept = {"at": at, "lines_at": at, "message": "exit code 1", "lines": ["\x1bx"], "note": ""}

    lines = page(web({"evidence": kept}))

    place = lines.index("  its log at 2026-11-23 15:40:07 (exit code 1)")
    assert lines[place + 1] == "    \ufffdx"
    assert not [text for text in page(web({"evidence": None})) if "its log" in text]
