"""Files that are touched, or are not any more."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from scenes import ME, Asking, scene

from overseer.conditions.file_mtime import Age, FileMtime, aged
from overseer.conditions.file_touched import FileTouched
from overseer.conditions.heartbeat import Heartbeat

HOUR = 3600.0
YOUNG = replace(ME, ticks=int((time.clock_gettime(time.CLOCK_BOOTTIME)) * 100))
"""A process that has only just begun."""


def touch(path: Path, ago: float = 0.0) -> None:
    path.touch()
    os.utime(path, (time.time() - ago, time.time() - ago))


def old(seconds: float) -> object:
    """A process that began so long ago."""
    return replace(ME, ticks=int((time.clock_gettime(time.CLOCK_BOOTTIME) - seconds) * 100))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it"


def test_a_file_is_too_old_when_it_is_older_than_max_age(file: Path) -> None:
    touch(file, ago=2 * HOUR)

    asking = Asking(FileMtime(path=str(file), max_age=HOUR))

    assert asking.look()
    assert asking.reason == f"{file} unchanged for 2h, longer than 1h"
    assert asking.condition.limit() == "longer than 1h"


def test_a_file_as_old_as_max_age_is_not_too_old(file: Path) -> None:
    assert not FileMtime(path=str(file), max_age=HOUR).met(Age(1, HOUR, 0.0))


@pytest.mark.case(123)
def test_the_age_of_a_missing_file_is_unknown_and_the_reason_says_so(file: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"^there is no file {file}$"):
        FileMtime(path=str(file), max_age=HOUR).measure(scene())


@pytest.mark.design("4.12")
@pytest.mark.parametrize(
    ("what", "before", "changed", "apparent", "seconds"),
    [
        ("seen for the first time", None, 5, 70.0, 70.0),
        ("from the future", None, 5, -70.0, 0.0),
        ("unchanged while the clock was set on by an hour", Age(5, 10.0, 100.0), 5, 3620.0, 20.0),
        ("unchanged while the clock was set back", Age(5, 10.0, 100.0), 5, -3580.0, 20.0),
        ("unchanged while the machine was suspended", Age(5, 10.0, 100.0), 5, 9000.0, 20.0),
        ("changed, then the machine was suspended", Age(5, 10.0, 100.0), 6, 9000.0, 10.0),
        ("changed a little while ago", Age(5, 10.0, 100.0), 6, 3.0, 3.0),
        ("set back in time", Age(5, 10.0, 100.0), 4, 7200.0, 7200.0),
    ],
)
def test_an_age_counts_from_the_change_that_was_seen(
    what: str, before: Age | None, changed: int, apparent: float, seconds: float
) -> None:
    assert aged(before, changed, apparent, at=110.0) == Age(changed, seconds, 110.0), what


def test_a_heart_that_beats_is_not_met(file: Path) -> None:
    touch(file)

    assert not Asking(Heartbeat(file=str(file))).look(process=old(2 * HOUR))


def test_a_heart_that_has_stopped_is_met(file: Path) -> None:
    touch(file, ago=75)

    asking = Asking(Heartbeat(file=str(file), max_age=60.0))

    assert asking.look(process=old(2 * HOUR))
    assert asking.reason == f"no heartbeat in {file} for 1m15s, longer than 1m"


@pytest.mark.parametrize(("lived", "met"), [(5.0, False), (120.0, True)])
def test_a_process_has_max_age_for_its_first_beat(file: Path, lived: float, met: bool) -> None:
    assert Asking(Heartbeat(file=str(file))).look(process=old(lived)) is met


def test_the_last_beat_of_an_earlier_process_says_nothing_of_this_one(file: Path) -> None:
    touch(file, ago=HOUR)

    assert not Asking(Heartbeat(file=str(file))).look(process=old(5))


def test_a_beat_whose_file_is_away_for_a_moment_goes_on(file: Path) -> None:
    touch(file)
    asking = Asking(Heartbeat(file=str(file)))
    asking.look(process=old(2 * HOUR))
    file.unlink()

    assert not asking.look(process=old(2 * HOUR))


def test_a_touch_is_met_once(file: Path) -> None:
    touch(file, ago=2 * HOUR)
    asking = Asking(FileTouched(path=str(file)))
    first = asking.look(process=YOUNG)

    touch(file, ago=HOUR)

    assert [first, asking.look(), asking.look()] == [False, True, False]


def test_a_touch_between_two_looks_counts_however_long_ago_it_was(file: Path) -> None:
    touch(file, ago=9 * HOUR)
    asking = Asking(FileTouched(path=str(file)))
    asking.look(process=YOUNG)
    touch(file, ago=8 * HOUR)

    assert asking.look(process=YOUNG)
    assert asking.reason == f"{file} was touched"


def test_a_file_that_comes_is_touched_and_one_that_goes_is_not(file: Path) -> None:
    asking = Asking(FileTouched(path=str(file)))
    missing = asking.look()
    touch(file)
    came = asking.look()
    file.unlink()

    assert [missing, came, asking.look()] == [False, True, False]
    assert asking.shown == "missing"


def test_a_file_that_is_replaced_by_one_of_the_same_age_is_touched(file: Path) -> None:
    touch(file, ago=HOUR)
    asking = Asking(FileTouched(path=str(file)))
    asking.look(process=YOUNG)
    other = file.with_name("other")
    other.touch()
    times = file.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.rename(file)

    assert asking.look(process=YOUNG)


@pytest.mark.case(124)
def test_what_was_touched_during_the_grace_is_met_at_the_first_look_and_once(file: Path) -> None:
    touch(file, ago=10)  # it is looked at after a grace of 30 seconds
    asking = Asking(FileTouched(path=str(file)))
    first = asking.look(process=old(30))

    after_the_restart = Asking(FileTouched(path=str(file)))

    assert [first, asking.look(process=old(30))] == [True, False]
    assert not after_the_restart.look(process=old(1))


def test_what_was_touched_before_the_launch_is_not_met(file: Path) -> None:
    touch(file, ago=40)

    assert not Asking(FileTouched(path=str(file))).look(process=old(30))


def test_a_restart_command_that_keeps_the_process_does_not_meet_the_same_touch_again(
    file: Path,
) -> None:
    touch(file, ago=10)
    restarted = time.clock_gettime(time.CLOCK_BOOTTIME) - 5

    assert not Asking(FileTouched(path=str(file))).look(process=old(30), launched=restarted)


def test_a_file_from_the_future_does_not_restart_every_new_process(file: Path) -> None:
    touch(file, ago=-HOUR)

    assert not Asking(FileTouched(path=str(file))).look(process=old(30))


def test_a_first_look_without_a_process_is_not_met(file: Path) -> None:
    touch(file)

    assert not Asking(FileTouched(path=str(file))).look(process=None)


@pytest.mark.field("J8")
@pytest.mark.parametrize("beats", ["never", "long ago"])
def test_silence_before_the_check_came_says_nothing(file: Path, beats: str) -> None:
    """A load, or another daemon, brings it to a process that may never have heard of it."""
    if beats == "long ago":
        touch(file, ago=HOUR)
    came = scene().now - 30.0
    heartbeat, process = Heartbeat(file=str(file), max_age=60.0), old(2 * HOUR)

    early = Asking(heartbeat).look(process=process, since=came)
    late = Asking(heartbeat).look(process=process, since=came - 31.0)

    assert (early, late) == (False, True)


@pytest.mark.field("J8")
def test_a_touch_before_the_load_that_brought_the_check_says_nothing(file: Path) -> None:
    touch(file, ago=HOUR)
    process, now = old(2 * HOUR), time.clock_gettime(time.CLOCK_BOOTTIME)

    before = Asking(FileTouched(path=str(file))).look(process=process, loaded=now - 60)
    after = Asking(FileTouched(path=str(file))).look(process=process, loaded=now - HOUR - 60)
    another_daemon = Asking(FileTouched(path=str(file))).look(process=process, since=now - 60)

    assert (before, after, another_daemon) == (False, True, True)
