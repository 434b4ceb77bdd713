"""Several workers of one script, workers that reload, and those that overseer supervises."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import PATIENCE, Post, until

from overseer.mail.presence import identity

pytestmark = pytest.mark.live


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Without a server: workers wait for one."""
    post = Post(tmp_path)
    post.port = 1
    yield post
    post.control("stop", "--timeout", "5", "--force")
    post.outbox.close()


@pytest.fixture
def shop(post: Post) -> Path:
    """An application whose job writes a word into a file."""
    path = post.folder / "shop.py"
    path.write_text(shop_that_writes("first"))
    done = post.control("start", *post.arguments, "--app", "shop:jobs", cwd=post.folder)
    assert done.returncode == 0, done.stderr
    return path


def shop_that_writes(word: str) -> str:
    return (
        "from overseer.outbox import Jobs\n"
        "jobs = Jobs()\n"
        "@jobs.job\n"
        f"def note(): open('note', 'a').write('{word} ')\n"
    )


def test_a_reload_goes_on_with_the_new_application_in_the_same_process(
    post: Post, shop: Path
) -> None:
    pid = int(post.pid_file.read_text())
    post.outbox.put("note")
    until("the first", lambda: post.outbox.counts().sent == 1)
    shop.write_text(shop_that_writes("second"))

    done = post.control("reload")
    post.outbox.put("note")

    assert (done.returncode, done.stdout) == (0, f"worker reloaded, pid {pid}\n")
    until("the second", lambda: post.outbox.counts().sent == 2)
    assert (post.folder / "note").read_text() == "first second "
    assert post.control("status").stdout == f"the worker is running, pid {pid}\n"


def test_a_reload_of_what_could_not_begin_is_refused_and_changes_nothing(
    post: Post, shop: Path
) -> None:
    shop.write_text("def note(:\n")

    refused = post.control("reload")
    post.outbox.put("note")

    assert refused.returncode == 1
    assert "the worker goes on as it was: " in refused.stderr
    assert "--app shop:jobs: SyntaxError" in refused.stderr
    until("the first", lambda: post.outbox.counts().sent == 1)


def test_a_reload_reads_arguments_in_a_file_again(post: Post) -> None:
    file = post.folder / "worker.args"
    file.write_text(f"--url={post.url}\n--smtp=smtp://127.0.0.1:1\n")
    post.control("start", "--", f"@{file}")
    file.write_text(f"--url={post.url}\n--smtp=smtp://127.0.0.1:2\n")

    assert post.control("reload").returncode == 0
    assert "127.0.0.1:2" in post.log.splitlines()[-1]


def test_a_reload_of_nobody_is_no_success(post: Post) -> None:
    reloaded = post.control("reload")

    assert (reloaded.returncode, reloaded.stdout) == (3, "the worker is not running\n")


def test_a_worker_that_was_told_to_reload_can_be_told_to_end(post: Post) -> None:
    pid = post.start()
    os.kill(pid, signal.SIGHUP)

    assert post.control("stop").stdout == f"worker stopped, pid {pid}\n"


def running(post: Post) -> dict[str, int | None]:
    found = json.loads(post.control("status", "--json").stdout)
    return {one["name"]: one["pid"] for one in found["workers"]}


def test_several_workers_of_one_pid_file_have_numbers(post: Post) -> None:
    started = post.control("start", "-n", "2", *post.arguments)

    pids = {name: int((post.folder / f"{name}.pid").read_text()) for name in numbered(2)}
    assert started.stdout == "".join(f"worker {n} started, pid {p}\n" for n, p in pids.items())
    assert running(post) == pids
    assert "worker worker.1, pid" in (post.folder / "worker.1.log").read_text()
    assert post.control("stop").returncode == 0
    assert running(post) == dict.fromkeys(numbered(2))


def numbered(count: int) -> list[str]:
    return [f"worker.{number}" for number in range(count)]


def test_more_workers_start_beside_those_that_run(post: Post) -> None:
    post.control("start", "-n", "1", *post.arguments)
    [(name, pid)] = running(post).items()

    more = post.control("start", "-n", "2")
    again = post.control("start")

    assert f"worker {name} runs already, pid {pid}" in more.stdout
    assert running(post)[name] == pid
    assert list(running(post)) == numbered(2)
    assert (again.returncode, again.stderr) == (1, "overseer: all of them run already\n")


def test_a_restart_with_another_number_ends_all_that_ran(post: Post) -> None:
    pid = post.start()

    post.control("restart", "-n", "2")
    two = running(post)
    post.control("restart", "-n", "1")

    assert identity(pid) is None
    assert list(two) == numbered(2)
    assert list(running(post)) == numbered(1)
    assert identity(two["worker.1"] or 0) is None


def test_programs_read_who_runs_since_when(post: Post) -> None:
    pid = post.start()

    [worker] = json.loads(post.control("status", "--json").stdout)["workers"]

    assert 0 <= worker.pop("up_s") < PATIENCE
    assert worker == {
        "name": None,
        "running": True,
        "pid": pid,
        "watch": None,
        "pid_file": str(post.pid_file),
        "log": str(post.pid_file.with_suffix(".log")),
    }


@pytest.fixture
def watched(post: Post) -> int:
    """The pid of a worker as a watch's start command leaves it."""
    env = {**os.environ, "OVERSEER_WATCH": "mailer", "OVERSEER_LAUNCH_ID": "1"}
    assert post.control("start", *post.arguments, env=env).returncode == 0
    return int(post.pid_file.read_text())


@pytest.mark.parametrize("verb", ["stop", "restart", "zap"])
def test_what_is_supervised_is_left_to_overseer(post: Post, watched: int, verb: str) -> None:
    refused = post.control(verb)

    assert refused.returncode == 1
    assert refused.stderr == (
        f"overseer: pid {watched} is supervised as watch mailer: use `overseer stop mailer`;"
        " --force where overseer is gone\n"
    )
    assert post.control("status").returncode == 0
    assert post.control("stop", "--force").returncode == 0


def test_overseer_itself_may_stop_what_it_supervises(post: Post, watched: int) -> None:
    others = {**os.environ, "OVERSEER_WATCH": "other", "OVERSEER_LAUNCH_ID": "2"}
    own = {**os.environ, "OVERSEER_WATCH": "mailer", "OVERSEER_LAUNCH_ID": "2"}

    assert post.control("stop", env=others).returncode == 1
    assert post.control("stop", env=own).stdout == f"worker stopped, pid {watched}\n"
