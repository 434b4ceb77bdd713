"""What overseer needs of the machine: the kernel, small programs, limits, a clock that goes on."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence

from overseer.doctor.finding import Finding, ok, problem, warning

TOOLS = {
    "setpriv": "util-linux",
    "prlimit": "util-linux",
    "choom": "util-linux",
    "ionice": "util-linux",
    "nice": "coreutils",
    "chroot": "coreutils",
}
"""What puts on users, limits and the like, and the package that brings it."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
GOOD_PYTHON = (3, 11, 4)
SPARE = 64
"""Descriptors beside those of the watches: files, sockets, clients."""
EACH = 3
"""Descriptors that a watch may need."""


def host(
    watches: int, pid: int | None, since: Sequence[str], version: Sequence[int]
) -> Iterator[Finding]:
    """*pid* is the daemon's, *version* that of its Python; *since* are files that it wrote."""
    yield tools()
    yield pidfd()
    yield python(version)
    yield proc()
    yield descriptors(watches, pid)
    yield clock(since, time.time())


def tools(path: str = PATH) -> Finding:
    """Those that only some keys of a watch file use are missed all the same: keys come and go."""
    missing = [one for one in TOOLS if shutil.which(one, path=path) is None]
    if not missing:
        return ok("tools", f"{', '.join(TOOLS)} are there")
    packages = " ".join(sorted({TOOLS[one] for one in missing}))
    said = f"missing: {', '.join(missing)}; `user:`, limits and the like need them"
    return problem("tools", said, f"install {packages}")


def pidfd() -> Finding:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError):
        said = f"this kernel ({os.uname().release}) has no pidfd_open, or it is forbidden here"
        return problem("kernel", said, "use Linux 5.3 or later; in a container allow the call")
    return ok("kernel", f"{os.uname().release}, pidfd works")


def python(version: Sequence[int]) -> Finding:
    shown = ".".join(map(str, version))
    if tuple(version) < GOOD_PYTHON:
        said = f"{shown}: a program on a file system that hangs holds up all of overseer"
        return warning("python", said, "use Python 3.11.4 or later")
    return ok("python", shown)


def proc(folder: str = "/proc") -> Finding:
    """Mounted with hidepid, /proc shows a user only what is his own."""
    try:
        with open(f"{folder}/1/stat", "rb") as file:
            file.read(1)
    except OSError:
        said = f"{folder} does not show all processes (hidepid?)"
        return warning("proc", said, "run overseer as root, or give its group gid= of the mount")
    return ok("proc", "shows all processes")


def descriptors(watches: int, pid: int | None, folder: str = "/proc") -> Finding:
    """The limit that the daemon lives under, else the one it would."""
    limit = _limit(f"{folder}/{pid}/limits") if pid is not None else None
    if limit is None:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    needed = watches * EACH + SPARE
    said = f"{limit} may be open, some {needed} are needed for {watches} watches"
    if limit < needed:
        return problem("open files", said, "raise it: LimitNOFILE= of the unit, or ulimit -n")
    return ok("open files", said)


def clock(since: Sequence[str], now: float) -> Finding:
    """Files of the daemon's that are of tomorrow tell of a clock that was set back."""
    ahead = max((stamp - now for stamp in map(_written, since) if stamp is not None), default=0.0)
    if time.gmtime(now).tm_year < 2024:
        said = f"it is said to be {time.strftime('%Y-%m-%d', time.localtime(now))}"
        return problem("clock", said, "set the clock, and have NTP keep it")
    if ahead > 60:
        minutes = round(ahead / 60)
        said = f"it was set back: what overseer has written is {minutes} minutes ahead"
        return warning("clock", said, "durations do not mind, the history's times do; have NTP on")
    return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(now)))


def _written(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None


def _limit(path: str) -> int | None:
    try:
        with open(path) as file:
            line = next(one for one in file if one.startswith("Max open files"))
    except (OSError, StopIteration):
        return None
    soft = line.split()[3]
    return int(soft) if soft.isdigit() else None
