"""What a stop says of what the launches have left running."""

from dataclasses import replace

from make_believe_daemon import Daemon, watch

from overseer.control.left_running import left_running
from overseer.control.office import LeftOver
from overseer.model.program import Program


def test_it_is_named_with_exit_code_1_once_it_has_had_a_moment_to_end(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    daemon.left_over = [LeftOver("web", pid, gone=False, command="nginx") for pid in (7, 8, 9, 10)]
    daemon.left_over += [LeftOver("other", 11, gone=False), LeftOver("web", 12)]
    pauses: list[float] = []

    (result,) = left_running(daemon.office, {"web"}, pauses.append)

    assert result.code == 1
    named = "pid 7 (nginx), pid 8 (nginx), pid 9 (nginx) and 1 more; "
    assert result.say.startswith(f"web: left behind and still running: {named}")
    assert len(pauses) == 10


def test_what_ends_meanwhile_is_not(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    daemon.left_over = [LeftOver("web", 7, gone=False)]

    assert list(left_running(daemon.office, {"web"}, lambda _: daemon.left_over.clear())) == []


def test_what_may_live_on_is_told_at_once_with_0(daemon: Daemon) -> None:
    daemon.begins(
        replace(
            watch("ssh"),
            program=Program(command=("/usr/sbin/sshd",), kill="process", leftovers="leave"),
        )
    )
    daemon.left_over = [LeftOver("ssh", 7, gone=False, command="sshd")]
    pauses: list[float] = []

    (result,) = left_running(daemon.office, {"ssh"}, pauses.append)

    assert (result.code, pauses) == (0, [])
    assert result.say == "ssh: left running (leftovers: leave): pid 7 (sshd)"


def test_what_no_key_would_end_is_ended_by_hand(daemon: Daemon) -> None:
    daemon.begins(watch("job"))
    daemon.left_over = [LeftOver("job", 7, gone=False), LeftOver("job", 8, gone=False)]

    (result,) = left_running(daemon.office, {"job"}, lambda _: None)

    assert result.say.endswith("still running: pid 7, pid 8; `kill 7 8` ends it")
