"""When logs are looked at, and what is seen."""

from pathlib import Path

import pytest

from overseer.daemon.log_watcher import EVERY, SOON, SOONEST, LogWatcher, Rule, WatchedLog
from overseer.system.log_files import mark_of


class House:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "web.log"
        self.log.write_bytes(b"")
        self.time = 100.0
        self.before: list[int] = []
        self.watched = [WatchedLog("web", str(self.log), mark_of(str(self.log), self.log.stat()))]
        self.watcher = LogWatcher(
            lambda: self.watched,
            lambda: Rule(1000, 3, 100_000),
            lambda: self.time,
            lambda: self.time,
            lambda: self.before.append(self.log.stat().st_size),
        )

    def write(self, count: int) -> None:
        with self.log.open("ab") as file:
            file.write(b"x" * (count - 1) + b"\n")

    def turn(self) -> float:
        wait = self.watcher.turn()
        self.time += wait
        return wait


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.field("A17")
def test_what_grows_fast_is_looked_at_in_time_and_what_does_not_seldom(house: House) -> None:
    assert house.turn() == EVERY
    assert house.turn() == EVERY
    house.write(600)
    assert house.turn() < EVERY
    house.write(401)
    assert house.turn() == pytest.approx(SOONEST)
    assert house.before == [1001]
    assert house.log.stat().st_size <= 1000
    assert house.log.with_name("web.log.1").stat().st_size <= 1000
    house.write(5000)
    house.turn()
    assert house.log.stat().st_size <= 1000


@pytest.mark.field("A17")
def test_soon_after_a_launch_there_is_a_look(house: House) -> None:
    house.turn()
    house.time -= EVERY
    house.watcher.hurry()
    house.write(5000)
    house.time += SOON
    house.turn()

    assert house.log.stat().st_size <= 1000


@pytest.mark.field("A16")
def test_a_log_that_was_moved_from_under_a_program_is_seen_until_it_is_opened_anew(
    house: House,
) -> None:
    house.turn()
    assert house.watcher.moved() == ()
    house.log.rename(house.log.with_name("web.log.1"))
    house.turn()
    house.log.write_text("")
    house.turn()

    (moved,) = house.watcher.moved()
    assert f"was moved to {house.log}.1" in str(moved)
    assert "copytruncate" in str(moved)
    house.log.with_name("web.log.1").unlink()
    house.turn()
    assert "was deleted or moved away" in str(house.watcher.moved()[0])
    house.watched = [WatchedLog("web", str(house.log), mark_of("x", house.log.stat()))]
    house.turn()
    assert house.watcher.moved() == ()


@pytest.mark.field("S18")
def test_what_hinders_the_copies_of_a_log_is_said_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2, 3, 4):
        (house.log.with_name(f"web.log.{number}") / "full").mkdir(parents=True)
    for _ in range(5):
        house.write(5000)
        house.turn()
        assert house.log.stat().st_size <= 1000

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "what is cut off cannot be kept" in caplog.text
