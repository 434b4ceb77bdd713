"""What survives the daemon."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from overseer.model.news import Kind, News
from overseer.model.program import Program
from overseer.model.state import Goal, Hold
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Judged
from overseer.store import writer
from overseer.store.backlog import MOST_ENTRIES
from overseer.store.state import StateStore
from overseer.testing import FakeClock

WATCH = Watch(name="web", program=Program(command=("web",)))
UP = Status(name="web", goal=Goal.UP, state="up")
DOWN = replace(UP, goal=Goal.DOWN, state="stop")
NEWS = News(kind=Kind.MOVED, message="start -> up", by="alice")


class FakeSecretary:
    """One draft for each news, in a table of its own."""

    def __init__(self) -> None:
        self.woken: list[bool] = []
        self.silenced = self.log = ""

    def prepare(self, db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS drafts (draft TEXT)")

    def judge(self, watch: Watch, status: Status, news: News) -> Judged:
        return Judged((f"{watch.name}: {news.message}",), self.silenced, "web.1", self.log)

    def forget(self, name: str) -> Sequence[object]:
        return (f"{name} is gone",)

    def write(self, db: sqlite3.Connection, drafts: Sequence[object]) -> None:
        db.executemany("INSERT INTO drafts VALUES (?)", [(draft,) for draft in drafts])

    def wake(self, renewed: bool) -> None:
        self.woken.append(renewed)


def again(store: StateStore, clock: FakeClock) -> StateStore:
    """The next daemon's, with the last one not even closed."""
    next_one = StateStore(store.path.parent, clock)
    next_one.open()
    return next_one


def drafts(store: StateStore) -> list[str]:
    db = sqlite3.connect(store.path)
    found = [row[0] for row in db.execute("SELECT draft FROM drafts")]
    db.close()
    return found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.01)


def blocked(store: StateStore) -> sqlite3.Connection:
    """Somebody else writes, and does not come to an end."""
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


@pytest.mark.design("4.3")
@pytest.mark.design("8")
def test_the_next_daemon_finds_the_goal(store: StateStore, clock: FakeClock) -> None:
    store.record({"web": UP}, (), durable=True)
    store.record({"web": DOWN}, (), durable=True)

    after = again(store, clock)

    assert after.load_statuses() == {"web": DOWN}
    after.close()


@pytest.mark.case(138)
def test_given_up_is_still_given_up_for_the_next_daemon(
    store: StateStore, clock: FakeClock
) -> None:
    given_up = replace(UP, hold=Hold.GAVE_UP, flaps=(1.0, 2.0))
    store.record({"web": given_up}, (), durable=False)

    after = again(store, clock)

    assert after.load_statuses()["web"].hold is Hold.GAVE_UP
    after.close()


def test_a_removed_watch_is_forgotten(store: StateStore, clock: FakeClock) -> None:
    store.record({"web": UP}, (), durable=False)
    store.forget("web")

    after = again(store, clock)

    assert after.load_statuses() == {}
    after.close()


def test_news_is_history(store: StateStore, clock: FakeClock) -> None:
    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=False)

    (entry,) = store.history(["web"])

    assert (entry.watch, entry.kind, entry.message, entry.by) == (
        "web",
        "moved",
        "start -> up",
        "alice",
    )
    assert entry.at == clock.wall()
    assert store.history(["db"]) == []


def test_a_change_and_its_alert_are_one(tmp_path: Path, clock: FakeClock) -> None:
    secretary = FakeSecretary()
    store = StateStore(tmp_path, clock, secretary)
    store.open()

    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=False)
    store.forget("web")

    assert drafts(store) == ["web: start -> up", "web is gone"]
    assert secretary.woken == [False, False]
    store.close()


def test_the_engine_waits_while_others_overtake(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = blocked(store)
    tries = iter(range(300))

    def meanwhile(seconds: float) -> None:
        if next(tries) == 250:
            other.execute("ROLLBACK")

    monkeypatch.setattr("overseer.outbox.busy.time.sleep", meanwhile)
    store.record({"web": UP}, (), durable=True)

    assert next(tries) > 250
    assert store.trouble == ""
    other.close()


def test_a_locked_database_is_said_and_nothing_is_lost(
    tmp_path: Path, clock: FakeClock, impatient: None
) -> None:
    secretary = FakeSecretary()
    store = StateStore(tmp_path, clock, secretary)
    store.open()
    other = blocked(store)

    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=True)
    store.record({"web": DOWN}, [(WATCH, DOWN, NEWS)], durable=True)

    assert "cannot be written: database is locked" in store.trouble
    assert len(store.history()) == 2
    assert [one.entries for one in store.incidents()] == [2]
    assert len(store.history(incident="web.1")) == 2
    assert store.recall("nothing") is None
    other.execute("ROLLBACK")
    store.settle()
    assert store.trouble == ""
    assert drafts(store) == ["web: start -> up"] * 2
    after = again(store, clock)
    assert after.load_statuses() == {"web": DOWN}
    assert len(after.history()) == 2
    assert [one.entries for one in after.incidents()] == [2]
    after.close()
    store.close()
    other.close()


def test_what_is_kept_in_memory_has_a_bound(store: StateStore, impatient: None) -> None:
    other = blocked(store)
    news = [(WATCH, UP, NEWS)] * (MOST_ENTRIES + 10)

    store.record({"web": UP}, news, durable=False)

    assert len(store.history(limit=MOST_ENTRIES * 2)) == MOST_ENTRIES
    other.close()


@pytest.mark.design("4.16")
def test_a_damaged_database_is_set_aside_and_the_daemon_begins(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database, whatever its name says" * 100)

    store = StateStore(tmp_path, clock)
    store.open()
    store.record({"web": UP}, (), durable=True)

    assert store.trouble == ""
    assert store.aside is not None
    assert store.aside.read_bytes().startswith(b"this is no database")
    assert store.load_statuses() == {"web": UP}
    store.close()


def test_one_that_is_damaged_while_it_is_used_is_made_again_from_memory(
    tmp_path: Path, clock: FakeClock
) -> None:
    secretary = FakeSecretary()
    store = StateStore(tmp_path, clock, secretary)
    store.open()
    store.record({"web": UP, "db": replace(UP, name="db")}, (), durable=True)
    store.remember("loaded", "web.yml")
    db = sqlite3.connect(store.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with store.path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (store.path.stat().st_size - 100))
    store.close()
    store.load_statuses()

    store.record({"web": DOWN}, (), durable=True)

    after = again(store, clock)
    assert store.aside is not None
    assert after.recall("loaded") == "web.yml"
    assert after.load_statuses() == {"web": DOWN, "db": replace(UP, name="db")}
    assert secretary.woken[-1] is True
    after.close()
    store.close()


@pytest.mark.field("K3")
@pytest.mark.parametrize("table", ["history", "statuses", "settings"])
def test_what_can_be_read_of_a_damaged_one_is_kept(
    tmp_path: Path, clock: FakeClock, table: str
) -> None:
    store = StateStore(tmp_path, clock)
    store.open()
    store.record({"web": DOWN}, [(WATCH, UP, NEWS)] * 500, durable=True)
    store.remember("loaded", "web.yml")
    store.close()
    damage(store.path, table)

    found = StateStore(tmp_path, clock)
    found.open()
    statuses = found.load_statuses()
    found.record({"db": UP}, [(WATCH, UP, NEWS)], durable=True)  # no later than here it is noticed
    found.close()
    later = again(found, clock)

    readable = {} if table == "statuses" else {"web": DOWN}
    assert statuses == readable
    assert found.aside is not None
    assert later.load_statuses() == {**readable, "db": UP}
    assert later.recall("loaded") == (None if table == "settings" else "web.yml")
    later.close()


def damage(path: Path, table: str) -> None:
    """The first page of it."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [(root,)] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table])
    [(size,)] = db.execute("PRAGMA page_size")
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)


def test_a_status_that_cannot_be_read_costs_no_other(store: StateStore, clock: FakeClock) -> None:
    store.record({"web": UP}, (), durable=True)
    db = sqlite3.connect(store.path)
    db.execute("INSERT INTO statuses VALUES ('odd', '[]')")
    db.commit()
    db.close()

    after = again(store, clock)

    assert after.load_statuses() == {"web": UP}
    after.close()


def test_a_folder_that_cannot_be_made_is_said_and_nothing_else_fails(
    tmp_path: Path, clock: FakeClock
) -> None:
    (tmp_path / "file").write_text("")
    store = StateStore(tmp_path / "file" / "state", clock)

    store.open()
    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=True)

    assert "cannot be written" in store.trouble
    assert store.load_statuses() == {"web": UP}
    store.close()


def test_the_history_says_where_nobody_is_told(tmp_path: Path, clock: FakeClock) -> None:
    secretary = FakeSecretary()
    secretary.silenced = "silenced by alice (deploy)"
    store = StateStore(tmp_path, clock, secretary)
    store.open()

    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=False)

    last = store.history()[-1]
    assert last.kind == "silenced"
    assert last.message == "moved: nobody is told, silenced by alice (deploy)"
    store.close()


@pytest.mark.field("K3")
@pytest.mark.parametrize("loss", ["deleted", "replaced", "with its folder"])
def test_a_database_that_was_lost_while_it_was_open_is_made_again(
    tmp_path: Path, loss: str
) -> None:
    clock, folder = FakeClock(), tmp_path / "state"
    store = StateStore(folder, clock, FakeSecretary())
    store.open()
    store.record({"web": UP}, [(WATCH, UP, NEWS)], durable=True)
    store.remember("loaded", "web.yml")
    for file in list(folder.iterdir()):
        file.unlink()
    if loss == "replaced":
        (folder / "state.db").write_bytes(b"of somebody else")
    elif loss == "with its folder":
        folder.rmdir()

    store.record({"web": DOWN}, (), durable=True)
    store.notice_loss()
    store.record({"db": replace(UP, name="db")}, (), durable=True)
    found = again(store, clock)

    assert found.load_statuses() == {"web": DOWN, "db": replace(UP, name="db")}
    assert found.recall("loaded") == "web.yml"
    assert [entry.message for entry in found.history()] == ["start -> up"]
    assert (store.aside is not None) == (loss == "replaced")
    assert store.trouble == ""


@pytest.mark.field("S4")
@pytest.mark.parametrize(
    "message", ["caf\udce9", 2**70, None, object(), "\0", ("a",)], ids=lambda one: ascii(one)[:20]
)
def test_a_line_that_no_database_takes_costs_itself_alone(
    store: StateStore, clock: FakeClock, message: str
) -> None:
    for _ in range(2):
        poison = replace(NEWS, message=message)
        store.record({"web": UP}, [(WATCH, UP, poison), (WATCH, UP, NEWS)], durable=False)
    store.record({"web": DOWN}, [(WATCH, DOWN, NEWS)], durable=True)

    assert store.trouble == ""
    assert [one.message for one in store.history()][-1] == NEWS.message
    assert again(store, clock).load_statuses()["web"].goal is Goal.DOWN


@pytest.mark.field("S4")
@pytest.mark.parametrize("where", ["judge", "write", "wake", "forget"])
def test_alerts_that_cannot_be_made_cost_nothing_else(
    tmp_path: Path, clock: FakeClock, where: str
) -> None:
    secretary = FakeSecretary()
    store = StateStore(tmp_path, clock, secretary)
    store.open()

    def stumbles(*_: object) -> None:
        raise KeyError("on purpose")

    setattr(secretary, where, stumbles)
    for status in (UP, DOWN):
        store.record({"web": status}, [(WATCH, status, NEWS)], durable=True)
    store.forget("db")

    assert store.trouble == ""
    assert [one.message for one in store.history()] == [NEWS.message] * 2
    assert again(store, clock).load_statuses()["web"].goal is Goal.DOWN


@pytest.mark.field("S4")
def test_whatever_goes_wrong_when_it_is_written_is_said_and_not_raised(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_: object) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr("overseer.store.writer.transaction", stumbles)
        store.record({"web": DOWN}, [(WATCH, DOWN, NEWS)], durable=True)
        assert "on purpose" in store.trouble
    store.settle()
    assert store.trouble == ""
    assert [one.message for one in store.history()] == [NEWS.message]


@pytest.mark.field("K2")
def test_a_value_that_cannot_be_written_costs_itself_alone(
    store: StateStore, clock: FakeClock
) -> None:
    half = replace(NEWS, message="no such file: caf\udce9")  # bytes of a name that are no UTF-8
    store.record({"web": UP}, [(WATCH, UP, half), (WATCH, UP, NEWS)], durable=False)
    store.record({"web": DOWN}, [(WATCH, DOWN, replace(NEWS, message="up -> stop"))], durable=True)

    assert store.trouble == ""
    assert [one.message for one in store.history()][-2:] == ["start -> up", "up -> stop"]
    assert again(store, clock).load_statuses()["web"].goal is Goal.DOWN
