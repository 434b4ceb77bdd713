"""What the daemon inherits from its parent, and drops."""

import contextlib
import os
import signal
from collections.abc import Collection

STANDARD = 3
"""Standard streams: input, output, errors."""
IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}
"""In itself; not in what it runs."""
UMASK = 0o022


def begin_afresh(keep: Collection[int] = ()) -> None:
    """So that no program depends on who starts the daemon, and from where: nothing of his is open,
    no signal is ignored or blocked, and of the umask only what keeps more from others stays.
    *keep*: what the program before this one in the same process has left us."""
    drop_inherited(keep)
    os.umask(os.umask(UMASK) | UMASK)
    for number in signal.valid_signals() - IGNORED_BY_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def drop_inherited(keep: Collection[int] = ()) -> None:
    """Close what our parent had open, but for the standard streams: it would stay open in
    the daemon and in every program. A standard stream that is closed is /dev/null from now on, so
    that nothing else gets its number."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # some are above the limit of today
        if descriptor in keep:
            os.set_inheritable(descriptor, False)
        elif descriptor >= STANDARD:
            with contextlib.suppress(OSError):  # that of the list itself is closed
                os.close(descriptor)
    while (lowest := os.open(os.devnull, os.O_RDWR)) < STANDARD:
        os.set_inheritable(lowest, True)
    os.close(lowest)
