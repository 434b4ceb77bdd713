"""The history, for people."""

from dataclasses import replace
from pathlib import Path

import pytest

from overseer.store import history
from overseer.store.database import LONGEST_LOG, log_size, open_database
from overseer.store.history import Entry
from overseer.store.state import StateStore
from overseer.testing import FakeClock


def test_an_incident_is_a_story_of_its_own(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    facts = {"exit": {"code": 1}, "samples": ["*104MB"]}
    history.insert(
        db,
        [
            entry(1.0),
            replace(entry(2.0, message="flapping"), incident="web.1", facts=facts),
            replace(entry(3.0, "db", "gave up"), incident="db.1"),
            replace(entry(4.0, message="steady"), incident="web.1", kind="steady"),
            replace(entry(4.0, message="start -> up"), incident="web.1", kind="moved"),
            entry(5.0),
        ],
    )

    found = history.select(db, (), None, 50, "web.1")
    first, second = history.stories(db, (), None, 50)

    assert [(e.at, e.facts) for e in found] == [(2.0, facts), (4.0, {}), (4.0, {})]
    assert (first.incident, first.began, first.latest) == ("web.1", 2.0, 4.0)
    assert (first.first, first.last, first.entries) == ("flapping", "steady", 3)
    assert second.watch == "db"
    assert [one.incident for one in history.stories(db, ["db"], None, 50)] == ["db.1"]
    assert [one.incident for one in history.stories(db, (), 3.5, 50)] == ["web.1"]
    db.close()


def entry(at: float, watch: str = "web", message: str = "up") -> Entry:
    return Entry(at=at, watch=watch, kind="moved", message=message)


def test_the_last_entries_come_oldest_first(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    history.insert(db, [entry(1.0), entry(2.0, "db"), entry(3.0), entry(4.0)])

    assert [e.at for e in history.select(db, (), None, 3)] == [2.0, 3.0, 4.0]
    assert [e.at for e in history.select(db, ("web",), None, 2)] == [3.0, 4.0]
    assert [e.at for e in history.select(db, ("web", "db"), 2.0, 50)] == [2.0, 3.0, 4.0]
    db.close()


def test_what_is_older_than_ninety_days_is_forgotten(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    now = 100 * 86400.0
    history.insert(db, [entry(at * 86400.0) for at in range(100)])

    gone = history.prune(db, now)

    assert gone == 10
    assert history.select(db, (), None, 1000)[0].at == 10 * 86400.0
    db.close()


def test_the_oldest_give_way_when_it_grows_too_big(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    history.insert(db, [entry(float(at), message="x" * 500) for at in range(6000)])

    history.prune(db, 6000.0, most=1_500_000)

    left = history.select(db, (), None, 10_000)
    assert 0 < len(left) < 4001
    assert left[-1].at == 5999.0
    db.close()


@pytest.mark.field("B1")
def test_the_history_keeps_its_size_while_it_grows(store: StateStore, clock: FakeClock) -> None:
    most = 2 * 2**20
    sizes = []
    for _ in range(20):
        for number in range(400):
            store.note("web", "moved", f"up -> start {number} " + "x" * 500, "")
        store.settle()
        store.keep_small(most=most)
        sizes.append((store.path.stat().st_size, log_size(store.path)))

    assert max(size for size, _ in sizes) < 1.5 * most
    assert max(log for _, log in sizes) < 3 * LONGEST_LOG
    assert store.history(limit=1)[0].message.startswith("up -> start 399")
    assert store.keep_small(most=1) == 0  # nothing new has been written
