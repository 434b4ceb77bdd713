"""The worker's control script: what it says is so, whoever was killed, whoever asks at once."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import PATIENCE, Post, mute, until

pytestmark = pytest.mark.live


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """Without a server: workers wait for one."""
    post = Post(tmp_path)
    post.port = 1
    yield post
    post.control("stop", "--timeout", "5")
    post.outbox.close()


def test_of_eight_starts_at_once_one_succeeds(post: Post) -> None:
    argv = [sys.executable, "-m", "overseer.mail", "worker", "start"]
    argv += ["--pid-file", str(post.pid_file), *post.arguments]
    starts = [subprocess.Popen(argv, stdout=-3, stderr=-3) for _ in range(8)]

    assert sorted(start.wait(PATIENCE) for start in starts) == [0, 1, 1, 1, 1, 1, 1, 1]


def test_a_start_says_the_pid_and_that_it_runs_already(post: Post) -> None:
    first = post.control("start", *post.arguments)
    pid = int(post.pid_file.read_text())

    second = post.control("start", *post.arguments)

    assert first.stdout == f"worker started, pid {pid}\n"
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"overseer: the worker runs already (pid {pid})\n"


def test_a_status_is_three_where_none_runs(post: Post) -> None:
    before = post.control("status")
    pid = post.start()
    meanwhile = post.control("status")
    post.control("stop")

    assert (before.returncode, before.stdout) == (3, "the worker is not running\n")
    assert (meanwhile.returncode, meanwhile.stdout) == (0, f"the worker is running, pid {pid}\n")
    assert post.control("status").returncode == 3
    assert not post.pid_file.exists()


def test_a_stop_of_nobody_is_no_failure(post: Post) -> None:
    stopped = post.control("stop")

    assert (stopped.returncode, stopped.stdout) == (0, "the worker was not running\n")


def test_a_restart_repeats_arguments_and_folder_of_the_start(post: Post) -> None:
    post.control("start", "--", "--url", "sqlite:///mail.db", cwd=post.folder)
    first = int(post.pid_file.read_text())

    done = post.control("restart", cwd=Path("/"))

    assert done.returncode == 0, done.stderr
    second = int(post.pid_file.read_text())
    assert second != first
    assert os.readlink(f"/proc/{second}/cwd") == str(post.folder)


def test_a_restart_takes_other_arguments_and_keeps_them(post: Post) -> None:
    post.start()

    post.control("restart", *post.arguments, "--threads", "2")
    post.control("restart")

    command = Path(f"/proc/{int(post.pid_file.read_text())}/cmdline").read_bytes().split(b"\0")
    assert command[command.index(b"--threads") + 1] == b"2"


def test_a_restart_without_anything_to_repeat_stops_nothing(post: Post) -> None:
    post.start()
    (post.folder / "worker.pid.args").unlink()

    refused = post.control("restart")

    assert refused.returncode == 2
    assert "no arguments are remembered" in refused.stderr
    assert post.control("status").returncode == 0


@pytest.mark.parametrize("left", ["", "{", "[]", '{"arguments": 7}'])
def test_a_memory_that_cannot_be_read_is_none(post: Post, left: str) -> None:
    (post.folder / "worker.pid.args").write_text(left)

    started = post.control("start")

    assert started.returncode == 2
    assert "start what?" in started.stderr


def test_a_start_after_a_stop_needs_no_arguments_either(post: Post) -> None:
    post.start()
    post.control("stop")

    assert post.control("start").returncode == 0


def test_a_stale_pid_file_stops_nobody(post: Post) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        post.pid_file.write_text(f"{stranger.pid}\n")
        assert post.control("stop").returncode == 0
        assert post.control("status").returncode == 3
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_a_killed_worker_left_is_zapped_and_a_living_one_is_not(post: Post) -> None:
    pid = post.start()
    refused = post.control("zap")
    os.kill(pid, signal.SIGKILL)
    until("its end", lambda: post.control("status").returncode == 3)

    zapped = post.control("zap")

    assert refused.returncode == 1
    assert f"runs (pid {pid}); stop it instead" in refused.stderr
    assert zapped.returncode == 0
    assert not post.pid_file.exists()


def test_a_start_that_fails_says_why(post: Post) -> None:
    failed = post.control("start", "--", "--url", "sqlite:////proc/none/mail.db")

    assert failed.returncode == 1
    assert "the worker ended with code" in failed.stderr
    assert "/proc/none" in failed.stderr
    assert not (post.folder / "worker.pid.args").exists()


def test_arguments_that_make_no_sense_fail_the_start(post: Post) -> None:
    failed = post.control("start", "--", "--url", post.url, "--polish")

    assert failed.returncode == 1
    assert "unrecognized arguments: --polish" in failed.stderr


def test_a_worker_that_does_not_end_is_killed_and_what_it_had_goes_again(post: Post) -> None:
    with mute() as post.port:
        pid = post.start()
        post.put("ann@example.com")
        until("a delivery under way", lambda: post.outbox.counts().leased == 1)

        stopped = post.control("stop", "--timeout", "0.3")

    assert stopped.returncode == 0
    assert stopped.stdout.startswith(f"worker killed after 0 s, pid {pid}; what it had goes again")
    post.start()
    until("the mail is back", lambda: bool(post.outbox.pauses()))


def test_a_second_term_leaves_at_once(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        post.port = server.getsockname()[1]
        argv = [sys.executable, "-m", "overseer.mail", "worker", "run", *post.arguments[1:]]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout
            post.put("ann@example.com")
            delivery, _ = server.accept()
            with delivery:
                worker.terminate()
                while "told to end" not in worker.stdout.readline():
                    pass

                worker.terminate()

                assert worker.wait(PATIENCE) == 1
    assert post.outbox.counts().leased == 1


def test_several_workers_share_a_folder_of_pid_files(post: Post) -> None:
    runs = post.folder / "run"
    runs.mkdir()
    where = ["--pid-file", str(runs)]
    for name in ("one", "two"):
        started = post.control("start", *where, "--name", name, *post.arguments)
        assert started.returncode == 0, started.stderr

    assert sorted(path.name for path in runs.glob("*.pid")) == ["one.pid", "two.pid"]
    for name in ("one", "two"):
        assert post.control("stop", *where, "--name", name).returncode == 0
    assert not list(runs.glob("*.pid"))


def test_the_log_lies_beside_the_pid_file_or_where_it_is_said(post: Post) -> None:
    post.start()
    assert "127.0.0.1:1" in post.log
    post.control("stop")

    elsewhere = post.folder / "logs" / "mail.log"
    post.control("start", "--log", str(elsewhere), *post.arguments)

    assert "127.0.0.1:1" in elsewhere.read_text()


def test_a_worker_has_not_the_launch_id_of_the_script_that_started_it(post: Post) -> None:
    post.control("start", *post.arguments, env={**os.environ, "OVERSEER_LAUNCH_ID": "mine"})

    environment = Path(f"/proc/{int(post.pid_file.read_text())}/environ").read_bytes()
    assert b"OVERSEER_LAUNCH_ID" not in environment


def test_what_is_remembered_names_arguments_and_folder(post: Post) -> None:
    post.start()

    memory = json.loads((post.folder / "worker.pid.args").read_text())

    assert memory["arguments"] == post.arguments[1:]
