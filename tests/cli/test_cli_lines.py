"""Lines of the history, and stories that are told again and again."""

from typing import Any

from overseer.cli.lines import folded, line


def entry(message: str, second: int = 0, watch: str = "web", kind: str = "moved") -> dict[str, Any]:
    at = f"2026-11-23T15:{second // 60:02}:{second % 60:02}+01:00"
    return {"at": at, "watch": watch, "kind": kind, "message": message, "by": ""}


def test_what_repeats_itself_is_told_once() -> None:
    past = [entry("up"), *(entry("exit code 1", n) for n in range(12)), entry("stopped", 99)]

    assert folded(past, 50) == [
        "2026-11-23 15:00:00 web: up",
        "2026-11-23 15:00:00 web: exit code 1 … 12 times, the last 2026-11-23 15:00:11",
        "2026-11-23 15:01:39 web: stopped",
    ]


def test_a_story_of_several_lines_is_folded_as_a_whole() -> None:
    past = [entry(text, n) for n in range(5) for text in ("crashed", "started")]

    assert folded(past, 50) == [
        "2026-11-23 15:00:00 web: crashed",
        "2026-11-23 15:00:00 web: started",
        "  … these 2 lines 5 times, the last 2026-11-23 15:00:04",
    ]


def test_within_a_story_that_is_folded_what_repeats_itself_is_folded_too() -> None:
    round = ["tried again", *["exit code 3"] * 8, "held"]
    past = [entry(text, n) for n in range(3) for text in round]

    assert [text.split(" web: ")[-1].strip() for text in folded(past, 50)] == [
        "tried again",
        "exit code 3 … 8 times, the last 2026-11-23 15:00:00",
        "held",
        "… these 3 lines 3 times, the last 2026-11-23 15:00:02",
    ]


def test_pids_moments_durations_and_sizes_do_not_make_another_story() -> None:
    past = [
        entry(f"pid {400 + n}: memory 10{n}MB after 0.{n}s, cpu {n}%, next 15:42:0{n}", n)
        for n in range(4)
    ]

    assert len(folded(past, 50)) == 1


def test_another_exit_code_or_watch_is_another_story() -> None:
    assert len(folded([entry(f"exit code {n}") for n in range(4)], 50)) == 4
    assert len(folded([entry("exit code 1", watch=f"w{n}") for n in range(4)], 50)) == 4


def test_twice_is_not_worth_folding() -> None:
    assert len(folded([entry("crashed"), entry("crashed")], 50)) == 2


def test_the_newest_lines_are_shown_and_no_more_than_asked_for() -> None:
    past = [entry(f"exit code {n}") for n in range(20)]

    assert folded(past, 2) == [line(past[18]), line(past[19])]
    assert folded(past, 0) == []


def test_colour_is_for_what_went_wrong_and_what_went_well() -> None:
    assert "\x1b[31mexit code 1\x1b[0m" in line(entry("exit code 1", kind="exited"), coloured=True)
    assert "\x1b[32m" in line(entry("up", kind="up"), coloured=True)
    assert "\x1b" not in line(entry("up\x1b[2J", kind="up"))


def test_what_the_log_said_stands_behind_the_message() -> None:
    one = entry("exit code 1") | {"error_line": "OSError: \x1b[31min use"}

    assert line(one) == "2026-11-23 15:00:00 web: exit code 1 (OSError: \ufffd[31min use)"
