"""The daemon among other processes: its manager, its neighbours, its users."""

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from test_supervision import ME, OVERSEER, PATIENCE, Begin, begin, command, until

from overseer.system import identity

pytestmark = pytest.mark.live
__all__ = ["begin"]

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


@contextmanager
def running(
    argv: list[str], log: Path, env: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Killed at the end if it has not ended by itself."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env and os.environ | env
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def write(folder: Path, text: str) -> Path:
    file = folder / "watches.yml"
    file.write_text(text.replace("ME", ME).replace("HERE", str(folder)))
    return file


def pids_of(words: str) -> list[int]:
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in pids if command(pid).strip() == words]


def test_attached_it_ends_with_that_process_and_orderly(tmp_path: Path) -> None:
    file, place = write(tmp_path, SLEEPER), ["--state-dir", str(tmp_path / "state")]
    with subprocess.Popen(["/bin/sleep", "4310"]) as parent:
        argv = [*OVERSEER, "run", "--no-strict", *place, "--attach", str(parent.pid), str(file)]
        with running(argv, tmp_path / "log") as daemon:
            until("web", lambda: bool(pids_of("/bin/sleep 4311")))

            parent.kill()

            assert daemon.wait(PATIENCE) == 0
    assert pids_of("/bin/sleep 4311") == []


SLEEPER = "watches: {web: {command: /bin/sleep 4311, user: ME}}"


def test_nothing_is_attached_to_a_process_that_is_not_there(tmp_path: Path) -> None:
    file, place = write(tmp_path, SLEEPER), ["--state-dir", str(tmp_path / "state")]
    argv = [*OVERSEER, "run", *place, "--attach", "4194304", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "overseer: --attach: there is no process 4194304\n",
    )


def test_another_supervisor_on_the_host_is_named(begin: Begin, tmp_path: Path) -> None:
    rival = tmp_path / "monit"
    shutil.copy("/bin/sleep", rival)
    with running([str(rival), "4312"], tmp_path / "rival.log") as monit:
        daemon = begin("watches: {}")
        log = daemon.folder / "daemon.log"
        until("the warning", lambda: f"monit runs too (pid {monit.pid})" in log.read_text())


ORPHANS = """
watches:
  parent:
    command: /bin/sh -c 'for i in 1 2 3; do (sh -c "exit 0" &) ; done; exec /bin/sleep 4313'
    user: ME
"""


@as_root
def test_as_pid_1_it_reaps_orphans_and_ends_orderly(tmp_path: Path) -> None:
    file, state = write(tmp_path, ORPHANS), str(tmp_path / "state")
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    probe = subprocess.run([*unshare, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"no pid namespace here: {probe.stderr.decode().strip()}")
    argv = [*unshare, *OVERSEER, "run", "--no-strict", "--state-dir", state, str(file)]
    with running(argv, tmp_path / "log") as wrapper:
        until("its program", lambda: bool(pids_of("/bin/sleep 4313")))
        inside = children(wrapper.pid)[0]
        until("no zombie", lambda: "Z" not in states(children(inside)))

        os.kill(inside, signal.SIGTERM)

        assert wrapper.wait(PATIENCE) == 0
    assert pids_of("/bin/sleep 4313") == []
    assert "pid 1:" in (tmp_path / "log").read_text()


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def states(pids: list[int]) -> set[str]:
    return {seen.state for seen in map(identity.stat, pids) if seen}


def test_its_manager_is_told_and_its_watchdog_kept_quiet(tmp_path: Path) -> None:
    file, place = write(tmp_path, SLEEPER), ["--state-dir", str(tmp_path / "state")]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}
        argv = [*OVERSEER, "run", "--no-strict", *place, str(file)]
        with running(argv, tmp_path / "log", env) as daemon:
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"

            daemon.terminate()

            until_told(manager, b"STOPPING=1")
            assert daemon.wait(PATIENCE) == 0


def until_told(manager: socket.socket, words: bytes) -> None:
    deadline = time.monotonic() + PATIENCE
    while manager.recv(100) != words:
        assert time.monotonic() < deadline


@as_root
def test_an_ordinary_user_has_instances_side_by_side(tmp_path: Path) -> None:
    home = Path("/tmp") / f"overseer-home-{os.getpid()}"
    home.mkdir(mode=0o755)
    try:
        os.chown(home, NOBODY, NOBODY)
        user = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
        env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "XDG_STATE_HOME": ""}
        if subprocess.run([*user, *OVERSEER, "version"], capture_output=True).returncode not in (
            0,
            5,
        ):
            pytest.skip("an ordinary user cannot read this interpreter or checkout")
        for name in ("one", "two"):
            (home / f"{name}.yml").write_text(f"watches: {{{name}: {{command: /bin/sleep 4314}}}}")

        def overseer(*words: str) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [*user, *OVERSEER, *words],
                env=os.environ | env,
                cwd=home,
                capture_output=True,
                text=True,
                timeout=60,
            )

        begun = [
            overseer("run", "--instance", one, "--daemonize", "--no-strict", f"{one}.yml")
            for one in ("one", "two")
        ]
        until("both", lambda: len(pids_of("/bin/sleep 4314")) == 2)
        seen = {one: overseer("status", "--instance", one).stdout for one in ("one", "two")}
        owners = {identity.owner(pid) for pid in pids_of("/bin/sleep 4314")}
        ended = [overseer("terminate", "--instance", one) for one in ("one", "two")]
    finally:
        shutil.rmtree(home)

    assert [one.returncode for one in (*begun, *ended)] == [0, 0, 0, 0], begun
    assert ("one" in seen["one"], "two" in seen["one"], "two" in seen["two"]) == (True, False, True)
    assert owners == {NOBODY}
    assert pids_of("/bin/sleep 4314") == []


OBSERVED = """
watches:
  theirs:
    start: /bin/false
    pid_file: HERE/theirs.pid
    user: ME
    interval: 1s
    restart_if: [{memory_usage: {above: 1KB, times: 1}}]
"""


@pytest.mark.design("4.16")
def test_observing_it_tells_and_touches_nothing(tmp_path: Path) -> None:
    file, place = write(tmp_path, OBSERVED), ["--state-dir", str(tmp_path / "state")]

    def overseer(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [*OVERSEER, *words, *place]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    with subprocess.Popen(["/bin/sleep", "4315"]) as theirs:
        (tmp_path / "theirs.pid").write_text(f"{theirs.pid}\n")
        argv = [*OVERSEER, "run", "--observe", *place, str(file)]
        with running(argv, tmp_path / "log") as daemon:
            until("its memory", lambda: "restart would follow" in overseer("why", "theirs").stdout)
            refused = overseer("stop", "theirs")
            ended = overseer("terminate")
            code = daemon.wait(PATIENCE)

        assert (refused.returncode, ended.returncode, code) == (1, 0, 0)
        assert "only observes" in refused.stderr
        assert "run on" in ended.stdout
        assert theirs.poll() is None
        theirs.kill()


SAYS = """
import os, socket, time
from contextlib import suppress
def say(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(ConnectionRefusedError):
        line.sendto(text.encode(), os.environ["NOTIFY_SOCKET"].replace("@", "\\0"))
say("STATUS=warming up")
while not os.path.exists("go"):
    time.sleep(0.02)
say("READY=1\\nSTATUS=serving")
while not os.path.exists("hang"):
    say("WATCHDOG=1")
    time.sleep(0.2)
os.unlink("hang")
os.unlink("go")
time.sleep(1000)
"""


def test_a_program_says_when_it_is_ready_and_that_it_is_well(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "says.py").write_text(SAYS)
    daemon = begin(
        "watches: {says: {user: ME, dir: HERE, ready: [sd_notify], start_grace: 0, interval: 1s,"
        f" restart_if: [{{watchdog: 2s}}], command: [{sys.executable}, says.py]}}}}"
    )
    until("its status", lambda: "warming up" in daemon.overseer("status").stdout)
    assert daemon.watch("says")["phase"] == "starting"

    (tmp_path / "go").touch()
    first = daemon.phases("says", "up")["pid"]
    assert "says       serving" in daemon.overseer("status", "says").stdout
    daemon.kill()
    daemon.run()
    assert daemon.phases("says", "up")["pid"] == first

    (tmp_path / "hang").touch()
    until("another process", lambda: daemon.watch("says")["pid"] not in (first, None))
    assert "no WATCHDOG=1 for" in daemon.history("says", "restarted")[0]


def test_what_depends_on_another_comes_after_it_and_goes_before_it(
    begin: Begin, tmp_path: Path
) -> None:
    script = "import signal, sys, time; print('begins', flush=True); "
    script += "signal.signal(signal.SIGTERM, lambda *_: (print('ends', flush=True), sys.exit()));"
    (tmp_path / "serve.py").write_text(script + "time.sleep(1000)")
    serve = f"command: [{sys.executable}, serve.py], dir: HERE, user: ME"
    daemon = begin(
        "watches: {"
        f"web: {{{serve}, start_grace: 0, depends_on: {{db: ready, setup: completed}}}}, "
        f"setup: {{command: 'true', user: ME, on_exit: stop, depends_on: db}}, "
        f"db: {{{serve}, start_grace: 0, ready: [command: test -e {tmp_path}/ready]}}}}"
    )
    until("db", lambda: daemon.watch("db")["phase"] == "starting")
    assert daemon.watch("web")["phase"] == "waiting"
    assert "not ready" in daemon.overseer("status", "--tree").stdout

    (tmp_path / "ready").touch()
    daemon.phases("web", "up")
    moved = [line.split(" ", 2)[2] for line in daemon.overseer("history").stdout.splitlines()]
    order = [line for line in moved if line.endswith("-> up (autostart)")]
    assert [line.split(":")[0] for line in order[-1:]] == ["web"]
    assert moved.index("db: start -> up (autostart)") < moved.index("web: start -> up (autostart)")

    daemon.overseer("terminate")
    ended = daemon.process.wait(10)
    assert ended == 0


@pytest.mark.field("A18")
def test_a_removed_control_socket_is_made_again(begin: Begin) -> None:
    daemon = begin(SLEEPER)
    daemon.phases("web", "up")
    place = daemon.folder / "state" / "overseer.sock"

    place.unlink()
    until("the socket", place.exists)
    assert daemon.watch("web")["phase"] == "up"

    place.unlink()
    os.kill(daemon.process.pid, signal.SIGHUP)
    until("the socket", place.exists)
    assert daemon.watch("web")["phase"] == "up"


@contextmanager
def in_foreground(folder: Path, *, terminal: bool) -> Iterator[int]:
    """`overseer run` in a session of its own, with or without a terminal; its pid."""
    file = write(folder, SLEEPER)
    argv = [*OVERSEER, "run", "--no-strict", "--state-dir", str(folder / "state"), str(file)]
    pid, master = pty.fork() if terminal else (os.fork(), -1)
    if not pid:
        if not terminal:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
        os.execv(argv[0], argv)
    try:
        yield pid
    finally:
        with suppress(OSError):
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        if terminal:
            os.close(master)


def ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] != 0


@pytest.mark.field("K9")
def test_hup_without_a_terminal_loads_the_files(tmp_path: Path) -> None:
    with in_foreground(tmp_path, terminal=False) as pid:
        until("web", lambda: bool(pids_of("/bin/sleep 4311")))
        write(tmp_path, SLEEPER.replace("}}", "}, more: {command: /bin/sleep 4312, user: ME}}"))

        os.kill(pid, signal.SIGHUP)

        until("more", lambda: bool(pids_of("/bin/sleep 4312")))
        assert not ended(pid)


@pytest.mark.field("K9")
def test_a_closed_terminal_ends_a_daemon_in_its_foreground(tmp_path: Path) -> None:
    with in_foreground(tmp_path, terminal=True) as pid:
        until("web", lambda: bool(pids_of("/bin/sleep 4311")))

        os.kill(pid, signal.SIGHUP)

        until("its end", lambda: not pids_of("/bin/sleep 4311") and ended(pid))


OPEN = """
watches:
  web:
    command: [/bin/sh, -c, 'ls /proc/self/fd > HERE/fds; echo $PATH > HERE/path;
              grep -E "^(Umask|SigBlk|SigIgn)" /proc/self/status > HERE/status; exec sleep 4311']
    user: ME
"""
BEFORE = f"""
import os, resource, signal, sys
for high in (700, 900):
    os.dup2(int(sys.argv[1]), high)
resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
os.umask(0)
for number in (signal.SIGUSR2, signal.SIGCHLD, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR1, signal.SIGTERM))
os.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[2:]])
"""
"""What a strange parent does before it runs what its arguments name."""


@pytest.mark.field("J4")
@pytest.mark.field("D8")
@pytest.mark.field("S5")
def test_a_daemon_keeps_nothing_of_whoever_started_it(tmp_path: Path) -> None:
    file, place = write(tmp_path, OPEN), ["--state-dir", str(tmp_path / "state")]
    hear, say = os.pipe()  # as the caller's own output in `overseer run --daemonize | cat`
    run = [*OVERSEER[1:], "run", "--daemonize", *place, str(file)]
    argv = [sys.executable, "-c", BEFORE, str(say), *run]
    try:
        subprocess.run(
            argv, pass_fds=(say,), stdout=say, stderr=say, check=True, timeout=PATIENCE,
            env=os.environ | {"PATH": f"/opt/of-the-shell:{os.environ['PATH']}"},
        )  # fmt: skip
        os.close(say)
        said = b"".join(iter(lambda: os.read(hear, 4096), b""))  # to its end

        assert said.startswith(b"overseer runs")
        until("the program", lambda: bool(pids_of("sleep 4311")))
        assert (tmp_path / "fds").read_text().split() == [
            "0",
            "1",
            "2",
            "3",
        ]  # 3: the folder itself
        assert "/opt/of-the-shell" not in (tmp_path / "path").read_text()
        _, umask, _, blocked, _, ignored = (tmp_path / "status").read_text().split()
        standard = 2**31 - 1  # after them come two of the C library's own
        assert (umask, int(blocked, 16), int(ignored, 16) & standard) == ("0022", 0, 0)
    finally:
        os.close(hear)
        subprocess.run([*OVERSEER, "terminate", *place], check=False, capture_output=True)


@pytest.mark.field("D8")
def test_settings_say_where_programs_are_found(begin: Begin) -> None:
    daemon = begin(f"settings: {{path: '/opt/app/bin:/usr/bin:/bin'}}\n{OPEN}")

    daemon.phases("web", "up")

    assert (daemon.folder / "path").read_text().strip() == "/opt/app/bin:/usr/bin:/bin"
