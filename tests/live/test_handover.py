"""What runs before a program with more rights than it sees nothing that the watch says.

The loader itself shows it: told so by LD_DEBUG_OUTPUT it writes a file, as whoever it runs.
"""

import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.model.program import Program
from overseer.model.watch import Watch
from overseer.system import birth, exec_chain
from overseer.system.dress import dress
from overseer.system.exec_chain import CannotRun
from overseer.system.runner import Runner

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has more rights than another user"),
]
LONG = 30.0
NOBODY = 65534
NONE = "0" * 16
BIND = f"{1 << 10:016x}"
STANDARD_SIGNALS = 2**31 - 1  # the C library's own two come after them
GREP = shutil.which("grep") or "grep"
SHAPES: dict[str, dict[str, object]] = {
    "user": {"user": "nobody"},
    "group": {"user": "nobody", "group": "daemon"},
    "limits": {
        "user": "nobody",
        "rlimits": {"nofile": "512", "core": "0"},
        "nice": 5,
        "ionice": "idle",
        "oom_score_adj": 300,
        "umask": 0o77,
    },
    "capabilities": {
        "user": "nobody",
        "no_new_privs": True,
        "capabilities": ("net_bind_service",),
        "ambient_capabilities": ("net_bind_service",),
        "env": {"PWD": "/nowhere"},
    },
    "odd name": {"user": "nobody", "env": {"a.b-c": "1"}, "nice": 1},
    "odd name, bounded": {"user": "nobody", "env": {"a.b-c": "1"}, "capabilities": ("kill",)},
    "jail": {"user": "nobody", "chroot": "/", "dir": "/tmp", "rlimits": {"nofile": "512"}},
}
Shape = dict[str, object]


@pytest.fixture
def open_to_all(tmp_path: Path) -> Path:
    tmp_path.chmod(0o777)
    return tmp_path


def made_with(shape: Shape, folder: Path, key: str) -> Program:
    """Its environment has the loader of each program write a file into *folder*."""
    probe = {"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": f"{folder}/loaded"}
    own = dict(shape)
    env = {**own.pop("env", {})}  # type: ignore[dict-item]
    if key == "env":
        return Program(**own, env=env | probe)  # type: ignore[arg-type]
    (folder / "env").write_text("".join(f"{name}={value}\n" for name, value in probe.items()))
    return Program(**own, env=env, env_file=f"{folder}/env")  # type: ignore[arg-type]


def nothing_loaded_as_root(folder: Path) -> None:
    files = list(folder.glob("loaded.*"))
    assert files  # the program itself, at least
    assert {file.stat().st_uid for file in files} == {NOBODY}
    loaded = "".join(file.read_text() for file in files)
    for helper in ("chroot", "setpriv", "prlimit", "choom", "nice", "ionice", "python"):
        assert f"/{helper}\n" not in loaded
        assert f"/{helper} " not in loaded


@pytest.mark.field("S1")
@pytest.mark.parametrize(("key", "may_chroot"), [("env", True), ("env_file", False)])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_what_runs_as_root_before_a_program_never_sees_the_variables_of_the_watch(
    key: str, may_chroot: bool, shape: Shape, open_to_all: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_chain, "may_chroot", lambda: may_chroot)
    program = made_with(shape, open_to_all, key)

    ended = Runner().run(
        Watch(name="web", program=program), (GREP, "Uid", "/proc/self/status"), LONG
    )

    assert ended.code == 0
    assert ended.output.split() == ["Uid:", *4 * [str(NOBODY)]]
    nothing_loaded_as_root(open_to_all)


def of_interest() -> int:
    """The signals that these tests can tell of, a bit each: what was ignored when they began, as in
    the background of a shell, is the daemon's affair, which drops it when it begins."""
    background = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    ours = (one for one in background if signal.getsignal(one) is signal.SIG_IGN)
    return STANDARD_SIGNALS & ~sum(1 << one - 1 for one in ours)


@pytest.mark.field("S1")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_nor_where_sockets_are_handed_over(shape: Shape, open_to_all: Path) -> None:
    program = made_with(shape, open_to_all, "env_file")
    script = f"[ $LISTEN_PID = $$ ] && {GREP} -E '^(Uid|SigIgn|SigBlk)' /proc/self/status"
    worn = dress("web", program, ("/bin/sh", "-c", script), {}, by_shell=True)
    output = os.open(open_to_all / "output", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    with socket.socket() as held:
        high = os.dup(held.fileno())
        pid = birth.with_sockets({"http": high})(worn, (nothing, output, output), None)
    assert os.waitpid(pid, 0)[1] == 0
    for descriptor in (output, nothing, high):
        os.close(descriptor)

    said = (open_to_all / "output").read_text().split()
    assert said[:-1] == ["Uid:", *4 * [str(NOBODY)], "SigBlk:", NONE, "SigIgn:"]
    assert int(said[-1], 16) & of_interest() == 0
    nothing_loaded_as_root(open_to_all)


@pytest.mark.field("S1")
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("by_shell", [True, False])
def test_every_helper_is_run_with_variables_of_overseers_own(shape: Shape, by_shell: bool) -> None:
    own = dict(shape)
    env = {**own.pop("env", {}), "SECRET": "hush", "PATH": "/tmp"}  # type: ignore[dict-item]
    program = Program(**own, env=env, pass_env=("HOME", "PWD"))  # type: ignore[arg-type]

    worn = dress("web", program, ("/bin/true",), {"OVERSEER_LAUNCH_ID": "1"}, by_shell=by_shell)

    allowed = {"PATH", "LANG", "TZ", "HOME", "USER", "LOGNAME", "SHELL"}
    assert {name for name in worn.env if not name.startswith("OVERSEER_")} <= allowed
    assert worn.env["PATH"] != "/tmp"
    assert worn.env["OVERSEER_LAUNCH_ID"] == "1"
    assert "hush" not in " ".join(worn.argv)
    assert b"hush" in worn.input


STRANGE = {
    "QUOTES": 'it\'s "so" $HOME `id` \\ \\n',
    "LINES": "one\ntwo\n\n",
    "EMPTY": "",
    "BYTES": os.fsdecode(bytes(range(1, 256))),
    "PATH": "/usr/bin:/bin:/opt/it's",
    "LD_BIND_NOW": "1",
    "LONG": "x" * 100_000,
}


@pytest.mark.parametrize(
    "more", [{}, {"a.b": "c d", "PWD": "/nowhere", "BASHOPTS": "x", "PPID": "1"}]
)
def test_the_program_gets_just_what_the_watch_says(
    more: dict[str, str], open_to_all: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    env = STRANGE | more
    program = Program(user="nobody", dir=str(open_to_all), env=env)

    ended = Runner().run(
        Watch(name="web", program=program),
        ("cp", "/proc/self/environ", "/proc/self/cmdline", "."),
        LONG,
    )

    assert ended.code == 0, ended.output
    pairs = os.fsdecode((open_to_all / "environ").read_bytes()).split("\0")[:-1]
    found = dict(pair.split("=", 1) for pair in pairs)
    assert {name: value for name, value in found.items() if name in env} == env
    assert set(found) - set(env) - {"LANG", "OVERSEER_WATCH", "OVERSEER_INSTANCE"} == {
        *("HOME", "USER", "LOGNAME", "SHELL", "TZ"),
    }


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_program_that_is_not_there_is_told_of(shape: Shape) -> None:
    own = {**shape, "env": {**shape.get("env", {}), "A": "b"}}  # type: ignore[dict-item]
    watch = Watch(name="web", program=Program(**own))  # type: ignore[arg-type]

    with pytest.raises(OSError, match=r"(?i)no such file"):
        Runner().run(watch, ("/no/such/program",), LONG)


@pytest.mark.parametrize("env", [{}, {"A": "b"}, {"a.b": "c"}])
def test_its_signals_are_as_if_nobody_had_touched_them(env: dict[str, str]) -> None:
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        watch = Watch(name="web", program=Program(user="nobody", env=env))
        ended = Runner().run(watch, (GREP, "-E", "^Sig(Ign|Blk)", "/proc/self/status"), LONG)
    finally:
        signal.signal(signal.SIGPIPE, before)

    _, blocked, _, ignored = ended.output.split()
    assert (int(blocked, 16), int(ignored, 16) & of_interest()) == (0, 0)


def test_what_hands_its_environment_over_is_closed_in_it() -> None:
    def opened(**keys: object) -> list[str]:
        watch = Watch(name="web", program=Program(**keys))  # type: ignore[arg-type]
        return Runner().run(watch, ("/bin/sh", "-c", "readlink /proc/$$/fd/*"), LONG).output.split()

    plainly, handed = opened(), opened(user="nobody", env={"A": "b"})

    assert len(plainly) == len(handed)
    assert "/dev/null" in handed
    assert not [file for file in handed if "memfd" in file]


Status = Callable[..., dict[str, str]]


@pytest.fixture
def status() -> Status:
    """The lines of /proc/PID/status of a program with these keys."""

    def status(**keys: object) -> dict[str, str]:
        watch = Watch(name="web", program=Program(**keys))  # type: ignore[arg-type]
        ended = Runner().run(watch, ("cat", "/proc/self/status"), LONG)
        assert ended.code == 0, ended.output
        lines = (line.split(":", 1) for line in ended.output.splitlines())
        return {name: value.strip() for name, value in lines}

    return status


@pytest.mark.parametrize("env", [{}, {"A": "b"}])
def test_capabilities_are_just_those_that_are_asked_for(
    env: dict[str, str], status: Status
) -> None:
    bind = ("net_bind_service",)
    seen = status(user="nobody", env=env, capabilities=bind, ambient_capabilities=bind)

    assert seen["CapBnd"] == seen["CapAmb"] == seen["CapEff"] == BIND
    assert seen["Uid"].split() == ["65534"] * 4
    assert seen["Groups"] == "65534"
    assert seen["NoNewPrivs"] == "0"


def test_the_ambient_set_alone_leaves_the_bounding_set(status: Status) -> None:
    mine = Path("/proc/self/status").read_text()
    seen = status(user="nobody", ambient_capabilities=("net_bind_service",))

    assert f"CapBnd:\t{seen['CapBnd']}" in mine
    assert seen["CapAmb"] == BIND


def test_root_can_be_left_without_any_capability(status: Status) -> None:
    seen = status(capabilities=(), no_new_privs=True)

    assert seen["CapBnd"] == seen["CapEff"] == NONE
    assert seen["NoNewPrivs"] == "1"


@pytest.mark.parametrize("more", [{}, {"chroot": "/"}, {"user": "nobody", "env": {"a.b": "c"}}])
def test_no_new_privs_goes_with_all(more: dict[str, object], status: Status) -> None:
    assert status(no_new_privs=True, **more)["NoNewPrivs"] == "1"


def test_capabilities_in_a_jail_are_refused() -> None:
    with pytest.raises(CannotRun, match="combined with chroot"):
        dress("web", Program(user="nobody", chroot="/", capabilities=()), ("/bin/true",), {})
