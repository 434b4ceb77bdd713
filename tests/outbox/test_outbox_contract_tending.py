"""What people do with a queue, the same wherever its rows are kept."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from make_believe_queue import NOON, Clock

from overseer.errors import Refused, UsageError
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.ledger import Ledger
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job, Parcel, Verdict, dead, retry, sent
from overseer.outbox.sums import Cause, Tally

ON_SERVER = pytest.param("postgres", marks=pytest.mark.live)
HOUR = 3600
SAYS = {"ok": sent(), "later": retry("450", 450), "no": dead("550", 550), "gone": dead("551", 551)}


@pytest.fixture(params=["file", "recording", ON_SERVER])
def outbox(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], clock: Clock
) -> Iterator[Outbox]:
    made = (
        Outbox.recording(clock=clock)
        if request.param == "recording"
        else Outbox(url_of(request.param), clock=clock)
    )
    yield made
    made.close()


@pytest.fixture(params=["file", "inline", "recording", ON_SERVER])
def small(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], clock: Clock
) -> Iterator[Outbox]:
    """Of 100 bytes."""
    makes: dict[str, Callable[[], Outbox]] = {
        "inline": lambda: Outbox.inline(deliver=lambda job: None, max_size=100),
        "recording": lambda: Outbox.recording(max_size=100),
    }
    made = makes.get(request.param, lambda: Outbox(url_of(request.param), max_size=100))()
    yield made
    made.close()


def work_off(outbox: Outbox, *rcpts: str, queue: str = "mail") -> None:
    """Mails to those, each tried once."""
    for rcpt in rcpts:
        outbox.put_mail(b"Subject: x", "me@x.org", rcpt, queue=queue)

    def deliver(job: Job) -> Verdict:
        return SAYS[job.rcpt]

    outbox.work_off(plain(deliver))


def test_what_is_too_large_is_refused_with_what_was_found_and_what_to_write(small: Outbox) -> None:
    said = r"has 101 bytes, more than the 100B .*Outbox\(url, max_size=\.\.\.\), --max-size"
    with pytest.raises(Refused, match=f"the message {said}"):
        small.put_mail(b"x" * 101, "me@x.org", "a@x.org")
    with pytest.raises(Refused, match=f"job note: the payload {said}"):
        small.put("note", {"word": "€" * 29 + "ab"})
    assert sum(small.count_ended(state, -HOUR) for state in ("dead", "sent")) == 0

    assert small.put_mail(b"x" * 100, "me@x.org", "a@x.org")


def test_a_queue_is_counted_by_queue_state_and_cause(outbox: Outbox) -> None:
    work_off(outbox, "ok", "later", "no")
    work_off(outbox, "gone", "gone", queue="bulk")
    outbox.put("note")
    outbox.put("note", run_at=NOON + 60)

    stats = outbox.stats()

    assert sorted((tally.queue, tally.state, tally.count) for tally in stats.queues) == [
        ("bulk", "dead", 2),
        ("default", "due", 1),
        ("default", "waiting", 1),
        ("mail", "dead", 1),
        ("mail", "sent", 1),
        ("mail", "waiting", 1),
    ]
    assert list(stats.causes) == [
        Cause(reason="refused", code=551, count=2),
        Cause(reason="refused", code=550, count=1),
    ]


def test_what_is_leased_is_counted_as_such(outbox: Outbox) -> None:
    seen: list[Tally] = []
    outbox.put("note")

    outbox.work_off(plain(lambda job: seen.extend(outbox.stats().queues) or sent()))

    assert seen == [Tally(queue="default", state="leased", count=1)]


def test_the_last_hour_and_the_last_day_are_counted(outbox: Outbox, clock: Clock) -> None:
    for wait in (0, 20 * HOUR, 5 * HOUR, 0.5 * HOUR):
        clock.advance(wait)
        work_off(outbox, "ok")

    stats = outbox.stats()

    assert (stats.sent_hour, stats.sent_day) == (2, 3)


def test_the_dead_are_kept_until_somebody_purges_them(outbox: Outbox, clock: Clock) -> None:
    for wait in (0, 10, 10):
        clock.advance(wait)
        work_off(outbox, "no", "ok")
    assert outbox.count_ended("dead", older_than=5) == 2

    gone = outbox.purge(older_than=5, state="dead")

    assert gone == 2
    counts = outbox.counts()
    assert (counts.dead, counts.sent) == (1, 3)
    with pytest.raises(UsageError, match="'due' is not forgotten by its age; write dead, sent"):
        outbox.purge(older_than=5, state="due")


def test_many_are_purged_and_retried_piece_by_piece_and_it_is_told(outbox: Outbox) -> None:
    outbox.put_all([Parcel(kind="note")] * 1203)
    outbox.work_off(plain(lambda job: dead("no")))
    seen: list[int] = []

    assert outbox.retry(tell=seen.append) == 1203

    assert seen == [500, 1000, 1203]
    outbox.work_off(plain(lambda job: dead("no")))
    seen.clear()
    assert outbox.purge(older_than=-1, state="dead", tell=seen.append) == 1203
    assert seen == [1000, 1203]
    assert outbox.counts().dead == 0


def test_one_queue_is_paused_and_resumed_without_the_others(outbox: Outbox) -> None:
    outbox.pause("bulk", reason="too many")
    work_off(outbox, "ok", queue="bulk")
    work_off(outbox, "ok")

    assert [(row.queue, row.state) for row in outbox.rows("due")] == [("bulk", "due")]
    assert outbox.resume("bulk")
    work_off(outbox)
    assert outbox.counts().sent == 2


@pytest.mark.parametrize("kind", ["file", ON_SERVER])
def test_a_worker_is_known_by_its_sign_of_life(
    url_of: Callable[[str], str], kind: str, clock: Clock
) -> None:
    with closing(Outbox(url_of(kind))) as outbox:
        outbox.counts()
        assert outbox.workers() == []
        store = outbox._store.beside("mail")
        Ledger(store, "mail", limits=Limits(), clock=clock).open()
        if outbox.path:
            Path(f"{outbox.path}.mail.heartbeat").touch()

        (sign,) = outbox.workers()

        store.close()
    assert sign.name == "mail"
    assert 0 <= sign.ago < 60


def test_a_group_is_a_matter_of_files(outbox: Outbox, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no group 'nobody-of-that-name'|this process's|no file"):
        outbox.share("nobody-of-that-name")

    assert list(tmp_path.iterdir()) == []


def test_of_the_dead_with_one_key_the_oldest_goes_again(outbox: Outbox) -> None:
    ids = []
    for _ in range(2):
        ids += outbox.put_mail(b"", "me@x.org", "no", dedupe="k")
        work_off(outbox)
    work_off(outbox, "no", "no")

    assert outbox.retry() == 3

    assert [row.id for row in outbox.rows("dead")] == [ids[1]]
    assert ids[0] in {row.id for row in outbox.rows("due")}


@pytest.mark.field("L15")
def test_rows_are_asked_for_by_queue_and_by_what_stands_in_them(outbox: Outbox) -> None:
    work_off(outbox, "ok", "no", "gone", "later")
    outbox.put_mail(b"Subject: x", "me@x.org", "Ann%_@b.org", queue="bulk")
    outbox.put("thumbnail", queue="bulk")

    def rcpts(state: str, **wanted: Any) -> list[str]:
        return [row.rcpt or row.kind for row in outbox.rows(state, **wanted)]

    assert rcpts("due", queue="bulk") == ["Ann%_@b.org", "thumbnail"]
    assert rcpts("due", queue="bulk", text="ann%_") == ["Ann%_@b.org"]
    assert rcpts("due", text="THUMB") == ["thumbnail"]
    assert rcpts("due", text="a%b") == rcpts("due", queue="bul") == []
    assert rcpts("dead", text="551") == ["gone"]
    assert sorted(rcpts("dead", text="me@")) == ["gone", "no"]
    assert rcpts("sent", queue="mail", text="O") == ["ok"]
    assert rcpts("sent", queue="bulk") == []
    assert rcpts("waiting", text="450") == ["later"]
    assert rcpts("due", limit=1, skip=1) == ["thumbnail"]
    assert rcpts("due", skip=2) == []


@pytest.mark.field("L15")
@pytest.mark.parametrize(
    ("message", "sender", "rcpt", "answer"),
    [
        ("Subject: x", "a@x.org", "b@x.org", "the message is a str; write bytes"),
        (bytearray(b"x"), "a@x.org", "b@x.org", "the message is a bytearray; write bytes"),
        (None, "a@x.org", "b@x.org", "the message is a NoneType; write bytes"),
        (b"x", None, "b@x.org", "sender: None is not text"),
        (b"x", "a@x.org", None, "recipient: None is not text"),
        (b"x", "a@x.org", ["b@x.org"], r"recipient: \['b@x.org'\] is not text"),
    ],
)
def test_what_no_worker_could_read_is_refused_where_it_is_put(
    outbox: Outbox, message: Any, sender: Any, rcpt: Any, answer: str
) -> None:
    with pytest.raises(Refused, match=answer):
        outbox.put_mail(message, sender, "ok@x.org", rcpt)
    with pytest.raises(Refused, match="kind: None is not text"):
        outbox.put(None)  # type: ignore[arg-type]
    assert outbox.counts().due == 0
