"""What signals ask of the daemon."""

import logging
import os
import signal
from collections.abc import Callable

from overseer.control.desk import Desk
from overseer.control.protocol import Answer
from overseer.crew import begin
from overseer.errors import DONE, FAILED, OverseerError
from overseer.safepoint import safepoint
from overseer.system.daemon import LogFile
from overseer.system.loop import Loop

log = logging.getLogger("overseer")


class Signals:
    """TERM and INT terminate, once more quits; QUIT quits; HUP loads and makes a removed control
    socket again; USR1 reopens the log; USR2 replaces the daemon's program by the installed one.

    *code* is what the daemon ends with.
    """

    def __init__(
        self,
        desk: Desk,
        leave: Callable[[], None],
        own_log: LogFile | None,
        tell: Callable[[str], None],
        restore_socket: Callable[[], None],
        reexec: Callable[[str], None],
    ) -> None:
        self.code = DONE
        self._tell = tell
        self._refused = ""
        self._desk = desk
        self._leave = leave
        self._own_log = own_log
        self._restore_socket = restore_socket
        self._reexec = reexec
        self._on_terminal = has_terminal()
        self._ending = False

    def listen(self, loop: Loop) -> None:
        loop.wake_on_signals()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._terminate())
        signal.signal(signal.SIGQUIT, lambda *_: self._leave())
        signal.signal(signal.SIGHUP, lambda *_: self._hang_up())
        signal.signal(signal.SIGUSR1, lambda *_: self._reopen())
        signal.signal(signal.SIGUSR2, lambda *_: aside(self._replace))

    def attach(self, loop: Loop, pid: int) -> None:
        """Terminate when that process has ended; at once if it has already. As god's `--attach`."""

        def ended() -> None:
            loop.ignore(pidfd)
            os.close(pidfd)
            self._outlived(pid)

        try:
            pidfd = os.pidfd_open(pid)
        except OSError:
            return self._outlived(pid)
        return loop.read(pidfd, ended)

    def _outlived(self, pid: int) -> None:
        log.warning("pid %d (--attach) has ended: terminating", pid)
        if not self._ending:
            self._terminate()

    def _replace(self) -> None:
        try:
            self._reexec("USR2")
        except OverseerError as error:
            log.error("%s", error)
            self._tell(f"USR2: {error}")

    def _reopen(self) -> None:
        if self._own_log:
            self._own_log.reopen()

    def _terminate(self) -> None:
        if self._ending:
            log.warning("told to end again: what has not ended is left running")
            self.code = FAILED
            return self._leave()
        self._ending = True
        return aside(self._say_farewell)

    def _say_farewell(self) -> None:
        with safepoint.operation("a terminate is being carried out"):
            remaining = self._desk.terminate(LogVoice())
        if remaining.survivors:
            log.error("still alive: %s", ", ".join(remaining.survivors))
            self.code = FAILED
        self._leave()

    def _hang_up(self) -> None:
        """A closed terminal ends a daemon in its foreground; everywhere else HUP is `load`."""
        if self._on_terminal:
            return self._terminate()
        return aside(self._load)

    def _load(self) -> None:
        self._restore_socket()
        with safepoint.operation("a load is being carried out"):
            answer = self._desk.load("HUP", LogVoice())
        log.log(logging.ERROR if answer["code"] else logging.INFO, "load: %s", said(answer))
        refused = said(answer) if answer["code"] and answer.get("error") else ""
        if refused and refused != self._refused:
            self._tell(f"HUP has loaded nothing: {refused}")
        self._refused = refused


class LogVoice:
    """Progress of what nobody waits for goes into the log."""

    def say(self, answer: Answer) -> None:
        if text := answer.get("say"):
            log.info("%s", text)

    def gone(self, patience: float = 0.0) -> bool:
        return False


def has_terminal() -> bool:
    """Whether a terminal that is closed hangs up on us: see tty(4). A container and a manager give
    none."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def said(answer: Answer) -> str:
    return str(answer.get("error") or "; ".join(answer.get("text", ())) or "done")


def aside(work: Callable[[], None]) -> None:
    """Off the engine's thread: it waits for what the engine does."""
    begin(work, "aside")
