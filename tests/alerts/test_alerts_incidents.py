"""An incident is kept whole: what belongs to it, what shows it, what the log said then."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from overseer.alerts.alerts import Alerts
from overseer.alerts.exhibits import AT_ONCE, STALE
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.state import UP, Goal, Hold
from overseer.model.status import Status
from overseer.model.transition import NOBODY, Notify
from overseer.model.watch import Watch
from overseer.store.history import Entry
from overseer.store.state import StateStore
from overseer.testing import FakeClock

pytestmark = pytest.mark.design("6")
WELL = Status(name="web", boot="boot-one", goal=Goal.UP, state=UP)
HELD = replace(WELL, state="unmonitored", hold=Hold.FLAPPING, hold_due=1600.0)
CRASH = News(kind=Kind.EXITED, message="exit code 1", exit=Exit(code=1), ran_for=4.2)
FLAPPING = News(kind=Kind.FLAPPING, message="5 launches within 5m", exit=Exit(code=1))
STEADY = News(kind=Kind.STEADY, message="up and steady")


class House:
    """A store with its secretary and the clerk, on a clock that stands."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.log = folder / "web.log"
        self.log.write_text("token=abc123\ncannot bind\n")
        self.alerts = Alerts(folder / "state.db", self.clock, "db1", lambda _: str(self.log))
        self.store = StateStore(folder, self.clock, self.alerts.desk)
        self.store.open()

    def happens(
        self, news: News, status: Status = HELD, name: str = "web", to: Notify = NOBODY
    ) -> None:
        watch = Watch(name=name, program=Program(command=("x",)), notify=to)
        self.store.record({}, [(watch, replace(status, name=name), news)], durable=False)
        self.clock.time += 1

    def of(self, incident: str) -> list[Entry]:
        return self.store.history(incident=incident)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.alerts.stop()
    made.store.close()


def test_it_collects_what_follows_until_it_is_over(house: House) -> None:
    house.happens(STEADY, WELL)
    house.happens(FLAPPING)
    house.happens(CRASH)
    assert len(house.alerts.open_incidents()) == 1
    house.happens(STEADY, WELL)
    house.happens(CRASH, WELL)

    (story,) = house.store.incidents()

    assert [entry.kind for entry in house.of(story.incident)] == ["flapping", "exited", "steady"]
    assert (story.first, story.last, story.entries) == ("5 launches within 5m", "up and steady", 3)
    assert not house.alerts.open_incidents()


def test_what_shows_it_is_kept_with_it_whoever_is_told(house: House) -> None:
    house.happens(FLAPPING)
    house.happens(CRASH)
    house.alerts.clerk.turn()

    first, second = house.of(house.store.incidents()[0].incident)

    assert first.facts == {"exit": {"code": 1}, "lines": ["token=(secret)", "cannot bind"]}
    assert second.facts == {"exit": {"code": 1}, "ran_for_s": 4.2}


def test_a_check_that_only_tells_has_one_of_its_own(house: House) -> None:
    house.happens(FLAPPING)
    met = News(kind=Kind.CHECK_MET, message="disk 97%", check="disk", samples=("*97%",))
    house.happens(met, WELL)
    house.happens(News(kind=Kind.CHECK_CLEARED, message="disk 80%", check="disk"), WELL)

    flapping, disk = house.store.incidents()

    assert [entry.kind for entry in house.of(disk.incident)] == ["check_met", "check_cleared"]
    assert house.of(disk.incident)[0].facts["samples"] == ["*97%"]
    assert [entry.kind for entry in house.of(flapping.incident)] == ["flapping"]


def test_lines_of_another_time_are_not_taken_for_those_of_then(house: House) -> None:
    house.happens(FLAPPING)
    house.clock.time += STALE + 1

    assert house.alerts.clerk.turn() is None

    assert house.of(house.store.incidents()[0].incident)[0].facts == {"exit": {"code": 1}}


def test_of_a_thousand_a_few_logs_are_read_at_a_time(house: House) -> None:
    for number in range(AT_ONCE + 1):
        house.happens(FLAPPING, name=f"web-{number}")
        house.clock.time -= 1

    assert house.alerts.clerk.turn() == house.clock.wall() + 1.0
    assert house.alerts.clerk.turn() is None
