"""Sockets, pid files, env files, secrets and overseer's own files in folders of others."""

import logging
import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest
from strangers import STRANGER, as_root, link

from overseer.behaviors.clean_pid_file import CleanPidFile
from overseer.behaviors.clean_unix_socket import CleanUnixSocket
from overseer.conditions.log_match import end_of
from overseer.control.seat import Seat
from overseer.errors import Refused
from overseer.model.program import Program
from overseer.safe_sockets import bind_at
from overseer.system.daemon import LogFile, pid_file
from overseer.system.dress import watchs_variables
from overseer.system.exec_chain import CannotRun
from overseer.system.lock import Lock
from overseer.system.look import Doubt, read_pid
from overseer.system.secrets import secrets_of
from overseer.system.sockets import Sockets, remove_dead
from overseer.system.users import Identity

pytestmark = as_root
WHO = Identity("stranger", STRANGER, STRANGER, (STRANGER,), "/", "/bin/sh")


def environment_of(env_file: Path) -> dict[str, str]:
    return watchs_variables(Program(env_file=str(env_file)), WHO, ())


@pytest.mark.field("S14")
def test_an_env_file_gives_a_user_nothing_he_may_not_read(theirs: Path, secret: Path) -> None:
    secret.write_text("DB_PASSWORD=of-root\n")
    (theirs / "own.env").write_text("A=1\n")
    (theirs / "current").symlink_to(theirs)
    os.lchown(theirs / "current", STRANGER, STRANGER)

    assert environment_of(theirs / "current" / "own.env")["A"] == "1"
    assert environment_of(secret)["DB_PASSWORD"] == "of-root"  # where root alone may put one
    with pytest.raises(CannotRun, match=r"Permission denied to the user 54321, who may change"):
        environment_of(link(theirs / ".env", secret))
    os.link(secret, theirs / "hard.env")
    with pytest.raises(CannotRun, match=r"Permission denied"):
        environment_of(theirs / "hard.env")


@pytest.mark.field("S14")
def test_secrets_are_looked_for_only_where_the_user_may_read(theirs: Path, secret: Path) -> None:
    secret.write_text("of-root-alone\n")
    program = Program(user=str(STRANGER), env={"DB_PASSWORD_FILE": str(secret)})
    assert secrets_of(program) == []
    (theirs / "key").write_text("his-own-key\n")
    program = Program(user=str(STRANGER), env={"DB_PASSWORD_FILE": str(theirs / "key")})
    assert secrets_of(program) == ["his-own-key"]


@pytest.mark.field("S2")
def test_a_stale_pid_file_is_removed_in_no_folder_of_root(theirs: Path, roots: Path) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    (closed / "app.pid").write_text("4194303\n")
    link(theirs / "run", closed)
    (theirs / "app.pid").write_text("4194303\n")

    CleanPidFile().before_start("web", Program(pid_file=str(theirs / "run" / "app.pid")))
    CleanPidFile().before_start("web", Program(pid_file=str(theirs / "app.pid")))

    assert (closed / "app.pid").exists()
    assert not (theirs / "app.pid").exists()


@pytest.mark.field("S2")
def test_a_stale_socket_is_removed_in_no_folder_of_root(theirs: Path, roots: Path) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    link(theirs / "run", closed)
    for folder in (closed, theirs):
        with closing(socket.socket(socket.AF_UNIX)) as line:
            line.bind(str(folder / "app.sock"))

    with pytest.raises(PermissionError):
        CleanUnixSocket(path=str(theirs / "run" / "app.sock")).before_start("web", Program())
    CleanUnixSocket(path=str(theirs / "app.sock")).before_start("web", Program())

    assert (closed / "app.sock").exists()
    assert not (theirs / "app.sock").exists()


@pytest.mark.field("S10")
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_pid_file_is_doubted_and_named(theirs: Path, kind: str) -> None:
    path = theirs / "app.pid"
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(Doubt, match=f"no regular file but a {kind}"):
        read_pid(str(path))


@pytest.mark.field("S10")
def test_a_pipe_that_is_looked_through_for_lines_holds_up_no_check(theirs: Path) -> None:
    os.mkfifo(theirs / "app.log")
    with pytest.raises(ValueError, match="no plain file but a pipe"):
        end_of(str(theirs / "app.log"))


@pytest.mark.field("S17")
def test_a_held_socket_is_made_and_given_away_in_a_folder_of_its_user(theirs: Path) -> None:
    path = theirs / "app.sock"
    sockets = Sockets()
    sockets.arrange([Program(sockets={"app": f"unix://{path}?mode=0660&user={STRANGER}"})])

    about = path.stat()
    assert (stat.S_IMODE(about.st_mode), about.st_uid) == (0o660, STRANGER)
    sockets.arrange([])
    assert not path.exists()
    sockets.close()


@pytest.mark.field("S17")
def test_a_socket_is_made_and_removed_nowhere_else(theirs: Path, roots: Path) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    link(theirs / "run", closed)

    with closing(socket.socket(socket.AF_UNIX)) as line, pytest.raises(PermissionError):
        bind_at(line, str(theirs / "run" / "app.sock"), mode=0o666)
    assert list(closed.iterdir()) == []


@pytest.mark.field("S17")
def test_the_control_socket_changes_the_mode_of_nothing_else(theirs: Path, secret: Path) -> None:
    seat = Seat(str(theirs / "overseer.sock"), allowed=[str(theirs)])
    listener = seat.take()
    os.unlink(theirs / "overseer.sock")
    link(theirs / "overseer.sock", secret)

    seat.admit(STRANGER)
    seat.leave()
    listener.close()

    about = secret.stat()
    assert (stat.S_IMODE(about.st_mode), about.st_gid) == (0o600, 0)
    assert (theirs / "overseer.sock").is_symlink()


@pytest.mark.field("S25")
def test_overseers_own_pid_file_and_log_write_over_no_link(theirs: Path, secret: Path) -> None:
    for name in (".d.pid.new", f".d.pid.{os.getpid()}.new", "d.pid", "overseer.log.1"):
        link(theirs / name, secret)
    with pid_file(theirs / "d.pid"):
        assert (theirs / "d.pid").read_text() == f"{os.getpid()}\n"
        assert not (theirs / "d.pid").is_symlink()
    assert not (theirs / "d.pid").exists()

    own = LogFile(theirs / "overseer.log", largest=10)
    own.emit(logging.makeLogRecord({"msg": "longer than ten bytes"}))
    own.close()
    assert (theirs / "overseer.log.1").read_text() == "longer than ten bytes\n"
    with pytest.raises(PermissionError):
        LogFile(link(theirs / "other.log", secret))
    with pytest.raises(Refused, match="cannot write the pid file"), pid_file(theirs / "x" / "pid"):
        pass
    assert secret.read_text() == "root:hash\n"


@pytest.mark.field("S25")
def test_the_lock_of_the_state_folder_follows_no_link(theirs: Path, secret: Path) -> None:
    link(theirs / "lock", secret)
    with pytest.raises(Refused, match="permission denied"):
        Lock(theirs).take()
    assert secret.read_text() == "root:hash\n"


@pytest.mark.field("S10")
def test_a_socket_that_answers_nobody_holds_up_no_other(theirs: Path) -> None:
    """Whoever listens in the place of a held socket, with a queue that is full."""
    path = theirs / "app.sock"
    callers = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.bind(str(path))
        line.listen(0)
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(str(path))
        with pytest.raises(OSError, match="Address already in use"):
            remove_dead(str(path))
    for caller in callers:
        caller.close()
