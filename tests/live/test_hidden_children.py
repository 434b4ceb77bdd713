"""Children without overseer's variables, under a daemon that may not look into others: never two
copies, none left by a stop, and what nobody can tell whose it is is named."""

import functools
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_live_stops import OVERSEER, STRANGER, Begin, Daemon, begin, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

ORDINARY = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
BARE = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
"""Root as in many containers: without CAP_SYS_NICE, CAP_SYS_PTRACE and the rest."""
WAYS = {
    "bare": "setsid -f env -i sleep {tag}",
    "titled": 'setsid -f perl -e \'$0="a title ".("x" x 4000); sleep {tag}\'',
    "late": "setsid -f env -i sh -c 'sleep 1; setsid -f sleep {tag}'",
}
KINDS = {
    "service": "shell: true, command: {line}",
    "crash": "shell: true, command: {short}, restart_delay: 300ms, flapping: off",
    "hook": "command: sleep {stay}, hooks: {{before_start: [/bin/sh, -c, {quiet}]}}",
    "schedule": "shell: true, command: {short}, schedule: {{every: 3s}}",
    "one_shot": "shell: true, command: {short}, on_exit: stop",
}


@functools.cache
def powerless() -> tuple[str, ...]:
    """What comes before `overseer run`, for the least that this machine allows."""
    if os.geteuid() != 0:
        return ()
    tried = subprocess.run([*ORDINARY, *OVERSEER, "--help"], capture_output=True, check=False)
    return tuple(BARE if tried.returncode else ORDINARY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if powerless() == tuple(ORDINARY):
        os.chown(tmp_path, STRANGER, STRANGER)
    return tmp_path


@pytest.fixture
def tag() -> Iterator[str]:
    """Seconds that nothing else on this machine sleeps."""
    number = f"{os.getpid()}{time.monotonic_ns() % 10_000:04}"
    yield number
    for pid in copies(number):
        os.kill(pid, signal.SIGKILL)


def copies(tag: str) -> list[int]:
    """Pids of the children of that tag; a title has a number in its place."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if line.startswith((f"sleep {tag}", f"a title {tag}")):
            found.append(int(name))
    return found


def watch_of(kind: str, way: str, after: float, tag: str) -> str:
    leave = WAYS[way].format(tag=tag).replace("a title ", f"a title {tag} ")
    left = f"sleep {after}; {leave}"
    lines = {
        "line": f"{left}; exec sleep 4611",
        "short": f"{left}; sleep 0.2; exit 1",
        "quiet": f"({left}) >/dev/null 2>&1",
    }
    quoted = {name: json.dumps(line) for name, line in lines.items()}
    return f"watches:\n  prog: {{{KINDS[kind].format(stay=4612, **quoted)}}}\n"


def restarted(daemon: Daemon, tag: str, so: Callable[[str, Callable[[], bool]], None]) -> None:
    so("the child", lambda: len(copies(tag)) == 1)
    first = copies(tag)
    assert daemon.ask("restart", "prog").returncode == 0
    so("the next child", lambda: bool(copies(tag)) and copies(tag) != first)


def three_times(daemon: Daemon, tag: str, so: Callable[[str, Callable[[], bool]], None]) -> None:
    seen: set[int] = set()

    def three() -> bool:
        seen.update(copies(tag))
        log = (daemon.folder / "daemon.log").read_text()  # it may have lived for a moment only
        seen.update(map(int, re.findall(r"it has left pid (\d+)", log)))
        return len(seen) >= 3

    so("three children", three)


def once(daemon: Daemon, tag: str, so: Callable[[str, Callable[[], bool]], None]) -> None:
    for _ in range(2):
        so("its end", lambda: daemon.watch("prog")["phase"] == "failed")
        so("its end", lambda: daemon.ask("start", "prog").returncode != 0)


WORKED = {
    "service": restarted,
    "hook": restarted,
    "crash": three_times,
    "schedule": three_times,
    "one_shot": once,
}
CASES = [
    *((kind, "bare", 0.1) for kind in KINDS),
    ("service", "titled", 1),
    ("service", "late", 0),
    ("crash", "titled", 0),
]
"""With the seconds after which the child leaves."""


@pytest.mark.field("A20")
@pytest.mark.parametrize(("kind", "way", "after"), CASES)
def test_a_child_without_overseers_variables_has_no_copies_and_ends_with_a_stop(
    begin: Begin, folder: Path, tag: str, kind: str, way: str, after: float
) -> None:
    daemon = begin(watch_of(kind, way, after, tag), *powerless())
    most = 0

    def so(what: str, done: Callable[[], bool]) -> None:
        def looked() -> bool:
            nonlocal most
            most = max(most, len(copies(tag)))
            return done()

        until(what, looked)

    WORKED[kind](daemon, tag, so)

    assert most <= 1
    stopped = daemon.ask("stop", "--all")
    assert (stopped.returncode, copies(tag)) == (0, []), stopped.stdout + stopped.stderr
    ended = daemon.ask("terminate")
    assert (ended.returncode, copies(tag)) == (0, [])


@pytest.mark.field("A20")
def test_the_next_daemon_ends_what_an_earlier_one_has_launched(
    begin: Begin, folder: Path, tag: str
) -> None:
    text = watch_of("service", "bare", 1, tag)
    daemon = begin(text, *powerless())
    until("the child", lambda: len(copies(tag)) == 1)
    daemon.process.kill()
    daemon.process.wait()
    daemon = begin(text, *powerless())
    daemon.becomes("prog", "up")

    assert daemon.ask("restart", "prog").returncode == 0
    until("the next child", lambda: len(copies(tag)) == 1)
    assert (daemon.ask("terminate").returncode, copies(tag)) == (0, [])


@pytest.mark.field("A20")
def test_a_child_that_can_be_told_of_no_watch_is_named(
    begin: Begin, folder: Path, tag: str
) -> None:
    line = f"sleep 1; setsid -f env -i prlimit --locks=unlimited sleep {tag}; exec sleep 4613"
    daemon = begin(f"watches: {{prog: {{shell: true, command: '{line}'}}}}", *powerless())
    until("the child", lambda: len(copies(tag)) == 1)
    (pid,) = copies(tag)

    named = f"pid {pid} (sleep): a child of overseer that belongs to no watch"
    assert f"left over: {named}" in daemon.ask("status").stdout
    assert "a child of overseer that belongs to no watch" in daemon.ask("doctor").stdout
    ended = daemon.ask("terminate")
    assert (ended.returncode, copies(tag)) == (1, [pid])
    assert f"{named}, and lives on" in ended.stdout + ended.stderr
    assert "so have its processes" not in ended.stdout
