"""What holds for a move from one queue to another, wherever either is kept."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import postgres_server
import pytest
from make_believe_queue import NOON, Clock, even

from overseer.errors import Refused
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.freight import MOST_BYTES
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.moving import Move
from overseer.outbox.parcel import Job, Verdict, dead, retry, sent
from overseer.outbox.pauses import By
from overseer.outbox.store import Store

numbers = itertools.count()
SAYS = {"ok": sent("250 ok", 250), "later": retry("450 later", 450), "no": dead("550 no", 550)}
PAIRS = [
    ("file", "file"),
    pytest.param(("file", "postgres"), marks=pytest.mark.live),
    pytest.param(("postgres", "file"), marks=pytest.mark.live),
    pytest.param(("postgres", "postgres"), marks=pytest.mark.live),
]


class House:
    """Two queues and the way from one to the other."""

    def __init__(self, urls: tuple[str, str], clock: Clock) -> None:
        self.source, self.target = (Outbox(url, clock=clock) for url in urls)
        self.clock = clock

    def move(self, **options: Any) -> Any:
        return self.source.move_to(self.target, **({"piece": 2, "wait": lambda n: None} | options))

    def close(self) -> None:
        self.source.close()
        self.target.close()


@pytest.fixture(params=PAIRS, ids="-to-".join)
def house(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[House]:
    def url(kind: str) -> str:
        if kind == "file":
            return f"sqlite:///{tmp_path}/{next(numbers)}.db"
        server: postgres_server.Server = request.getfixturevalue("postgres")
        return f"{server.url}&schema=move_{next(numbers)}"

    one, other = request.param
    made = House((url(one), url(other)), clock)
    yield made
    made.close()


def deliver(job: Job) -> Verdict:
    return SAYS[job.rcpt]


def fill(outbox: Outbox) -> None:
    """Some of everything."""
    for rcpt in ("ok", "later", "no", "ok", "no"):
        outbox.put_mail(
            f"to {rcpt}".encode(), "me@x.org", rcpt, message_id=f"<{next(numbers)}@x>", priority=3
        )
    outbox.work_off(plain(deliver))
    outbox.put_mail(b"later", "me@x.org", "ok", run_at=NOON + 60, dedupe="k", max_attempts=7)
    outbox.put_mail(b"soon", "me@x.org", "ok", queue="bulk", expires_at=NOON + 900)
    outbox.put("note", {"word": "€"})


def seen(outbox: Outbox) -> Counter[tuple[Any, ...]]:
    """All that there is, but for the numbers."""
    found: Counter[tuple[Any, ...]] = Counter()
    for state in ("due", "waiting", "dead", "sent"):
        for row in outbox.rows(state, 10_000):
            values = [getattr(row, name) for name in row.__slots__ if name not in ("id", "at")]
            values.append(round(row.at, 3))  # a server counts microseconds
            found[(*values, outbox.body(row.id))] += 1
    return found


def test_everything_is_there_as_it_was_and_nothing_is_left(house: House) -> None:
    fill(house.source)
    before = seen(house.source)

    done = house.move()

    assert seen(house.target) == before
    assert sum(seen(house.source).values()) == 0
    assert (done.counts, done.known) == ({"queued": 4, "sent": 2, "dead": 2}, 0)


def test_what_has_moved_is_delivered_and_its_numbers_are_its_own(house: House) -> None:
    fill(house.target)
    fill(house.source)
    house.move()
    house.clock.advance(100)

    house.target.work_off(plain(deliver))

    rows = [row for state in ("due", "waiting", "dead", "sent") for row in house.target.rows(state)]
    assert len({row.id for row in rows}) == len(rows)
    assert house.target.put("note") not in {row.id for row in rows}
    assert all(house.target.find(row.id) == row for row in rows)
    expired = [row for row in rows if row.state == "dead" and row.reason == "expired"]
    assert expired == []


def test_attempts_go_on_where_they_were(house: House) -> None:
    house.source.put_mail(b"x", "me@x.org", "later", max_attempts=2)
    house.source.work_off(plain(deliver))
    house.move()
    house.clock.advance(10)

    house.target.work_off(plain(deliver))

    (row,) = house.target.rows("dead")
    assert (row.attempts, row.reason) == (2, "2 attempts failed")


def test_keys_hold_there_too(house: House) -> None:
    house.source.put("note", dedupe="queued")
    house.source.put("note", dedupe="sent", queue="mail")
    house.source.work_off(plain(lambda job: sent()), queues=["mail"])

    house.move()

    assert house.target.put("note", dedupe="queued") is None
    assert house.target.put("note", dedupe="sent") is None


def test_what_has_its_like_there_is_not_there_twice(house: House) -> None:
    house.source.put("note", dedupe="k")
    house.target.put("note", dedupe="k")

    done = house.move()

    assert (done.counts["queued"], done.known) == (0, 1)
    assert house.target.counts().due == 1
    assert house.source.counts().due == 0


def test_pauses_come_along_before_anything_else(house: House) -> None:
    fill(house.source)
    house.source.pause("bulk", reason="too many")

    done = house.move()

    assert done.pauses == 1
    (pause,) = house.target.pauses()
    assert (pause.queue, pause.by, pause.reason) == ("bulk", By.OPERATOR, "too many")


def test_the_old_queue_says_where_it_went_and_sends_nothing(house: House) -> None:
    house.move()
    house.source.put("note")

    mark = house.source.moving()

    assert mark is not None
    assert (mark.step, mark.reason) == (1, house.target.name)
    assert house.source.work_off(plain(lambda job: sent())) == 0


def test_what_was_put_there_since_is_taken_by_the_next_move(house: House) -> None:
    house.move()
    house.source.put("note")
    house.target.pause("bulk")

    assert house.move().counts["queued"] == 1

    assert house.target.counts().due == 1
    assert house.target.resume("bulk")


def test_it_may_be_moved_back(house: House) -> None:
    fill(house.source)
    before = seen(house.source)
    house.move()

    house.target.move_to(house.source)

    assert seen(house.source) == before
    assert house.source.moving() is None


def test_a_queue_is_not_moved_to_itself(house: House) -> None:
    house.source.put("note")

    with pytest.raises(Refused, match="are the same queue"):
        house.source.move_to(house.source)

    assert house.source.moving() is None


def holder(house: House) -> tuple[Ledger, Store]:
    store = house.source._store.beside("worker")
    ledger = Ledger(store, "worker", limits=Limits(lease=30.0), clock=house.clock, luck=even)
    ledger.open()
    return ledger, store


def test_nothing_is_moved_while_a_worker_holds_something(house: House) -> None:
    house.source.put("note")
    worker, store = holder(house)
    assert worker.turn().jobs

    with pytest.raises(Refused, match=r"1 rows of .* are held by a worker; stop it"):
        house.move(patience=0.0)

    assert house.source.moving() is None
    assert house.target.counts().due == 0
    store.close()


def test_it_waits_for_what_is_under_way(house: House) -> None:
    house.source.put_all([])
    house.source.put("note")
    house.source.put("note")
    worker, store = holder(house)
    jobs = worker.turn(most=1).jobs
    told: list[int] = []

    def wait(count: int) -> None:
        told.append(count)
        worker.turn([(job, sent()) for job in jobs])

    done = house.move(wait=wait)

    assert told == [1]
    assert done.counts == {"queued": 1, "sent": 1, "dead": 0}
    assert worker.turn().jobs == []
    store.close()


def test_what_a_dead_worker_held_is_moved(house: House) -> None:
    house.source.put("note")
    worker, store = holder(house)
    worker.turn()
    limits = Limits(lease=house.source.lease)

    done = house.move(wait=lambda count: house.clock.advance(limits.lease), patience=60.0)

    assert done.counts["queued"] == 1
    (job,) = house.target.rows("due")
    assert job.crashes == 1
    store.close()


class Fuse(Exception):
    """The power goes."""


class Fused:
    """Two stores behind a fuse that blows at one of their commits: before it, or after it."""

    CHANGES = ("hold", "lift", "identity", "drop", "unload", "forget", "leave")

    def __init__(self, at: int, after: bool) -> None:
        self.left = at
        self.after = after

    def guard(self, end: Any) -> Any:
        """A store, or the cargo of one."""
        fuse = self

        class Guarded:
            def __getattr__(self, name: str) -> Any:
                if name == "cargo":
                    return lambda: fuse.guard(end.cargo())
                found = getattr(end, name)
                return fuse.around(found) if name in fuse.CHANGES else found

        return Guarded()

    def around(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise Fuse
            result = change(*values)
            if self.left == 0 and self.after:
                raise Fuse
            return result

        return call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_it_may_be_interrupted_at_every_commit_and_begun_again(house: House, after: bool) -> None:
    """What is undone when Python unwinds is undone here too; the kills are in tests/live."""
    blown = True
    for at in itertools.count(1):
        fill(house.source)
        house.source.pause("bulk")
        expected = seen(house.source) + seen(house.target)
        fused = Fused(at, after)
        source, target = fused.guard(house.source._store), fused.guard(house.target._store)
        try:
            Move(source, target, clock=house.clock, piece=3, wait=lambda n: None).run()
            blown = False
        except Fuse:
            house.move()

        assert seen(house.target) == expected - Counter(keyed(expected))
        assert sum(seen(house.source).values()) == 0
        if not blown:
            break
    assert at > 10


def keyed(rows: Counter[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """What is there under one key twice counts once."""
    return {row: count - 1 for row, count in rows.items() if "k" in row}


@pytest.mark.parametrize("house", [PAIRS[1]], indirect=True, ids=["file-to-postgres"])
def test_a_row_that_the_other_place_cannot_hold_is_named(house: House) -> None:
    house.source.put("fine")
    bad = house.source.put("note", run_at=2.9e11)
    assert bad

    with pytest.raises(Refused, match=rf"row {bad}: run_at: .* beyond the calendar.*--force {bad}"):
        house.move()

    assert house.target.counts().due == 1
    with pytest.raises(Refused, match="is being moved to"):
        house.source.discard(bad)
    assert house.source.discard(bad, force=True) == 1
    house.move()


def test_a_queue_that_is_being_moved_is_left_alone(house: House) -> None:
    house.source.put("note")
    fused = Fused(9, after=False)
    with pytest.raises(Fuse):
        Move(
            fused.guard(house.source._store), fused.guard(house.target._store), clock=house.clock
        ).run()
    assert house.source.moving()

    for change in (house.source.resume, house.source.retry, lambda: house.source.discard(1)):
        with pytest.raises(Refused, match="end that first"):
            change()

    assert house.source.resume(force=True)


def test_two_moves_at_once_are_one_too_many(house: House) -> None:
    house.source.put("note")
    errors: list[str] = []

    def tell(count: int) -> None:
        with pytest.raises(Refused, match="another `overseer mail migrate` is at it") as raised:
            house.move()
        errors.append(str(raised.value))

    assert house.move(tell=tell).counts["queued"] == 1
    assert len(errors) == 1


def test_a_move_that_was_interrupted_goes_on_to_where_it_went(house: House, tmp_path: Path) -> None:
    house.source.put("note")
    fused = Fused(9, after=False)
    with pytest.raises(Fuse):
        Move(fused.guard(house.source._store), fused.guard(house.target._store)).run()

    with closing(Outbox(f"sqlite:///{tmp_path}/third.db")) as third:
        with pytest.raises(Refused, match=r"is being moved to .* end that first, by the same name"):
            house.source.move_to(third)

        assert third.counts().due == 0


def test_large_mails_are_moved_a_few_at_a_time(house: House) -> None:
    body = b"x" * (MOST_BYTES // 2)
    for _ in range(3):
        house.source.put_mail(body, "me@x.org", "ok")
    seen: list[int] = []

    house.move(piece=500, tell=seen.append)

    assert seen == [2, 3]
