"""The history, for people."""

from pathlib import Path

from overseer.store import history
from overseer.store.database import open_database
from overseer.store.history import Entry


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
