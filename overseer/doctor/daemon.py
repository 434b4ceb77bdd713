"""What the daemon says of itself, and how its socket stands in the file system."""

import os
import stat
from collections.abc import Iterator, Sequence

from overseer.control.office import OF_NO_WATCH
from overseer.control.protocol import Answer
from overseer.doctor.finding import Finding, ok, problem, warning
from overseer.units import show_bytes, show_seconds

SLOW = 5.0
"""Seconds: what comes meanwhile waits for so long."""
FULL = 0.8
"""Share of the descriptors."""
MANY = 1000
"""Waiting events, rows and work."""


def version(theirs: str, ours: str) -> Finding:
    if theirs == ours:
        return ok("version", f"{ours}, the daemon's too")
    said = f"the daemon is {theirs}, this command {ours}"
    return warning("version", said, "`overseer quit`, then `overseer run`: the processes live on")


def sockets(health: Answer) -> Iterator[Finding]:
    """The daemon's own, and those of groups."""
    groups: dict[str, int | None] = health.get("sockets") or {health["socket"]: None}
    for path, gid in groups.items():
        yield socket(path, int(health["pid"]), gid)
    if shared := health["access"]:
        yield ok("access", shared)


def socket(path: str, pid: int, gid: int | None = None) -> Finding:
    """*gid*: of the group that settings open it to."""
    try:
        about = os.stat(path)
        folder = os.stat(os.path.dirname(path))
    except OSError as error:
        said = f"{path}: {str(error.strerror).lower()}, although the daemon answers (pid {pid})"
        return problem("socket", said, "`overseer quit`, then `overseer run`")
    mode = stat.S_IMODE(about.st_mode)
    if mode & 0o007:
        said = f"{path} may be used by everybody (mode {mode:04o})"
        return problem("socket", said, f"chmod o= {path}")
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        said = f"everybody may replace {path}"
        return problem("socket", said, f"chmod o-w {os.path.dirname(path)}")
    owner = _owner(pid)
    if owner is not None and owner != about.st_uid:
        said = f"{path} belongs to uid {about.st_uid}, the daemon runs as uid {owner}"
        return problem("socket", said, "`overseer quit`, then `overseer run`")
    if mode & 0o070 and gid is None:
        said = f"its group may use {path} (mode {mode:04o}), and settings name none"
        return problem("socket", said, f"chmod g= {path}")
    if gid is not None and (mode & 0o060 != 0o060 or about.st_gid != gid):
        said = f"{path} is not open to the group of number {gid}, as settings say"
        return problem("socket", said, f"chgrp {gid} {path} && chmod 0660 {path}")
    return ok("socket", f"{path}, mode {mode:04o}")


def memory(health: Answer) -> Finding:
    """Does the disk take what is to be kept?"""
    if trouble := health["trouble"]:
        return problem("state", trouble, "make room on that disk, or mend it")
    return ok("state", "the disk takes what is to be kept")


def itself(health: Answer) -> Iterator[Finding]:
    """Does its loop turn, and has it room?"""
    facts = health.get("self")
    if not facts:
        return
    if facts["stuck"]:
        said = f"it has not turned for {show_seconds(facts['turn_s'])}: {facts['stuck_in']}"
        yield problem("loop", said, "the stack is in overseer's log; a plug-in that waits there?")
    elif facts["stuck_times"]:
        longest = show_seconds(facts["stuck_longest_s"])
        said = f"it did not turn for {longest} once, {facts['stuck_times']} times in all"
        yield warning("loop", said, "the stacks are in overseer's log")
    elif max(facts["longest_turn_s"], facts["checks_late_s"]) > SLOW:
        said = f"slow: a turn of {show_seconds(facts['longest_turn_s'])} within the last minutes"
        said += f", checks late by {show_seconds(facts['checks_late_s'])}"
        yield warning("loop", said, "the machine is overloaded, or a plug-in waits")
    else:
        yield ok("loop", f"turns took {facts['longest_turn_s'] * 1000:.0f}ms at most lately")
    if facts["paused_longest_s"]:
        said = f"overseer was not run for {show_seconds(facts['paused_longest_s'])} once"
        yield warning("loop", said, "it was stopped by a signal, or the machine is overloaded")
    yield room(facts)


def room(facts: Answer) -> Finding:
    waits = {name: number for name, number in facts["queues"].items() if number}
    said = f"{show_bytes(facts['memory_bytes'] or 0)}, {facts['threads']} threads, "
    said += f"{facts['descriptors']} of {facts['descriptors_most']} descriptors"
    if waits:
        said += f"; waiting: {', '.join(f'{name} {number}' for name, number in waits.items())}"
    few = (facts["descriptors"] or 0) > FULL * facts["descriptors_most"]
    if few:
        return problem("room", said, "raise its limit: LimitNOFILE= in the unit, or ulimit -n")
    if sum(waits.values()) > MANY:
        return warning("room", said, "what waits long is late: look at the load of the machine")
    return ok("room", said)


def lost_records(health: Answer) -> Iterator[Finding]:
    """Did this daemon find what the one before knew?"""
    for line in health.get("lost_records", ()):
        what, _, do = line.rpartition("; ")
        yield warning("records", what or do, do if what else "")


def logs(health: Answer) -> Iterator[Finding]:
    """Do programs write where people look for it?"""
    for said in health.get("moved_logs", ()):
        what, _, do = said.partition(": `")
        yield warning("log", what, f"`{do}")


def alerts(health: Answer) -> Finding:
    if said := health["undelivered"]:
        do = "`overseer contacts test NAME` shows what its server says"
        return problem("alerts", said, do)
    return ok("alerts", "all delivered")


def contacts(heard: Sequence[Answer]) -> Iterator[Finding]:
    """*heard*: how each one's server answered."""
    for one in heard:
        said = f"{one['contact']}: {one['said']}"
        if one["answers"]:
            yield ok("contact", said)
        else:
            do = f"mend it, then `overseer contacts test {one['contact']}`"
            yield problem("contact", said, do)
    if not heard:
        yield warning("contact", "nobody is told of anything", "write `contacts` and `notify`")


def load(health: Answer) -> Finding:
    """Are the files still what is in force?"""
    found = health["load"]
    if problems := found["problems"]:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return problem("loaded", f"{problems[0]}{more}", "`overseer check` says all; mend it")
    if not health["files"]:
        return warning("loaded", "no watch file is loaded", "`overseer load FILE`")
    if changes := found["changes"]:
        said = f"files have changed since they were loaded: {', '.join(changes)}"
        return warning("loaded", said, "`overseer diff` shows it, `overseer load` applies it")
    return ok("loaded", "the files are as they were loaded")


def suspended(health: Answer) -> Iterator[Finding]:
    for one in health.get("suspended", ()):
        said = f"{one['name']} (pid {one['pid']}) is stopped by a signal, and does nothing"
        yield warning("process", said, f"`kill -CONT {one['pid']}`")


def left_over(health: Answer) -> Iterator[Finding]:
    for one in health["left_over"]:
        what = f"pid {one['pid']}{', ' * bool(one['command'])}{one['command']}"
        if not one["name"]:
            said = f"{what} runs: {OF_NO_WATCH}"
            do = f"`ps -fp {one['pid']}` shows it; `kill {one['pid']}` if nobody needs it"
        elif one["gone"]:
            said = f"{one['name']} ({what}) runs, and its watch is gone"
            do = f"`kill {one['pid']}`, or give it a watch and adopt it"
        else:
            said = f"{what} runs, left behind by a launch of {one['name']}"
            do = f"`overseer why {one['name']}`; `kill {one['pid']}` if nobody needs it"
        yield warning("left over", said, do)


def _owner(pid: int) -> int | None:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None
