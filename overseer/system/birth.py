"""The moment of a launch: a new process with its descriptors, its folder and its umask."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from overseer.forking import MarkedPopen, marked
from overseer.model.process import Process
from overseer.system import handover, identity
from overseer.system.dress import Dressed
from overseer.system.inherited import IGNORED_BY_PYTHON

Streams = tuple[int, int, int]
"""Descriptors of its standard input, output and error."""
Start = Callable[[Dressed, Streams, int | None], int]
"""Takes the mark that it is to have, too. The pid. Raises OSError: why it could not be run."""
FIRST = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""
SHELL = "/bin/sh"
SCRIPT = """\
[ -z "$1" ] || umask "$1"
cd -- "$2" && shift 2 && LISTEN_PID=$$ && export LISTEN_PID && exec "$@"
"""
"""The program is to know its own pid before it runs: only a process in its place can tell."""


def born(pid: int) -> Process:
    """As it is known from now on; where that cannot be told it is ended: it would be nobody's."""
    try:
        seen = identity.stat(pid)
        return Process(pid, seen.ticks if seen else 0, identity.boot_id())
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise


def plainly(dressed: Dressed, streams: Streams, mark: int | None) -> int:
    nothing, out, err = streams
    with standard_input(dressed, nothing) as given:
        child = MarkedPopen(
            dressed.argv,
            mark=mark,
            stdin=given,
            stdout=out,
            stderr=err,
            env=dressed.env,
            cwd=dressed.dir,
            umask=dressed.umask,
            start_new_session=True,
            close_fds=False,  # every descriptor is close-on-exec; and the folder's lock stays
            # held until the child has reached exec, so that the next daemon waits for it
        )
    child.returncode = 0  # so that Popen never waits for it: who launches it does
    return child.pid


def with_sockets(sockets: Mapping[str, int]) -> Start:
    """Popen can leave a descriptor open, and not under another number: other launches that are
    under way would inherit it. posix_spawn(3) can, in the child alone."""

    def start(dressed: Dressed, streams: Streams, mark: int | None) -> int:
        told = {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(sockets)}
        umask = f"{dressed.umask:04o}" if dressed.umask >= 0 else ""
        with standard_input(dressed, streams[0]) as given, marked(mark):
            numbers = (given, *streams[1:], *sockets.values())
            doubles = [(os.POSIX_SPAWN_DUP2, number, to) for to, number in enumerate(numbers)]
            return os.posix_spawn(
                SHELL,
                ["sh", "-c", SCRIPT, "sh", umask, dressed.dir, *dressed.argv],
                {**dressed.env, **told},
                file_actions=doubles,
                setsid=True,
                setsigmask=(),
                setsigdef=IGNORED_BY_PYTHON,
            )

    return start


@contextmanager
def standard_input(dressed: Dressed, nothing: int) -> Iterator[int]:
    if not dressed.input:
        yield nothing
        return
    with handover.readable(dressed.input) as given:
        yield given
