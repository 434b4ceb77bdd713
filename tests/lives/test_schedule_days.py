"""Two days with everything that can happen to a clock, and each run that there is to be.

From noon before the night in which summer time begins (or ends), 48 hours: the machine is
suspended from 18:00 to 20:30; after 24 hours the clock is set forward by three hours, three hours
later back by two. A run takes eight hours. The clock is make-believe; moments are APScheduler's.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from days import Days, nightly

from overseer.model.news import Kind
from overseer.model.schedule import Missed, Overlap, Schedule

pytestmark = pytest.mark.design("4.14")

NIGHTS = {
    "spring": {"Europe/Berlin": "2026-03-28T12:00", "America/New_York": "2026-03-07T12:00"},
    "autumn": {"Europe/Berlin": "2026-10-24T12:00", "America/New_York": "2026-10-31T12:00"},
}
KINDS = {
    "cron": ("15 2,14 * * *",),
    "at": ("30 2 * * *", "0 19 * * *"),
    "hours": ("0 */4 * * *",),
    "every": (),
}
# Day and face of the clock of each run; how many moments were told to have been missed, skipped.
EXPECTED = {
    # 02:15 is left out of this night and runs right after; the clock jumps over 14:15, to 16:00
    "spring cron  run  skip ": ("0 14:15, 1 03:00, 1 16:00, 2 02:15", 0, 0),
    "spring cron  run  queue": ("0 14:15, 1 03:00, 1 16:00, 2 02:15", 0, 0),
    "spring cron  run  kill ": ("0 14:15, 1 03:00, 1 16:00, 2 02:15", 0, 0),
    "spring cron  skip skip ": ("0 14:15, 1 03:00, 2 02:15", 1, 0),
    "spring cron  skip queue": ("0 14:15, 1 03:00, 2 02:15", 1, 0),
    "spring cron  skip kill ": ("0 14:15, 1 03:00, 2 02:15", 1, 0),
    # 19:00 is slept through and late at 20:30; on day 1 the clock shows it twice: one run
    "spring at    run  skip ": ("0 20:30, 1 19:00, 2 02:30", 0, 1),
    "spring at    run  queue": ("0 20:30, 1 05:30, 1 19:00, 2 02:30", 0, 0),
    "spring at    run  kill ": ("0 20:30, 1 03:00, 1 19:00, 2 02:30", 0, 0),
    "spring at    skip skip ": ("1 03:00, 1 19:00, 2 02:30", 1, 0),
    "spring at    skip queue": ("1 03:00, 1 19:00, 2 02:30", 1, 0),
    "spring at    skip kill ": ("1 03:00, 1 19:00, 2 02:30", 1, 0),
    # 20:00 is slept through; on day 1 the clock jumps to 16:00, which is that moment
    "spring hours run  skip ": ("0 16:00, 1 04:00, 1 16:00, 2 00:00, 2 12:00", 0, 7),
    "spring hours run  queue": ("0 16:00, 1 00:00, 1 09:00, 1 18:00, 2 02:00, 2 10:00", 0, 5),
    "spring hours run  kill ": (
        "0 16:00, 0 20:30, 1 00:00, 1 04:00, 1 08:00, 1 12:00, 1 16:00, 1 20:00,"
        " 2 00:00, 2 04:00, 2 08:00, 2 12:00",
        0,
        0,
    ),
    "spring hours skip skip ": ("0 16:00, 1 04:00, 1 16:00, 2 00:00, 2 12:00", 1, 6),
    "spring hours skip queue": ("0 16:00, 1 00:00, 1 09:00, 1 18:00, 2 02:00, 2 10:00", 1, 4),
    "spring hours skip kill ": (
        "0 16:00, 1 00:00, 1 04:00, 1 08:00, 1 12:00, 1 16:00, 1 20:00,"
        " 2 00:00, 2 04:00, 2 08:00, 2 12:00",
        1,
        0,
    ),
    # every five hours that pass, whatever the clock shows meanwhile: nothing is missed
    "spring every run  skip ": ("0 17:00, 1 04:00, 1 17:00, 2 01:00, 2 11:00", 0, 4),
    "spring every run  queue": ("0 17:00, 1 01:00, 1 10:00, 1 19:00, 2 03:00, 2 11:00", 0, 3),
    "spring every run  kill ": (
        "0 17:00, 0 22:00, 1 04:00, 1 09:00, 1 17:00, 1 20:00, 2 01:00, 2 06:00, 2 11:00",
        0,
        0,
    ),
    "spring every skip skip ": ("0 17:00, 1 04:00, 1 17:00, 2 01:00, 2 11:00", 0, 4),
    "spring every skip queue": ("0 17:00, 1 01:00, 1 10:00, 1 19:00, 2 03:00, 2 11:00", 0, 3),
    "spring every skip kill ": (
        "0 17:00, 0 22:00, 1 04:00, 1 09:00, 1 17:00, 1 20:00, 2 01:00, 2 06:00, 2 11:00",
        0,
        0,
    ),
    # 02:15 comes twice and runs once; the clock jumps from 11:00 to 14:00, before 14:15
    "autumn cron  run  skip ": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn cron  run  queue": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn cron  run  kill ": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn cron  skip skip ": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn cron  skip queue": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn cron  skip kill ": ("0 14:15, 1 02:15, 1 14:15, 2 02:15", 0, 0),
    "autumn at    run  skip ": ("0 20:30, 1 19:00", 0, 2),
    "autumn at    run  queue": ("0 20:30, 1 03:30, 1 19:00, 2 03:00", 0, 0),
    "autumn at    run  kill ": ("0 20:30, 1 02:30, 1 19:00, 2 02:30", 0, 0),
    "autumn at    skip skip ": ("1 02:30, 1 19:00", 1, 1),
    "autumn at    skip queue": ("1 02:30, 1 19:00, 2 03:00", 1, 0),
    "autumn at    skip kill ": ("1 02:30, 1 19:00, 2 02:30", 1, 0),
    # the jump to 14:00 passes over 12:00
    "autumn hours run  skip ": ("0 16:00, 1 04:00, 1 16:00, 2 00:00, 2 12:00", 0, 7),
    "autumn hours run  queue": ("0 16:00, 1 00:00, 1 07:00, 1 16:00, 2 00:00, 2 08:00", 0, 5),
    "autumn hours run  kill ": (
        "0 16:00, 0 20:30, 1 00:00, 1 04:00, 1 08:00, 1 14:00, 1 16:00, 1 20:00,"
        " 2 00:00, 2 04:00, 2 08:00, 2 12:00",
        0,
        0,
    ),
    "autumn hours skip skip ": ("0 16:00, 1 04:00, 1 16:00, 2 00:00, 2 12:00", 2, 5),
    "autumn hours skip queue": ("0 16:00, 1 00:00, 1 07:00, 1 16:00, 2 00:00, 2 08:00", 2, 3),
    "autumn hours skip kill ": (
        "0 16:00, 1 00:00, 1 04:00, 1 08:00, 1 16:00, 1 20:00, 2 00:00, 2 04:00, 2 08:00, 2 12:00",
        2,
        0,
    ),
    "autumn every run  skip ": ("0 17:00, 1 02:00, 1 15:00, 1 23:00, 2 09:00", 0, 4),
    "autumn every run  queue": ("0 17:00, 1 01:00, 1 08:00, 1 17:00, 2 01:00, 2 09:00", 0, 3),
    "autumn every run  kill ": (
        "0 17:00, 0 22:00, 1 02:00, 1 07:00, 1 15:00, 1 18:00, 1 23:00, 2 04:00, 2 09:00",
        0,
        0,
    ),
    "autumn every skip skip ": ("0 17:00, 1 02:00, 1 15:00, 1 23:00, 2 09:00", 0, 4),
    "autumn every skip queue": ("0 17:00, 1 01:00, 1 08:00, 1 17:00, 2 01:00, 2 09:00", 0, 3),
    "autumn every skip kill ": (
        "0 17:00, 0 22:00, 1 02:00, 1 07:00, 1 15:00, 1 18:00, 1 23:00, 2 04:00, 2 09:00",
        0,
        0,
    ),
}


def two_days(
    make: type[Days], night: str, zone: str, kind: str, missed: Missed, overlap: Overlap
) -> Days:
    moments = tuple(Schedule(cron, zone) for cron in KINDS[kind]) or (Schedule(every=5 * 3600.0),)
    watch = nightly(*moments, missed=missed, overlap=overlap)
    days = make(watch, NIGHTS[night][zone], takes=8, zone=ZoneInfo(zone))
    days.live(6)
    days.sleeps(2.5)
    days.live(15.5)
    days.steps(+3)
    days.live(3)
    days.steps(-2)
    days.live(21)
    return days


def faces(days: Days, begin: str) -> str:
    """Runs by the number of the day."""
    first = datetime.fromisoformat(begin)
    numbers = {(first + timedelta(days=n)).strftime("%d"): str(n) for n in range(3)}
    return ", ".join(f"{numbers[run[:2]]} {run[3:]}" for run in days.runs)


class Restless(Days):
    """Every hour the daemon is killed, and the next one is there at once."""

    def live(self, hours: float) -> list[str]:
        before = len(self.runs)
        while hours > 0:
            super().live(min(1.0, hours))
            self.daemon_is_away(0.0)
            self.daemon_comes_back()
            hours -= 1.0
        return self.runs[before:]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: "-".join(row.split()))
def test_each_run_is_as_missed_and_overlap_say(row: str, zone: str) -> None:
    night, kind, missed, overlap = row.split()
    days = two_days(Days, night, zone, kind, Missed(missed), Overlap(overlap))

    told = (len(days.told(Kind.RUN_MISSED)), len(days.told(Kind.RUN_SKIPPED)))
    assert (faces(days, NIGHTS[night][zone]), *told) == EXPECTED[row]


@pytest.mark.parametrize("missed", Missed)
@pytest.mark.parametrize("overlap", Overlap)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("night", NIGHTS)
def test_a_daemon_that_is_killed_again_and_again_changes_nothing(
    night: str, kind: str, missed: Missed, overlap: Overlap
) -> None:
    """What was answered is on disk, with what came of it."""
    without = two_days(Days, night, "Europe/Berlin", kind, missed, overlap)
    days = two_days(Restless, night, "Europe/Berlin", kind, missed, overlap)

    assert days.runs == without.runs
    for kind_of_news in (Kind.RUN_MISSED, Kind.RUN_SKIPPED, Kind.RUN_FAILED):
        assert len(days.told(kind_of_news)) == len(without.told(kind_of_news))
