"""What signals ask of a worker: TERM and INT to end, HUP to begin anew with what is new."""

import logging
import os
import signal
import subprocess
import sys
from enum import StrEnum
from queue import SimpleQueue
from types import FrameType

from overseer.errors import FAILED
from overseer.mail.presence import keeping_over_exec

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
REFUSED = "not reloaded: "
"""Stands in the log before the reason."""
TRIAL = "--try"
TRIAL_PATIENCE = 60.0


class Order(StrEnum):
    END = "end"
    RELOAD = "reload"


class Orders:
    """Heard by the main thread. A second TERM leaves at once: what is leased goes again later."""

    def __init__(self) -> None:
        self._heard: SimpleQueue[Order] = SimpleQueue()  # whose put() a signal may interrupt
        self.ending = False

    def listen(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # see begin_anew()

    def next(self) -> Order:
        """Wait for it."""
        return self._heard.get()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._heard.put(Order.RELOAD)
            return
        if self.ending:
            os._exit(FAILED)
        self.ending = True
        self._heard.put(Order.END)


def trial() -> str:
    """Why this worker's command line, files and application as they are by now would not make a
    worker; an empty text: they would."""
    try:
        done = subprocess.run(
            [sys.executable, *sys.orig_argv[1:], TRIAL],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=TRIAL_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"what is new was not read in {TRIAL_PATIENCE:.0f} s"
    except OSError as error:
        return f"{sys.executable}: {error.strerror}"
    said = done.stderr.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(said) if line.strip()), "")
    return "" if done.returncode == 0 else last or f"exit code {done.returncode}"


def begin_anew(orders: Orders, lock: int | None) -> None:
    """Become a new worker in the same process: pid, start time, parent and *lock* stay. Returns
    only where the order to end has come meanwhile."""
    # What comes from here on waits for the new one, and is heard by it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    if orders.ending:
        return
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with keeping_over_exec(lock):
        os.execv(sys.executable, sys.orig_argv)
