"""One holder of leases, turn by turn, with no thread and no waiting."""

from collections.abc import Callable

import pytest
from make_believe_queue import NOON, PREFIX, Clock

from overseer.outbox import desk, table
from overseer.outbox.database import Database, Unavailable
from overseer.outbox.ledger import LOOK_EVERY, Ledger
from overseer.outbox.limits import SHORTEST_NAP, Limits
from overseer.outbox.parcel import UNTRIED, Fate, Job, Parcel, Verdict, down, retry, sent
from overseer.outbox.pauses import pause

MakeLedger = Callable[..., Ledger]
TWO = Limits(threads=2)


def fill(database: Database, clock: Clock, count: int, body: bytes = b"") -> None:
    parcel = Parcel(kind="note", body=body)
    database.write(lambda db: [table.put(db, PREFIX, parcel, clock.at.now) for _ in range(count)])


def counts(database: Database, clock: Clock) -> desk.Counts:
    with database.reading() as db:
        return desk.counts(db, PREFIX, clock.at.now)


def all_sent(jobs: list[Job]) -> list[tuple[Job, Verdict]]:
    return [(job, sent()) for job in jobs]


def test_at_most_two_for_each_thread_are_leased_ahead(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 10)
    books = ledger(limits=TWO)

    jobs = books.turn().jobs

    assert len(jobs) == 4
    assert books.turn().jobs == []
    assert len(books.turn(all_sent(jobs[:3])).jobs) == 3


def test_what_is_finished_together_is_recorded_by_one_commit(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 4)
    books = ledger(limits=TWO)
    jobs = books.turn().jobs
    watching = Database(database._connect, PREFIX, name="another process")
    before = watching.version()

    books.turn(all_sent(jobs))

    assert watching.version() == (before[0], before[1] + 1)
    assert counts(database, clock).sent == 4
    watching.close()


def test_a_turn_with_nothing_to_do_does_not_write(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    books = ledger()
    watching = Database(database._connect, PREFIX, name="another process")
    before = watching.version()

    books.turn()

    assert watching.version() == before
    watching.close()


def limit_pages(database: Database) -> None:
    """The disk is full: the file may not grow."""
    with database.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={pages}")


def free_pages(database: Database) -> None:
    with database.reading() as db:
        db.execute("PRAGMA max_page_count=1000000")


def wordy(jobs: list[Job]) -> list[tuple[Job, Verdict]]:
    """Verdicts that need room on the disk."""
    return [(job, retry("x" * 2000)) for job in jobs]


def test_while_a_delivery_cannot_be_recorded_nothing_more_is_leased(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 40)
    books = ledger()
    jobs = books.turn().jobs
    limit_pages(database)

    for _ in range(3):
        with pytest.raises(Unavailable, match="disk is full"):
            books.turn(wordy(jobs))

    assert counts(database, clock).leased == len(jobs)
    free_pages(database)
    turn = books.turn(wordy(jobs))
    assert [outcome.fate for outcome in turn.settled] == [Fate.RETRY] * len(jobs)
    assert len(turn.jobs) == len(jobs)


def test_a_full_disk_refuses_what_is_put_and_loses_nothing_of_before(
    database: Database, clock: Clock
) -> None:
    fill(database, clock, 3)
    limit_pages(database)

    with pytest.raises(Unavailable, match=r"queue\.db: the disk is full, nothing was changed"):
        fill(database, clock, 1, body=b"x" * 100_000)

    assert counts(database, clock).due == 3
    free_pages(database)
    fill(database, clock, 1, body=b"x" * 100_000)
    assert counts(database, clock).due == 4


def test_a_commit_recorded_but_not_reported_is_recorded_once(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 3)
    books = ledger()
    first, second, third = books.turn().jobs
    finished = [(first, sent()), (second, retry("no")), (third, down("no"))]
    settle = [(job, verdict) for job, verdict in finished]
    clock.advance(0.1)
    database.write(
        lambda db: [table.settle(db, PREFIX, j, v, clock.at.now, TWO) for j, v in settle]
    )

    books.turn(finished)

    with database.reading() as db:
        (waiting,) = desk.rows(db, PREFIX, "waiting", now=clock.at.now)
        steps = db.execute(f"SELECT step FROM {PREFIX}pause").fetchall()
    assert waiting.attempts == 1
    assert counts(database, clock).sent == 1
    assert steps == [(0,)]


def test_leases_are_renewed_at_a_third_of_their_time(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books, other = ledger("a"), ledger("b")
    (job,) = books.turn().jobs

    for _ in range(10):
        assert books.wait(room=True) == pytest.approx(LOOK_EVERY)
        clock.advance(39)
        books.turn()
        clock.advance(1)
        books.turn()
        assert other.turn().jobs == []
    assert books.may_begin(job)


def test_what_has_not_begun_when_its_lease_runs_out_does_not_begin(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books, other = ledger("a"), ledger("b")
    (late,) = books.turn().jobs
    clock.advance(120)

    assert not books.may_begin(late)
    (taken,) = other.turn().jobs
    assert books.turn([(late, UNTRIED)]).settled == []
    assert other.turn([(taken, sent())]).settled
    assert books.holds == 0


def test_a_lease_lost_to_another_is_noticed_at_renewal(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books, other = ledger("a"), ledger("b")
    (late,) = books.turn().jobs
    clock.advance(120)
    other.turn()

    books.turn()

    assert not books.may_begin(late)


def test_the_next_life_begins_with_what_the_last_one_held(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 3)
    held = ledger("a").turn().jobs

    again = ledger("a").turn().jobs

    assert [job.id for job in again] == [job.id for job in held]
    assert {job.crashes for job in again} == {1}


def test_what_was_leased_from_another_file_is_not_taken_for_a_row_of_this_one(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books = ledger()
    (old,) = books.turn().jobs
    books.forget()
    database.write(
        lambda db: db.execute(f"UPDATE {PREFIX}job SET lease_by = NULL, token = 0, kind = 'new'")
    )
    (new,) = books.turn().jobs
    assert (new.id, new.token) == (old.id, old.token)

    assert books.turn([(old, sent())]).settled == []
    assert not books.may_begin(old)
    assert counts(database, clock).leased == 1


def test_waiting_ends_when_the_next_row_is_due(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    books = ledger()
    parcel = Parcel(kind="note", run_at=NOON + 7)
    database.write(lambda db: table.put(db, PREFIX, parcel, NOON))

    assert books.wait(room=True) == 7
    assert books.wait(room=False) == LOOK_EVERY
    clock.advance(7)
    assert len(books.turn().jobs) == 1


def test_a_paused_queue_is_waited_for_without_hurry(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books = ledger()
    database.write(lambda db: pause(db, PREFIX, now=NOON))

    assert books.turn().jobs == []
    assert books.wait(room=True) == LOOK_EVERY


def test_no_new_lease_is_taken_when_none_is_wanted(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 2)
    books = ledger(limits=Limits(threads=1))
    first, second = books.turn().jobs

    turn = books.turn([(first, sent()), (second, UNTRIED)], most=0)

    assert turn.jobs == []
    assert counts(database, clock) == desk.Counts(due=1, waiting=0, leased=0, dead=0, sent=1)


def test_what_was_sent_a_month_ago_is_forgotten_in_passing(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 1)
    books = ledger()
    books.turn(all_sent(books.turn().jobs))
    clock.advance(31 * 86400)
    fill(database, clock, 1)

    books.turn()

    assert counts(database, clock).sent == 0


def test_a_ledger_that_is_full_waits_for_nobody_but_its_senders(
    database: Database, ledger: MakeLedger, clock: Clock
) -> None:
    fill(database, clock, 5)
    books = ledger(limits=TWO)
    assert books.has_room

    books.turn()

    assert not books.has_room
    assert books.wait(room=books.has_room) == LOOK_EVERY


def test_a_queue_at_rest_is_looked_at_less_often() -> None:
    limits = Limits(poll=0.05)

    assert limits.nap(30.0, quiet=1.0) == pytest.approx(0.05)
    assert limits.nap(30.0, quiet=60.0) == pytest.approx(0.15)
    assert limits.nap(0.01, quiet=60.0) == pytest.approx(0.01)
    assert limits.nap(-1.0, quiet=0.0) == SHORTEST_NAP
