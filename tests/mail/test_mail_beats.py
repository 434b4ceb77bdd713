"""What the worker writes into its heartbeat file."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pieces import job

from overseer.mail.beats import Beats
from overseer.mail.vitals import Held, Report, read
from overseer.outbox.database import Unavailable
from overseer.outbox.moment import Moment
from overseer.outbox.parcel import Fate, Settled
from overseer.outbox.pauses import By, Pause
from overseer.outbox.vitals import Vitals

NOON = 1_700_000_000.0
IDLE = Vitals(oldest_due=None, could_go=False, dead=0, pauses=())
BUSY = Vitals(oldest_due=30.0, could_go=True, dead=2, pauses=())
AWAY = Pause(
    queue="mail",
    by=By.TRANSPORT,
    until=NOON + 300,
    since=NOON - 60,
    changed=NOON,
    step=3,
    reason="mx:25: refused",
)


class Drained:
    """A drain that finds what it is told to."""

    def __init__(self) -> None:
        self.trouble = ""
        self.finds: Vitals | Unavailable = IDLE
        self.asked = 0

    def vitals(self) -> Vitals:
        self.asked += 1
        if isinstance(self.finds, Unavailable):
            raise self.finds
        return self.finds


class Heart:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.drain = Drained()
        self.now = 0.0
        self.beats = Beats(path, clock=self.clock, steady=lambda: self.now)

    def clock(self) -> Moment:
        return Moment(NOON, 50.0 + self.now, "this boot")

    def beat(self, after: float = 5.0) -> Report:
        self.now += after
        self.beats.beat(self.drain)
        return read(str(self.path))

    def settles(self, fate: Fate) -> None:
        self.beats.saw(Settled(job=job(), fate=fate))


@pytest.fixture
def heart(tmp_path: Path) -> Heart:
    return Heart(tmp_path / "mail.db.mail.heartbeat")


def test_a_beat_says_how_the_queue_fares(heart: Heart) -> None:
    heart.drain.finds = Vitals(oldest_due=90.0, could_go=False, dead=2, pauses=(AWAY,))
    heart.settles(Fate.SENT)
    heart.settles(Fate.RETRY)

    report = heart.beat()

    assert (report.pid, report.boot, report.uptime) == (os.getpid(), "this boot", 55.0)
    assert (report.oldest_due, report.dead, report.sent, report.stuck) == (90.0, 2, 1, 0.0)
    assert report.paused == (
        Held(queue="mail", by="transport", seconds=60.0, reason="mx:25: refused"),
    )


def test_what_could_go_and_does_not_is_stuck_until_something_is_settled(heart: Heart) -> None:
    heart.drain.finds = BUSY
    stuck = [heart.beat().stuck, heart.beat(after=60).stuck]
    heart.settles(Fate.RETRY)
    stuck.append(heart.beat().stuck)
    heart.drain.finds = IDLE
    stuck.append(heart.beat(after=60).stuck)
    heart.drain.finds = BUSY

    assert [*stuck, heart.beat().stuck] == [5.0, 65.0, 5.0, 0.0, 5.0]


def test_a_queue_that_cannot_be_read_is_said_and_nothing_is_stuck(heart: Heart) -> None:
    heart.drain.finds = BUSY
    heart.beat(after=60)
    heart.drain.finds = Unavailable("mail.db: the disk is full")

    report = heart.beat()

    assert (report.trouble, report.stuck) == ("mail.db: the disk is full", 0.0)


def test_a_server_that_is_away_is_not_asked_again_for_a_beat(heart: Heart) -> None:
    heart.drain.trouble = "db.example.com: no answer"

    assert heart.beat().trouble == "db.example.com: no answer"
    assert heart.drain.asked == 0


def test_where_nothing_can_be_written_the_heart_still_beats(
    heart: Heart, caplog: pytest.LogCaptureFixture
) -> None:
    heart.beat()
    os.utime(heart.path, (NOON, NOON))
    before = heart.path.read_text()
    heart.path.with_name(f"{heart.path.name}.new").mkdir()

    heart.beat()
    heart.beat()

    assert heart.path.stat().st_mtime > NOON
    assert heart.path.read_text() == before
    assert len(caplog.records) == 1


def test_a_link_in_its_place_is_replaced_and_not_followed(heart: Heart, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    heart.path.symlink_to(precious)
    heart.path.with_name(f"{heart.path.name}.new").symlink_to(precious)

    heart.beat()

    assert precious.read_text() == "kept"
    assert not heart.path.is_symlink()


def test_it_is_one_line_of_json_for_programs(heart: Heart) -> None:
    heart.beat()

    found: dict[str, Any] = json.loads(heart.path.read_text())

    assert found["format"] == 1
    assert set(found) > {"at", "sent", "stuck", "oldest_due", "dead", "paused", "trouble"}
