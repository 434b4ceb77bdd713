"""An incident is kept whole: what belongs to it, what shows it, what the log said then."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from overseer.alerts.alerts import Alerts
from overseer.alerts.exhibits import AT_ONCE, SOON, STALE
from overseer.contacts.base import Contact
from overseer.contacts.book import Book
from overseer.model.change import ENDS
from overseer.model.log_file import LogMark
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.state import UP, Goal, Hold
from overseer.model.status import Status
from overseer.model.transition import NOBODY, Notify
from overseer.model.watch import Watch
from overseer.store.history import Entry
from overseer.store.state import StateStore
from overseer.system.log_files import mark_of, read_piece
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
        self.folder = folder
        self.marks: tuple[LogMark, ...] = (LogMark(str(self.log)),)
        self.begin()

    def begin(self, *writes: LogMark) -> None:
        self.alerts = Alerts(
            self.folder / "state.db", self.clock, "db1", self.logs, read_piece,
            Book({"ops": Contact()}), writes_now=lambda _: writes,
        )  # fmt: skip
        self.store = StateStore(self.folder, self.clock, self.alerts.desk)
        self.store.open()

    def logs(self, *_: object) -> tuple[LogMark, ...]:
        return self.marks

    def restart(self, begins: LogMark) -> None:
        """The next daemon, whose process begins to write there."""
        self.alerts.stop()
        self.store.close()
        self.begin(begins)

    def letters(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.store.path)) as db:
            rows = db.execute("SELECT facts FROM alert_letter ORDER BY id").fetchall()
        return [json.loads(text) for (text,) in rows]

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

    story, other = house.store.incidents()

    assert [entry.kind for entry in house.of(story.incident)] == ["flapping", "exited", "steady"]
    assert (story.first, story.last, story.entries) == ("5 launches within 5m", "up and steady", 3)
    assert [entry.kind for entry in house.of(other.incident)] == ["exited"]
    assert house.alerts.open_incidents() == {other.incident}


def test_what_shows_it_is_kept_with_it_whoever_is_told(house: House) -> None:
    house.happens(FLAPPING)
    house.happens(CRASH)
    house.alerts.clerk.turn()

    first, second = house.of(house.store.incidents()[0].incident)

    assert first.facts["lines"] == second.facts["lines"] == ["token=(secret)", "cannot bind"]
    assert first.facts["lines_at"] == first.at
    assert first.facts["error_line"] == "cannot bind"
    assert first.facts["log"] == str(house.log)


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

    (entry,) = house.of(house.store.incidents()[0].incident)
    assert "lines" not in entry.facts
    assert entry.facts["note"] == f"{house.log} was not read in time"


def test_of_a_thousand_a_few_logs_are_read_at_a_time(house: House) -> None:
    for number in range(AT_ONCE + 1):
        house.happens(FLAPPING, name=f"web-{number}")
        house.clock.time -= 1

    assert house.alerts.clerk.turn() == house.clock.wall() + SOON
    assert house.alerts.clerk.turn() is None


@pytest.mark.field("A5")
def test_the_next_daemon_reads_what_this_one_could_not(house: House) -> None:
    end = house.log.stat().st_size
    mark = mark_of(str(house.log), house.log.stat())
    before = LogMark(mark.path, mark.device, mark.inode, 0)
    house.marks = (before,)
    house.happens(CRASH)
    with house.log.open("a") as file:
        file.write("of the next process\n" * 10_000)
    house.restart(LogMark(mark.path, mark.device, mark.inode, end))
    house.alerts.clerk.turn()

    (entry,) = house.store.history()
    assert entry.facts["lines"] == ["token=(secret)", "cannot bind"]


@pytest.mark.field("A5")
def test_what_the_next_process_writes_before_it_is_read_does_not_count(house: House) -> None:
    mark = mark_of(str(house.log), house.log.stat())
    house.marks = (LogMark(mark.path, mark.device, mark.inode, 0),)
    house.happens(CRASH)
    house.alerts.exhibits.will_write("other", (LogMark("/l/other"),))
    house.alerts.exhibits.will_write("web", (mark,))
    with house.log.open("a") as file:
        file.write("of the next process\n" * 10_000)
    house.alerts.exhibits.will_write("web", (mark_of(mark.path, house.log.stat()),))
    house.alerts.clerk.turn()

    (entry,) = house.store.history()
    assert entry.facts["lines"] == ["token=(secret)", "cannot bind"]
    assert house.store.last_evidence("web") == entry


@pytest.mark.field("A5")
@pytest.mark.parametrize(
    "all_news",
    [
        (CRASH, STEADY),
        (CRASH, CRASH, STEADY),
        (replace(CRASH, kind=Kind.RESTARTED),),
        (replace(CRASH, kind=Kind.RESTART_FAILED),),
        (replace(CRASH, kind=Kind.COMMAND_FAILED),),
        (replace(CRASH, kind=Kind.CHECK_UNKNOWN),),
        (replace(CRASH, kind=Kind.CHECK_MET, check="disk"),),
        (replace(CRASH, kind=Kind.START_FAILED, asked=True), STEADY),
        (replace(CRASH, kind=Kind.STOP_FAILED),),
        (FLAPPING, STEADY),
        (CRASH, CRASH, CRASH, STEADY),
    ],
    ids=lambda all_news: "-".join(one.kind for one in all_news),
)
def test_each_alert_names_an_incident_that_the_history_knows(
    house: House, all_news: tuple[News, ...]
) -> None:
    for news in all_news:
        house.happens(news, WELL, to=Notify(("ops",)))

    told = house.letters()
    assert told
    for facts in told:
        assert house.of(facts["incident"]), facts
        kept = [entry for entry in house.of(facts["incident"]) if entry.evidence]
        assert facts["change"] in ENDS or facts["evidence"] in [one.evidence for one in kept]


@pytest.mark.field("A5")
def test_what_could_not_be_run_shows_no_lines_of_an_earlier_process(house: House) -> None:
    failed = News(kind=Kind.START_FAILED, message="no such file: /x", asked=True, hopeless=True)
    house.happens(failed, to=Notify(("ops",)))

    assert house.store.history()[0].evidence == ""
    assert house.letters()[0]["log"] is None
