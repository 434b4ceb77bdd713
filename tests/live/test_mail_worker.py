"""The mail worker on a real mail server: nothing is lost, nobody else is stopped."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import Post, until

from overseer.outbox import Outbox

pytestmark = pytest.mark.live


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
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


def test_a_second_worker_of_one_name_is_refused(post: Post) -> None:
    pid = post.start()

    other = post.control("start", "--pid-file", str(post.folder / "other.pid"), *post.arguments)

    assert other.returncode == 1
    assert f"a worker called 'mail' is at {post.folder}/mail.db already (pid {pid})" in other.stderr


def test_a_worker_beats_while_it_has_nothing_to_do(post: Post) -> None:
    post.start()

    until("a beat", (post.folder / "mail.db.mail.heartbeat").exists)
