"""What holds for the hooks of every outbox: in a file, on a server, inline, recording."""

from collections.abc import Callable, Iterator

import pytest
from make_believe_queue import NOON, Clock

from overseer.outbox import GiveUp, Jobs, Outbox
from overseer.outbox.courier import plain
from overseer.outbox.limits import Limits
from overseer.outbox.parcel import Job, Settled, Verdict, dead, down, retry, sent

ON_SERVER = pytest.param("postgres", marks=pytest.mark.live)
SAYS = {"a@x.org": sent(), "b@x.org": retry("450 later", 450), "c@x.org": dead("550 no", 550)}


class Diary:
    """An application that notes what it is told."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.lines: list[str] = []

        @self.jobs.job
        def note(word: str) -> None:
            self.lines.append(f"note {word}")
            if word == "bad":
                raise LookupError("a bad word")
            if word == "hopeless":
                raise GiveUp("never")

        @self.jobs.on("before")
        def before(job: Job) -> None:
            self.lines.append(f"before {job.kind}")

        @self.jobs.on("after")
        def after(job: Job, verdict: Verdict) -> None:
            self.lines.append(f"after {job.kind}: {verdict.fate}")

        @self.jobs.on("error")
        def error(settled: Settled) -> None:
            self.lines.append(f"error {settled.job.kind}: {settled.text}")

        @self.jobs.on("dead")
        def die(settled: Settled) -> None:
            self.lines.append(f"dead {settled.job.kind}: {settled.text}")


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture(params=["file", "recording", ON_SERVER])
def outbox(
    request: pytest.FixtureRequest, url_of: Callable[[str], str], diary: Diary, clock: Clock
) -> Iterator[Outbox]:
    if request.param == "recording":
        made = Outbox.recording(jobs=diary.jobs, clock=clock)
    else:
        made = Outbox(url_of(request.param), jobs=diary.jobs, clock=clock)
    yield made
    made.close()


def work_off(outbox: Outbox, limits: Limits | None = None) -> None:
    def deliver(job: Job) -> Verdict:
        return SAYS[job.rcpt] if job.rcpt else outbox.jobs.run(job)

    outbox.work_off(plain(deliver), limits=limits)


def test_a_job_that_is_done_has_one_before_and_one_after(outbox: Outbox, diary: Diary) -> None:
    outbox.put("note", {"word": "hello"})

    work_off(outbox)

    assert diary.lines == ["before note", "note hello", "after note: sent"]


def test_an_error_is_told_when_it_is_recorded(outbox: Outbox, diary: Diary) -> None:
    seen: list[int] = []
    outbox.on("error")(lambda settled: seen.append(outbox.counts().waiting))
    outbox.put("note", {"word": "bad"})

    work_off(outbox)

    assert diary.lines[2:] == ["after note: retry", "error note: LookupError: a bad word"]
    assert seen == [1]


@pytest.mark.parametrize(("word", "attempts"), [("hopeless", None), ("bad", 1)])
def test_the_last_error_is_followed_by_the_end(
    outbox: Outbox, diary: Diary, word: str, attempts: int | None
) -> None:
    outbox.put("note", {"word": word}, max_attempts=attempts)

    work_off(outbox)

    assert [line.partition(" ")[0] for line in diary.lines[3:]] == ["error", "dead"]


def test_what_has_expired_is_dead_without_an_attempt(
    outbox: Outbox, diary: Diary, clock: Clock
) -> None:
    outbox.put("note", {"word": "late"}, expires_at=NOON + 1)
    clock.advance(5)

    work_off(outbox)

    assert diary.lines == ["dead note: expired"]


def test_mails_have_hooks_too(outbox: Outbox, diary: Diary) -> None:
    told: list[Settled] = []
    outbox.on("dead", kind="mail")(told.append)
    outbox.put("note", {"word": "hopeless"})
    outbox.put_mail(b"Subject: x\r\n\r\n", "me@x.org", *SAYS)

    work_off(outbox)

    assert sorted(line for line in diary.lines if line.startswith(("error mail", "dead mail"))) == [
        "dead mail: 550 no",
        "error mail: 450 later",
        "error mail: 550 no",
    ]
    assert [(one.job.rcpt, one.code, one.reason) for one in told] == [("c@x.org", 550, "refused")]


def test_a_transport_that_is_down_is_no_error_of_a_mail(outbox: Outbox, diary: Diary) -> None:
    outbox.put_mail(b"", "me@x.org", "a@x.org")

    outbox.work_off(plain(lambda job: down("refused")))

    assert diary.lines == ["before mail", "after mail: down"]


@pytest.mark.parametrize("event", ["before", "after", "error", "dead"])
def test_a_hook_that_raises_loses_and_doubles_nothing(
    outbox: Outbox, diary: Diary, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    @outbox.on(event)
    def stumble(*values: object) -> None:
        raise SystemExit("a bug in a hook")

    outbox.put("note", {"word": "fine"})
    outbox.put("note", {"word": "hopeless"})

    work_off(outbox)

    counts = outbox.counts()
    assert (counts.sent, counts.dead, counts.due, counts.leased) == (1, 1, 0, 0)
    assert sorted(line for line in diary.lines if line.startswith("note")) == [
        "note fine",
        "note hopeless",
    ]
    assert f"hook {event} of note" in caplog.text


def test_a_hook_may_put_more(outbox: Outbox, diary: Diary) -> None:
    @outbox.on("dead")
    def tell(settled: Settled) -> None:
        outbox.put("note", {"word": "sorry"}, dedupe=f"about {settled.job.id}")

    outbox.put("note", {"word": "hopeless"})

    work_off(outbox)

    assert "note sorry" in diary.lines


def test_inline_calls_the_same_hooks_and_raises(diary: Diary) -> None:
    inline = Outbox.inline(jobs=diary.jobs)

    inline.put("note", {"word": "hello"})
    with pytest.raises(LookupError):
        inline.put("note", {"word": "bad"})
    with pytest.raises(GiveUp):
        inline.put("note", {"word": "hopeless"})

    assert [line for line in diary.lines if not line.startswith(("before", "note"))] == [
        "after note: sent",
        "after note: retry",
        "error note: LookupError: a bad word",
        "after note: dead",
        "error note: never",
        "dead note: never",
    ]


def test_a_word_that_is_no_hook_fails_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="'failure' is no hook; write before, after, error, dead"):
        Jobs().on("failure")


def test_a_hook_that_cannot_be_called_fails_where_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"after is called as finish\(job, verdict\)"):

        @Jobs().on("after")
        def finish(job: Job) -> None: ...
