"""What a mail worker writes down of itself, and what a watch makes of it."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scenes import ME, Asking, scene

from overseer.conditions.base import Unknown
from overseer.conditions.dead_count import DeadCount
from overseer.conditions.oldest_deferred import OldestDeferred
from overseer.conditions.oldest_due import OldestDue
from overseer.mail.vitals import LARGEST, Held, Report, write
from overseer.outbox.moment import boot_id

MINUTE = 60.0
RELAY = Held(queue="mail", by="transport", seconds=840.0, reason="localhost:25: refused")


def uptime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


OLD = replace(ME, ticks=int((uptime() - 1000) * 100))
"""A process that began before anything that these tests write."""
WELL = Report(pid=1, boot=boot_id(), uptime=0.0, at="", sent=0, stuck=0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.db.mail.heartbeat"


Says = Callable[..., str]


@pytest.fixture
def says(file: Path) -> Says:
    """The worker writes that down; where to."""

    def write_down(ago: float = 0.0, **words: object) -> str:
        write(file, replace(WELL, **{"uptime": uptime() - ago, **words}))
        return str(file)

    return write_down


@pytest.mark.parametrize(
    ("oldest_due", "met", "shown"),
    [(None, False, "nothing due"), (600.0, False, "due for 10m"), (720.0, True, "due for 12m")],
)
def test_what_has_waited_too_long_is_met(
    says: Says, oldest_due: float | None, met: bool, shown: str
) -> None:
    asking = Asking(OldestDue(file=says(oldest_due=oldest_due)))

    assert asking.look(process=OLD) is met
    assert asking.shown == shown
    assert asking.condition.limit() == "longer than 10m"


def test_the_reason_names_what_holds_the_queue_back(says: Says) -> None:
    asking = Asking(OldestDue(file=says(oldest_due=900.0, stuck=0.0, paused=(RELAY,))))

    asking.look(process=OLD)

    assert asking.reason == (
        "the oldest due in the queue has waited 15m, longer than 10m:"
        " mail is paused for 14m (localhost:25: refused)"
    )


@pytest.mark.field("L12")
def test_what_holds_the_queue_back_is_known_before_it_is_too_long(says: Says) -> None:
    asking = Asking(OldestDue(file=says(oldest_due=300.0, paused=(RELAY,))))
    assert not asking.look(process=OLD)
    report = asking.value

    assert OldestDue(file="/x").notice(report) == "mail is paused for 14m (localhost:25: refused)"
    assert OldestDue(file="/x", stuck=True).notice(report) == ""
    assert OldestDue(file="/x").notice(replace(report, paused=())) == ""


@pytest.mark.field("L3")
@pytest.mark.parametrize(
    ("age", "met", "shown"),
    [
        (None, False, "nothing deferred"),
        (900.0, False, "94 deferred, for 15m"),
        (1500.0, True, "94 deferred, for 25m"),
    ],
)
def test_what_a_relay_has_deferred_for_too_long_is_met(
    says: Says, age: float | None, met: bool, shown: str
) -> None:
    said = says(deferred=94, oldest_deferred=age, deferred_text="mx: 451 later")
    asking = Asking(OldestDeferred(file=said))

    assert asking.look(process=OLD) is met
    assert asking.shown == shown
    assert not met or asking.reason == (
        "94 are deferred, the oldest since 25m, longer than 15m: mx: 451 later"
    )


def test_a_queue_that_is_held_back_is_not_stuck(says: Says) -> None:
    held = says(oldest_due=7200.0, stuck=0.0, paused=(RELAY,))

    assert not Asking(OldestDue(file=held, stuck=True)).look(process=OLD)


def test_a_worker_that_settles_nothing_is_stuck(says: Says) -> None:
    asking = Asking(OldestDue(file=says(oldest_due=1300.0, stuck=1260.0), stuck=True, above=1200.0))

    assert asking.look(process=OLD)
    assert asking.shown == "stuck for 21m"
    assert asking.reason == (
        "the mail worker has settled nothing for 21m, longer than 20m,"
        " though there is something to do and nothing holds it back"
    )


def test_the_dead_are_counted(says: Says) -> None:
    asking = Asking(DeadCount(file=says(dead=3)))

    assert asking.look(process=OLD)
    assert (asking.shown, asking.condition.limit()) == ("3 dead", "more than 0")
    assert asking.reason == "3 dead in the mail queue, more than 0"
    assert not Asking(DeadCount(file=says(dead=3), above=3)).look(process=OLD)


def test_less_than_none_cannot_be_dead() -> None:
    with pytest.raises(ValueError, match=r"^above: -1 is always exceeded; write 0$"):
        DeadCount(file="/run/beat", above=-1)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"ago": 90.0}, "was written 1m30s ago, longer than 1m"),
        ({"ago": -90.0}, "was written 1m30s ago, longer than 1m"),
        ({"boot": "another"}, "was written before the machine was started"),
        (
            {"trouble": "mail.db: the disk is full"},
            "the mail worker cannot look into its queue: mail.db: the disk is full",
        ),
    ],
)
def test_figures_that_say_nothing_of_now_are_unknown(
    says: Says, words: dict[str, object], why: str
) -> None:
    condition = OldestDue(file=says(oldest_due=7200.0, **words))

    with pytest.raises(Unknown, match=why):
        condition.measure(scene(process=replace(OLD, ticks=0)))


def test_the_figures_of_an_earlier_process_say_nothing_of_this_one(says: Says) -> None:
    condition = OldestDue(file=says(ago=5.0, oldest_due=7200.0, stuck=7200.0), stuck=True)
    young = replace(ME, ticks=int((uptime() - 1) * 100))

    with pytest.raises(Unknown, match="has not been written by this process yet"):
        condition.measure(scene(process=young))


def test_without_a_process_the_figures_count_too(says: Says) -> None:
    assert Asking(DeadCount(file=says(dead=1))).look(process=None)


def test_a_missing_file_is_unknown(file: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"^there is no file {file}$"):
        DeadCount(file=str(file)).measure(scene())


def good(**words: object) -> str:
    found = {
        "format": 1,
        "pid": 1,
        "boot": boot_id(),
        "uptime": uptime(),
        "at": "",
        "sent": 0,
        "stuck": 0,
        "trouble": "",
        "oldest_due": None,
        "dead": 0,
        "paused": [],
    }
    return json.dumps(found | words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\0\0",
        "secret: 12",
        "[]",
        "[" * 60_000,
        "null",
        good(format=2),
        good(dead=-1),
        good(dead=True),
        good(dead="many"),
        good(stuck=float("nan")),
        good(uptime=float("inf")),
        good(oldest_due=10**400),
        good(paused=7),
        good(paused=[{"queue": "mail"}]),
        good(trouble=None),
        good() + " " * LARGEST,
    ],
    ids=range(17),
)
def test_garbage_is_unknown_and_not_repeated(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(Unknown) as raised:
        DeadCount(file=str(file)).measure(scene(process=OLD))

    assert str(raised.value) == f"{file} is not what a mail worker of this version writes"


def test_what_is_read_is_fit_to_be_shown(file: Path) -> None:
    pause = {"queue": "a\x1b[2Jb", "by": "operator", "seconds": 60, "reason": "x\n" * 500}
    file.write_text(good(oldest_due=3600, paused=[pause]))
    asking = Asking(OldestDue(file=str(file)))

    assert asking.look(process=OLD)
    assert asking.reason.isprintable()
    assert len(asking.reason) < 400


def test_neither_a_link_nor_a_pipe_nor_a_folder_is_read(tmp_path: Path, says: Says) -> None:
    places = [tmp_path / name for name in ("link", "pipe", "folder")]
    places[0].symlink_to(says())
    os.mkfifo(places[1])
    places[2].mkdir()

    for place in places:
        with pytest.raises((OSError, Unknown)):
            DeadCount(file=str(place)).measure(scene(process=OLD))


def test_nothing_stays_open(says: Says, file: Path, nothing_left_open: None) -> None:
    DeadCount(file=says()).measure(scene(process=OLD))
    file.write_text("garbage")
    with pytest.raises(Unknown):
        DeadCount(file=str(file)).measure(scene(process=OLD))
