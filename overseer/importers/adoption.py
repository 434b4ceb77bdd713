"""What god keeps running now: so that moving starts nothing twice."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from overseer.accounts import user_name
from overseer.importers.page import Remark, comment
from overseer.importers.pid_files import own_or_gods
from overseer.importers.recording import Recording
from overseer.terminal import on_one_line
from overseer.trust import who_misleads

HOW = (
    "What god has put into the background itself is taken over by hand, so that nothing is "
    "started twice: `god quit`, which leaves it running; `overseer run` with this file; then, as "
    "`overseer import god --adopt` prints them with the pids of the moment:"
)
THEN = "and `overseer start --all`. What has a pid_file is found by itself."


@dataclass(frozen=True, slots=True)
class Adopted:
    """A watch whose process god daemonizes. *pid* is None where none is alive on this machine."""

    name: str
    pid_file: str
    pid: int | None
    doubt: str = ""  # why the file may name somebody else's process


def plan(recording: Recording, names: Mapping[str, str]) -> list[Adopted]:
    found = []
    for watch in recording.watches:
        if not watch.task and watch.options.get("pid_file") is None:
            path = own_or_gods(watch, recording)
            pid = alive(path)
            doubt = doubt_about(path, pid) if pid is not None else ""
            found.append(Adopted(names[watch.name], path, pid, doubt))
    return found


def doubt_about(path: str, pid: int) -> str:
    """A pid file that others than root may write decides about their own processes alone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            uid = next(int(line.split()[1]) for line in status if line.startswith("Uid:"))
    except (OSError, StopIteration):
        return ""
    misled = who_misleads(path, uid)
    return f"it runs as {user_name(uid)}, and {misled.why}" if misled else ""


def alive(path: str) -> int | None:
    """As god reads it: a line of digits alone."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            pids = [int(line) for line in file if line.strip().isdigit()]
    except OSError:
        return None
    return next((pid for pid in pids if pid > 0 and os.path.exists(f"/proc/{pid}")), None)


def remarks(adopted: Sequence[Adopted]) -> Iterator[str]:
    """For the end of the watch file."""
    if adopted:
        commands = "\n".join(
            f'overseer adopt {one.name} "$(cat {shlex.quote(one.pid_file)})"' for one in adopted
        )
        yield from comment(Remark(HOW, commands))
        yield from comment(Remark(THEN))


def commands(adopted: Sequence[Adopted]) -> Iterator[str]:
    """For a shell, with the pids of this moment."""
    for one in adopted:
        if one.pid is None:
            yield on_one_line(f"# {one.name}: nothing runs ({one.pid_file})")
        elif one.doubt:
            said = f"# {one.name}: pid {one.pid} ({one.pid_file}): {one.doubt}; look whose it is"
            yield on_one_line(said)
        else:
            yield f"overseer adopt {one.name} {one.pid}"
