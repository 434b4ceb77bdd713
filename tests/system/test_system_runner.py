"""Programs that checks run: real ones, quick ones, and those that will not end."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overseer.conditions.base import Ended
from overseer.model.program import Program
from overseer.model.watch import Watch
from overseer.system import identity
from overseer.system.runner import KEPT, Runner

SOON = 0.3
LONG = 20.0
Run = Callable[..., Ended]


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture
def run(runner: Runner) -> Run:
    """Run a line of shell for a watch whose program has these keys."""

    def run(script: str, timeout: float = LONG, **keys: object) -> Ended:
        watch = Watch(name="web", program=Program(**keys))  # type: ignore[arg-type]
        return runner.run(watch, ["/bin/sh", "-c", script], timeout)

    return run


def ends(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], LONG)[0])
    finally:
        os.close(descriptor)


def written(path: Path) -> int:
    return int(path.read_text())


def test_its_exit_code_and_all_it_says_come_back(run: Run) -> None:
    assert run("echo out; echo err >&2; exit 3") == Ended(3, "out\nerr\n")


def test_an_end_by_a_signal_has_no_code(run: Run) -> None:
    assert run("kill -9 $$") == Ended(None, "", 9)


def test_it_has_nothing_to_read_and_a_session_of_its_own(run: Run) -> None:
    said = run("cat; echo $$ $(ps -o sid= -p $$)").output.split()

    assert said[0] == said[1]


def test_it_is_run_as_the_watchs_own_program_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("FROM_FILE=yes\n")
    keys = {"dir": str(tmp_path), "env": {"X": "1 2"}, "env_file": str(tmp_path / "env")}

    said = run('echo "$PWD|$X|$FROM_FILE|$OVERSEER_WATCH"; umask', umask=0o27, **keys).output

    assert said == f"{tmp_path}|1 2|yes|web\n0027\n"


def test_it_cannot_be_taken_for_a_launch_of_the_program(run: Run) -> None:
    assert "OVERSEER_LAUNCH_ID" not in run("env").output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run it as somebody else")
def test_it_is_run_as_the_user_with_the_limits(run: Run) -> None:
    assert (
        run("id -un; ulimit -n", user="nobody", rlimits={"nofile": "99"}).output == "nobody\n99\n"
    )


@pytest.mark.parametrize(
    ("argv", "keys", "said"),
    [
        (["/no/such/program"], {}, "no such file: /no/such/program"),
        (["/"], {}, "permission denied: /"),
        (["/bin/true"], {"dir": "/no/such/folder"}, "no such file or directory: /no/such/folder"),
        (["/bin/true"], {"user": "no-such-user"}, "there is no user no-such-user"),
        (["/bin/true"], {"env_file": "/no/such/env"}, "there is no file /no/such/env (env_file)"),
    ],
)
def test_what_cannot_be_run_says_why(
    argv: list[str], keys: dict[str, str], said: str, runner: Runner
) -> None:
    with pytest.raises(OSError, match=r"no such|denied|there is no") as caught:
        runner.run(Watch(name="web", program=Program(**keys)), argv, LONG)  # type: ignore[arg-type]

    assert said in str(caught.value)


def test_of_much_output_the_beginning_is_kept_and_the_program_not_held_up(run: Run) -> None:
    done = run("head -c 1000000 /dev/zero | tr '\\0' x")

    assert done == Ended(0, "x" * KEPT)


def test_bytes_that_are_no_text_are_no_trouble(run: Run) -> None:
    assert run("printf '\\377ok'").output == "\ufffdok"


def test_when_its_time_is_over_it_is_killed_with_all_it_started(run: Run, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        run(f"sleep 987 & echo $! > {tmp_path}/pid; sleep 987", SOON)

    assert ends(written(tmp_path / "pid"))


def test_one_that_never_stops_talking_is_killed_in_time(run: Run) -> None:
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        run("exec yes", SOON)

    assert time.monotonic() - began < LONG / 2


def test_one_that_leaves_something_behind_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    done = run(f"echo ok; sleep 986 & echo $! > {tmp_path}/pid; exit 1")

    assert done == Ended(1, "ok\n")
    os.kill(written(tmp_path / "pid"), 9)


def test_one_that_closes_its_output_is_waited_for(run: Run) -> None:
    assert run("exec >&- 2>&-; sleep 0.1; exit 4") == Ended(4, "")


def test_nothing_is_left_unreaped_and_no_descriptor_open(run: Run) -> None:
    before = os.listdir("/proc/self/fd")
    for _ in range(20):
        pid = int(run("echo $$").output)
        assert identity.stat(pid) is None

    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_what_is_under_way_ends_with_overseer(runner: Runner, tmp_path: Path) -> None:
    ended: list[Ended] = []
    os.mkfifo(tmp_path / "begun")
    pipe = os.open(tmp_path / "begun", os.O_RDONLY | os.O_NONBLOCK)
    argv = ["/bin/sh", "-c", f"echo yes > {tmp_path}/begun; exec sleep 985"]
    watch = Watch(name="web", program=Program())
    thread = threading.Thread(target=lambda: ended.append(runner.run(watch, argv, LONG)))
    thread.start()
    assert select.select([pipe], [], [], LONG)[0]
    os.close(pipe)
    meanwhile = runner.run(watch, ["/bin/echo", "not held up"], LONG)

    runner.close()
    thread.join(LONG)

    assert meanwhile == Ended(0, "not held up\n")
    assert ended == [Ended(None, "", 9)]
