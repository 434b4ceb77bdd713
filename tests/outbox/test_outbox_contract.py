"""What holds for every outbox: in a file, on a server, inline, recording."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from make_believe_queue import NOON, Clock

from overseer.errors import Refused, UsageError
from overseer.outbox import Jobs, Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Job, Parcel, dead, retry, sent

Make = Callable[[], Outbox]


class World:
    """Job functions and a mailbox, to see what was done."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.done: list[str] = []
        self.mails: list[tuple[str, bytes]] = []

        @self.jobs.job
        def note(word: str) -> None:
            if word == "bad":
                raise LookupError("a bad word")
            self.done.append(word)

    def deliver(self, job: Job) -> None:
        self.mails.append((job.rcpt, job.body))


@pytest.fixture
def world() -> World:
    return World()


ON_SERVER = pytest.param("postgres", marks=pytest.mark.live)
UrlOf = Callable[[str], str]


@pytest.fixture(params=["file", "inline", "recording", ON_SERVER])
def outbox(
    request: pytest.FixtureRequest, url_of: UrlOf, world: World, clock: Clock
) -> Iterator[Outbox]:
    makes: dict[str, Make] = {
        "inline": lambda: Outbox.inline(jobs=world.jobs, deliver=world.deliver, clock=clock),
        "recording": lambda: Outbox.recording(jobs=world.jobs, clock=clock),
    }

    def kept() -> Outbox:
        return Outbox(url_of(request.param), jobs=world.jobs, clock=clock)

    made = makes.get(request.param, kept)()
    yield made
    made.close()


@pytest.fixture(params=["file", ON_SERVER])
def url(request: pytest.FixtureRequest, url_of: UrlOf) -> str:
    return url_of(request.param)


@pytest.fixture
def kept(url: str, world: World, clock: Clock) -> Iterator[Outbox]:
    """One that outlives the process."""
    made = Outbox(url, jobs=world.jobs, clock=clock)
    yield made
    made.close()


@pytest.fixture
def in_file(tmp_path: Path, world: World, clock: Clock) -> Iterator[Outbox]:
    made = Outbox(f"sqlite:///{tmp_path}/mail.db", jobs=world.jobs, clock=clock)
    yield made
    made.close()


def test_put_gives_a_number_and_nothing_for_a_like(outbox: Outbox) -> None:
    first = outbox.put("note", {"word": "hello"}, dedupe="one")

    assert isinstance(first, int)
    assert outbox.put("note", {"word": "hello"}, dedupe="one") is None
    assert outbox.put("note", {"word": "hello"}) not in (None, first)


def test_what_no_worker_could_run_is_refused(outbox: Outbox) -> None:
    with pytest.raises(Refused):
        outbox.put("note", {"words": "hello"})
    with pytest.raises(Refused):
        outbox.put("not", {"word": "hello"})

    assert sum(getattr(outbox.counts(), state) for state in ("due", "waiting", "sent")) == 0


def test_a_mail_is_one_row_for_each_recipient(outbox: Outbox) -> None:
    ids = outbox.put_mail(b"Subject: hi\r\n\r\nhi", "me@example.org", "a@example.org", "b@x.org")

    assert len(set(ids)) == 2
    rows = [row for id in ids if (row := outbox.find(id or 0))]
    assert {(row.kind, row.queue, row.rcpt) for row in rows} == {
        ("mail", "mail", "a@example.org"),
        ("mail", "mail", "b@x.org"),
    }


def test_a_mail_to_nobody_is_refused(outbox: Outbox) -> None:
    with pytest.raises(Refused, match="no recipient"):
        outbox.put_mail(b"", "me@example.org")


def test_one_bad_recipient_refuses_the_whole_mail(outbox: Outbox) -> None:
    with pytest.raises(Refused, match="control character"):
        outbox.put_mail(b"", "me@example.org", "a@example.org", "b@example.org\n")

    assert outbox.rows("due") == outbox.rows("sent") == []


def test_everything_put_is_there_to_see(outbox: Outbox) -> None:
    outbox.put("note", {"word": "hello"}, run_at=NOON + 5)

    counts = outbox.counts()
    assert counts.due + counts.waiting + counts.sent == 1


def test_a_file_and_a_recording_are_worked_off_alike(
    outbox: Outbox, world: World, clock: Clock
) -> None:
    outbox.put("note", {"word": "later"}, run_at=NOON + 5)
    outbox.put("note", {"word": "now"})

    outbox.work_off(plain(world.jobs.run))
    clock.advance(5)
    outbox.work_off(plain(world.jobs.run))

    assert sorted(world.done) == ["later", "now"]
    assert outbox.counts().sent == 2


def test_inline_runs_it_at_once_and_what_it_raises_reaches_the_caller(world: World) -> None:
    inline = Outbox.inline(jobs=world.jobs)
    inline.put("note", {"word": "hello"}, run_at=NOON * 2)
    assert world.done == ["hello"]

    with pytest.raises(LookupError, match="a bad word"):
        inline.put("note", {"word": "bad"}, dedupe="once")

    assert inline.counts().due == 0
    assert inline.put("note", {"word": "good"}, dedupe="once")


def test_inline_hands_mail_to_whom_it_was_told(world: World) -> None:
    inline = Outbox.inline(deliver=world.deliver)

    inline.put_mail(b"hi", "me@example.org", "a@example.org", "b@example.org")

    assert world.mails == [("a@example.org", b"hi"), ("b@example.org", b"hi")]


def test_inline_without_anybody_for_it_says_what_to_write(world: World) -> None:
    with pytest.raises(Refused, match=r"Outbox\.inline\(deliver=\.\.\.\)"):
        Outbox.inline(jobs=world.jobs).put_mail(b"hi", "me@example.org", "a@example.org")


def test_a_job_may_put_another_inline() -> None:
    inline = Outbox.inline()
    done: list[int] = []

    @inline.job
    def count(down: int) -> None:
        done.append(down)
        if down:
            inline.put("count", {"down": down - 1})

    inline.put("count", {"down": 2})

    assert done == [2, 1, 0]


def test_a_recording_delivers_nothing(world: World) -> None:
    recording = Outbox.recording(jobs=world.jobs)

    recording.put("note", {"word": "hello"})

    assert world.done == []
    (row,) = recording.rows("due")
    assert (row.kind, row.payload) == ("note", '{"word": "hello"}')


def test_two_outboxes_share_nothing(world: World) -> None:
    one, two = Outbox.recording(), Outbox.recording()

    one.put("anything")

    assert two.counts().due == 0


def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    Outbox(f"sqlite:///{tmp_path}/mail.db")

    assert list(tmp_path.iterdir()) == []


def test_what_is_put_within_a_transaction_is_committed_or_rolled_back_with_it(
    in_file: Outbox,
) -> None:
    in_file.counts()
    with closing(sqlite3.connect(in_file.path, isolation_level=None)) as app:
        for end in ("ROLLBACK", "COMMIT"):
            app.execute("BEGIN IMMEDIATE")
            in_file.put("note", {"word": end}, within=app)
            app.execute(end)

    (row,) = in_file.rows("due")
    assert row.payload == '{"word": "COMMIT"}'


def test_the_first_put_of_all_may_be_within_a_transaction(tmp_path: Path) -> None:
    with (
        closing(Outbox(f"sqlite:///{tmp_path}/app.db", patience=0)) as outbox,
        closing(sqlite3.connect(outbox.path)) as app,
    ):
        app.row_factory = lambda cursor, row: {"columns": row}
        app.execute("CREATE TABLE user (name TEXT)")
        with app:
            app.execute("INSERT INTO user VALUES ('ann')")
            outbox.put("note", {"word": "hello"}, within=app)

        assert outbox.counts().due == 1


def test_another_outbox_by_the_same_url_sees_the_same_rows(
    kept: Outbox, url: str, clock: Clock
) -> None:
    kept.put("note", {"word": "hello"})
    with closing(Outbox(url, clock=clock)) as worker:
        assert worker.work_off(plain(lambda job: dead("no", 550))) == 1

    assert [row.code for row in kept.rows("dead")] == [550]
    assert kept.retry() == 1
    assert kept.counts().due == 1


def test_people_can_pause_look_and_discard(kept: Outbox, clock: Clock) -> None:
    id = kept.put("note", {"word": "hello"})
    kept.pause(reason="the relay is being moved")
    clock.advance(60)

    assert kept.work_off(plain(lambda job: sent())) == 0
    assert kept.oldest_due() == 60
    assert [pause.reason for pause in kept.pauses()] == ["the relay is being moved"]
    assert kept.body(id or 0) == b""
    assert kept.resume()
    assert kept.discard(id or 0) == 1
    assert kept.oldest_due() is None


def test_a_memory_has_no_worker() -> None:
    with pytest.raises(Refused, match="work_off"):
        Outbox.recording().drain(lambda: plain(lambda job: sent()), name="w")


def test_sent_lines_can_be_forgotten(kept: Outbox, clock: Clock) -> None:
    kept.put_all([Parcel(kind="note", payload='{"word": "x"}')] * 3)
    kept.work_off(plain(lambda job: sent()))
    clock.advance(100)

    assert kept.purge(older_than=200) == 0
    assert kept.purge(older_than=50) == 3


def test_it_is_there_once_it_has_been_used(kept: Outbox) -> None:
    assert not kept.is_there()

    kept.put("note", {"word": "hello"})

    assert kept.is_there()


def test_rows_are_shown_in_their_state_by_who_goes_first(kept: Outbox, clock: Clock) -> None:
    words = {"low": (9, None), "high": (-9, None), "later": (-9, NOON + 60)}
    ids = {
        word: kept.put("note", {"word": word}, priority=priority, run_at=run_at)
        for word, (priority, run_at) in words.items()
    }

    assert [row.id for row in kept.rows("due")] == [ids["high"], ids["low"]]
    (row,) = kept.rows("waiting")
    assert (row.id, row.at, row.priority) == (ids["later"], NOON + 60, -9)
    assert kept.find(row.id) == row
    with pytest.raises(UsageError, match="write due, waiting, leased, dead, sent"):
        kept.rows("lost")


def test_the_dead_keep_their_reason_and_body_and_go_again_as_if_new(kept: Outbox) -> None:
    (id,) = kept.put_mail(b"hello", "me@example.org", "a@example.org", dedupe="k")
    kept.work_off(plain(lambda job: dead("550 no such user", 550)))

    (row,) = kept.rows("dead")
    assert (row.reason, row.code, row.text) == ("refused", 550, "550 no such user")
    assert kept.body(row.id) == b"hello"
    assert kept.retry(row.id) == 1
    assert kept.put_mail(b"hello", "me@example.org", "a@example.org", dedupe="k") == [None]
    kept.work_off(plain(lambda job: sent("250 ok", 250)))
    (gone,) = kept.rows("sent")
    assert (gone.id, gone.code, gone.text, kept.body(gone.id)) == (id, 250, "250 ok", None)


def test_the_dead_stay_dead_where_their_like_went_since(kept: Outbox) -> None:
    first = kept.put("note", {"word": "x"}, dedupe="k")
    kept.work_off(plain(lambda job: dead("no")))
    assert kept.put("note", {"word": "x"}, dedupe="k")

    assert kept.retry(first or 0) == 0
    kept.work_off(plain(lambda job: sent()))
    assert kept.retry(first or 0) == 0
    assert kept.counts().dead == 1


def test_what_was_sent_is_not_put_again_until_it_is_forgotten(kept: Outbox, clock: Clock) -> None:
    kept.put("note", {"word": "x"}, dedupe="k")
    kept.work_off(plain(lambda job: sent()))
    assert kept.put("note", {"word": "x"}, dedupe="k") is None
    clock.advance(10)

    kept.purge(older_than=5)

    assert kept.put("note", {"word": "x"}, dedupe="k") is not None


def test_of_two_alike_put_together_one_is_kept(kept: Outbox) -> None:
    parcel = Parcel(kind="note", payload="{}", dedupe="k")

    first, second, other = kept.put_all([parcel, parcel, Parcel(kind="note")])

    assert first is not None
    assert second is None
    assert other is not None


def test_a_number_is_never_used_again(kept: Outbox) -> None:
    first = kept.put("note", {"word": "x"})
    kept.discard(first or 0)

    assert (kept.put("note", {"word": "x"}) or 0) > (first or 0)


def test_any_bytes_and_words_come_back_as_they_were(kept: Outbox) -> None:
    body = bytes(range(256))
    (mail,) = kept.put_mail(body, "", "ü@example.org", message_id="<1@x>")
    note = kept.put("note", {"word": '\0 € "quoted" 1e400'})

    assert kept.body(mail or 0) == body
    row = kept.find(mail or 0)
    assert row is not None
    assert (row.sender, row.rcpt, row.message_id) == ("", "ü@example.org", "<1@x>")
    seen: list[Job] = []
    kept.work_off(plain(lambda job: seen.append(job) or sent()), queues=["default"])
    (job,) = seen
    assert (job.id, json.loads(job.payload)["word"]) == (note, '\0 € "quoted" 1e400')


def test_what_a_server_says_is_kept_whatever_it_is(kept: Outbox) -> None:
    kept.put("note", {"word": "x"})

    kept.work_off(plain(lambda job: retry("no\0 " + "€" * 5000, 450)))

    (row,) = kept.rows("waiting")
    assert (row.attempts, row.code, row.text[:2], len(row.text)) == (1, 450, "no", 2000)
