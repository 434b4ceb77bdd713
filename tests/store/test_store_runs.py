"""Runs that are over, with what they printed."""

from contextlib import closing
from pathlib import Path

from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.schedule import Result, Run
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.store import history, runs
from overseer.store.database import connect, open_database
from overseer.store.runs import RunEntry
from overseer.store.state import StateStore

WATCH = Watch(name="backup", program=Program(command=("backup",)))


def entry(at: float, watch: str = "backup", output: str | None = None) -> RunEntry:
    return RunEntry(
        watch=watch, at=at, moment=at, by="schedule", result="ok", said="well",
        log_at=int(at), output=output,
    )  # fmt: skip


def record(store: StateStore, result: Result, log_at: int | None) -> None:
    run = Run(moment=1e9, by="schedule 0 4 * * *", log_at=log_at, err_at=5)
    news = News(
        kind=Kind.RUN_FINISHED, message="run: over", run=run, result=result,
        exit=Exit(3), ran_for=2.5,
    )  # fmt: skip
    store.record({}, [(WATCH, Status(name="backup"), news)], False)


def test_a_run_is_kept_with_its_end_and_later_with_what_it_printed(store: StateStore) -> None:
    record(store, Result.FAILED, 0)
    record(store, Result.SKIPPED, None)
    record(store, Result.OK, 70)

    with closing(connect(store.path)) as db:
        first, second = runs.unread(db)
        runs.keep_output(db, first.id, "all is lost\n")
        assert runs.unread(db) == [second]
    assert (first.log_at, first.log_until, first.err_at, first.err_until) == (0, 70, 5, 5)
    assert (second.log_at, second.log_until) == (70, None)

    kept = store.runs("backup", 10)
    assert [one.result for one in kept] == ["failed", "skipped", "ok"]
    assert [one.output for one in kept] == ["all is lost\n", None, None]
    assert (kept[0].code, kept[0].ran_for, kept[0].said) == (3, 2.5, "run: over")
    assert store.runs("other", 10) == []
    assert [one.result for one in store.runs("backup", 1)] == ["ok"]


def test_news_that_is_no_end_of_a_run_is_none(store: StateStore) -> None:
    news = News(kind=Kind.RUN_QUEUED, message="waits", run=Run())
    store.record({}, [(WATCH, Status(name="backup"), news)], False)

    assert store.runs("backup", 10) == []


def test_runs_are_forgotten_with_the_history(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    runs.insert(db, [entry(float(day) * 86400) for day in range(100)])

    assert history.prune(db, 100 * 86400.0) == 10
    assert runs.select(db, "backup", 1)[0].at == 99 * 86400.0
    db.close()


def test_of_what_runs_often_the_last_runs_are_kept(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    runs.insert(db, [entry(float(n), output="") for n in range(runs.MOST + 5)])
    runs.insert(db, [entry(1.0, "rare", "once")])

    assert history.prune(db, 100.0) == 5

    assert runs.select(db, "backup", 5000)[0].at == 5.0
    assert len(runs.select(db, "rare", 5)) == 1
    db.close()


def test_where_there_is_no_room_the_output_of_old_runs_goes_first(tmp_path: Path) -> None:
    db = open_database(tmp_path / "state.db")
    runs.insert(db, [entry(float(n), output="x" * 10_000) for n in range(100)])
    runs.insert(db, [entry(0.0, "rare", "once")])
    history.insert(db, [history.Entry(at=1.0, watch="w", kind="moved", message="up")])

    history.prune(db, 100.0, most=500_000)

    kept = runs.select(db, "backup", 1000)
    assert len(kept) == 100
    assert sum(bool(one.output) for one in kept) == runs.KEPT
    assert kept[-1].output
    assert runs.select(db, "rare", 1)[0].output == "once"
    assert len(history.select(db, (), None, 10)) == 1
    db.close()
