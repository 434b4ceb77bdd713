"""Popen for a daemon: what it starts can have a mark that all its descendants inherit.

The mark is the soft limit of RLIMIT_LOCKS, which no kernel since Linux 2.4.25 enforces
(getrlimit(2)). fork copies it; neither exec, a new session, another user nor an empty environment
takes it away, and anybody may read it in /proc/PID/limits.
"""

import contextlib
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

from overseer.paths import PROGRAM_PATH

RLIMIT_LOCKS = 10
ROW = b"Max file locks"
PASSED_ON = ("PATH", "LANG", "TZ")
"""The daemon sets its own PATH: by its settings, not by the shell that has started it."""
_forking = threading.Lock()


class MarkedPopen(subprocess.Popen[bytes]):
    """Popen, but that what it starts has the *mark* from its first instruction on, or none. All
    that a daemon with marks starts goes through here, so that nothing has another's."""

    def __init__(self, *words: Any, mark: int | None = None, **options: Any) -> None:
        with contextlib.ExitStack() as self._until_forked:
            self._until_forked.enter_context(marked(mark))
            try:
                super().__init__(*words, **options)
            except BaseException:
                self._end_unknown()
                raise

    def _end_unknown(self) -> None:
        """What was forked, and then there was no memory to say so, is nobody's, and ends."""
        pid = getattr(self, "pid", None)
        if pid and self.returncode is None:  # else it has not reached exec, and is collected
            os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
            self.returncode = -signal.SIGKILL

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "pid" and value:  # forked; exec, which may hang, has not been waited for
            self._until_forked.close()


@contextlib.contextmanager
def marked(mark: int | None) -> Iterator[None]:
    """What is forked inside has that mark, by whatever thread; so only one may be inside."""
    with _forking:
        usual = resource.getrlimit(RLIMIT_LOCKS)
        if mark is not None:
            with contextlib.suppress(ValueError, OSError):  # the hard limit is lower: no mark
                resource.setrlimit(RLIMIT_LOCKS, (mark, usual[1]))
        try:
            yield
        finally:
            resource.setrlimit(RLIMIT_LOCKS, usual)


def own_environment() -> dict[str, str]:
    """Of the daemon's environment what every program may see; the rest is overseer's own affair."""
    return {"PATH": PROGRAM_PATH} | {key: os.environ[key] for key in PASSED_ON if key in os.environ}


def mark_on(pid: int) -> int | None:
    """The mark on a process; None where it has none, or is gone."""
    try:
        with open(f"/proc/{pid}/limits", "rb") as rows:
            soft = next((row[len(ROW) :].split()[0] for row in rows if row.startswith(ROW)), b"")
    except OSError:
        return None
    return int(soft) if soft.isdigit() else None
