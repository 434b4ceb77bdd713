"""The mail worker on a real mail server: nothing is lost, nobody else is stopped."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from post_office import Post, until

from overseer.outbox import Outbox

pytestmark = pytest.mark.live


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, url_of: Callable[[str], str]) -> str:
    return url_of(request.param)


@pytest.fixture
def post(tmp_path: Path, url: str) -> Iterator[Post]:
    post = Post(tmp_path, url)
    post.serve()
    yield post
    post.control("stop", "--timeout", "5")
    post.close()
    post.outbox.close()


def test_nothing_is_lost_when_the_worker_is_killed(post: Post) -> None:
    put_in = {post.put(f"u{number}@example.com") for number in range(60)}
    for _ in range(3):
        os.kill(post.start(), signal.SIGKILL)
    post.start()

    until("all", lambda: put_in <= set(post.arrived()))
    until("the records", lambda: post.outbox.counts().sent == 60)


def test_a_stop_finishes_what_is_in_flight(post: Post) -> None:
    post.start()
    sent = {post.put(f"u{number}@example.com") for number in range(20)}

    stopped = post.control("stop")

    assert stopped.returncode == 0
    counts = post.outbox.counts()
    assert counts.leased == 0
    assert counts.sent + counts.due == len(sent)
    assert post.control("status").returncode == 3


def test_what_waits_for_a_server_arrives_when_it_is_back(post: Post) -> None:
    post.close()
    post.start()
    sent = post.put("ann@example.com")
    until("a pause", lambda: bool(post.outbox.pauses()))

    post.serve()

    until("the mail", lambda: sent in post.arrived())


def test_a_refusal_is_kept_and_a_delay_is_tried_again(post: Post) -> None:
    post.close()
    post.serve("--fail", "550:never@example.com", "--fail", "450:later@example.com")
    post.start()
    for address in ("never@example.com", "later@example.com"):
        post.put(address)

    until("both", lambda: post.outbox.counts().dead == 1 and post.outbox.counts().waiting == 1)

    [dead] = post.outbox.rows("dead")
    assert (dead.rcpt, dead.code) == ("never@example.com", 550)


def test_a_job_nobody_knows_is_kept_as_dead(post: Post) -> None:
    jobs = Outbox(post.url)

    @jobs.job
    def renamed_since(number: int) -> None: ...

    jobs.put("renamed_since", {"number": 1})
    jobs.close()
    post.start()

    until("dead", lambda: post.outbox.counts().dead == 1)


def test_a_worker_finds_the_jobs_of_an_application_in_its_folder(post: Post) -> None:
    (post.folder / "shop.py").write_text(
        "from overseer.outbox import Jobs\n"
        "jobs = Jobs()\n"
        "@jobs.job\n"
        "def note(text):\n"
        "    open('note', 'w').write(text)\n"
    )
    post.outbox.put("note", {"text": "done"})

    started = post.control("start", *post.arguments, "--app", "shop:jobs", cwd=post.folder)

    assert started.returncode == 0, started.stderr
    until("the note", lambda: post.outbox.counts().sent == 1)
    assert (post.folder / "note").read_text() == "done"


def test_a_worker_calls_the_hooks_of_an_application(post: Post) -> None:
    (post.folder / "shop.py").write_text(
        "from overseer.outbox import Jobs\njobs = Jobs()\n"
        "@jobs.on('dead', kind='mail')\n"
        f"def tell(settled): open('{post.folder}/dead', 'w').write(settled.job.rcpt)\n"
    )
    post.close()
    post.serve("--fail", "550:gone@example.com")
    post.put("gone@example.com")

    started = post.control("start", *post.arguments, "--app", "shop:jobs", cwd=post.folder)

    assert started.returncode == 0, started.stderr
    until("the word", (post.folder / "dead").exists)
    until("its end", lambda: (post.folder / "dead").read_text() == "gone@example.com")


in_file = pytest.mark.parametrize("url", ["file"], indirect=True)


@in_file
def test_a_second_worker_of_one_name_is_refused(post: Post) -> None:
    pid = post.start()

    other = post.control("start", "--pid-file", str(post.folder / "other.pid"), *post.arguments)

    assert other.returncode == 1
    assert f"a worker called 'mail' is at {post.folder}/mail.db already (pid {pid})" in other.stderr


@pytest.mark.parametrize(
    ("url", "file"),
    [("file", "mail.db.mail.heartbeat"), ("postgres", "worker.pid.heartbeat")],
    indirect=["url"],
)
def test_a_worker_beats_while_it_has_nothing_to_do(post: Post, file: str) -> None:
    post.start()

    until("a beat", (post.folder / file).exists)


def test_a_relay_that_is_down_is_passed_over_without_a_pause(post: Post) -> None:
    relays = ["--", "--url", post.url, "--smtp", "smtp://127.0.0.1:1", "--smtp", post.smtp]
    post.control("start", *relays)

    sent = {post.put(f"u{number}@example.com") for number in range(5)}

    until("all", lambda: sent == set(post.arrived()))
    assert "127.0.0.1:1, then 127.0.0.1:" in post.log
    assert not post.outbox.pauses()
    assert all(row.attempts == 0 for row in post.outbox.rows("sent"))


def test_all_relays_down_pause_the_queue_and_are_named(post: Post) -> None:
    relays = ["--", "--url", post.url, "--smtp", "smtp://127.0.0.1:1", "--smtp", "smtp://[::1]:1"]
    post.control("start", *relays)
    post.put("ann@example.com")

    until("a pause", lambda: bool(post.outbox.pauses()))

    [pause] = post.outbox.pauses()
    assert "127.0.0.1:1: " in pause.reason
    assert "; [::1]:1: " in pause.reason


def test_a_rate_holds_mails_back_but_not_the_end(post: Post) -> None:
    for number in range(5):
        post.put(f"u{number}@example.com")
    post.control("start", *post.arguments, "--rate", "1")
    until("the first", lambda: post.outbox.counts().sent == 1)

    stopped = post.control("stop", "--timeout", "10")

    assert stopped.stdout.startswith("worker stopped")
    counts = post.outbox.counts()
    assert (counts.sent, counts.due, counts.leased) == (1, 4, 0)


def test_a_worker_of_one_queue_leaves_the_others_alone(post: Post) -> None:
    post.put("ann@example.com")
    post.outbox.put_mail(b"Subject: s\r\n\r\n", "a@x.org", "bob@example.com", queue="news")
    post.control("start", *post.arguments, "--queue", "news")

    until("the news", lambda: post.outbox.counts().sent == 1)

    assert [row.rcpt for row in post.outbox.rows("due")] == ["ann@example.com"]
