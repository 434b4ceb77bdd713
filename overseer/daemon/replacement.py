"""The daemon's program is replaced by the installed one, in the same process: `overseer reexec`."""

import json
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from overseer import VERSION
from overseer.daemon.handover import Left, Parts, leave
from overseer.engine import Engine
from overseer.errors import Refused
from overseer.forking import MarkedPopen
from overseer.options import RunOptions
from overseer.safepoint import Safepoint, safepoint
from overseer.store.state import StateStore
from overseer.system import daemon, passed_on
from overseer.system.own_command import OwnCommand
from overseer.trust import Trust
from overseer.units import first_of

log = logging.getLogger("overseer")

PATIENCE = 10.0
"""Seconds for what is under way, and cannot be taken up in the middle."""
LONGEST_TRIAL = 60.0
"""Seconds that the installed version may take to read everything."""
HELD_BACK = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP),
    *(signal.SIGUSR1, signal.SIGUSR2),
)
"""Signals that wait until the new program hears them."""
NAMED = 5
WHEN_OVER = "ask again when it is over"
GOES_ON = "the daemon goes on as it was"


class Replacement:
    """`ask` is for any thread; `carry_out` for the engine's, while its loop stands still."""

    def __init__(
        self,
        own: OwnCommand,
        parts: Parts,
        store: StateStore,
        engine: Engine,
        options: RunOptions,
        stop_loop: Callable[[], None],
        gate: Safepoint = safepoint,
    ) -> None:
        self._own = own
        self._parts = parts
        self._store = store
        self._engine = engine
        self._options = options
        self._stop_loop = stop_loop
        self._gate = gate
        self._one_at_a_time = threading.Lock()
        self._failed = threading.Event()
        self._why = ""
        self.by = ""  # whoever has asked, while it is due
        self.version = ""

    @property
    def is_due(self) -> bool:
        return bool(self.by)

    def ask(self, by: str) -> None:
        """Returns only by raising Refused: else another program goes on."""
        if not self._one_at_a_time.acquire(blocking=False):
            raise Refused("overseer is being replaced already")
        try:
            self._refuse_if_lost()
            self.version = self._try_it()
            if unfinished := self._gate.close(PATIENCE):
                raise Refused(f"not replaced: {first_of(unfinished, NAMED)}; {WHEN_OVER}")
            self._failed.clear()
            self.by = by
            self._stop_loop()
            self._failed.wait()
            raise Refused(self._why)
        finally:
            self._one_at_a_time.release()

    def _refuse_if_lost(self) -> None:
        if trouble := self._store.trouble:
            raise Refused(f"not replaced, as what is only in memory would be lost: {trouble}")
        if operations := self._gate.operations():
            raise Refused(f"not replaced: {first_of(operations, NAMED)}; {WHEN_OVER}")
        if not os.path.isdir(self._own.dir):
            raise Refused(f"not replaced: {self._own.dir}, where it was started, is gone")
        trust = Trust(allowed=self._options.allowed)
        for path in self._own.files:
            if untrusted := trust.of(path):
                raise Refused(f"not replaced: {untrusted}")

    def _try_it(self) -> str:
        """The installed version reads what it is to go on with, in a process of its own; which one
        it is. Raises Refused with what it has said."""
        argv = [*self._own.program, "reexec", "--try"]
        try:
            child = MarkedPopen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self._own.env, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            why = f"{argv[0]}: {str(error.strerror).lower()}"
            raise Refused(f"not replaced: the installed version cannot be run: {why}") from error
        with child:
            try:
                text = json.dumps(self._asked_of_it()).encode()
                out, err = child.communicate(text, LONGEST_TRIAL)
            except subprocess.TimeoutExpired:
                child.kill()
                why = f"it was not ready within {LONGEST_TRIAL:.0f} s"
                raise Refused(f"not replaced: the installed version was tried: {why}") from None
        return self._judge(out, err)

    def _asked_of_it(self) -> dict[str, Any]:
        """What it has to be able to read; see trial.py."""
        return {
            "format": passed_on.FORMAT,
            "state_dir": str(self._store.path.parent),
            "files": list(self._parts.files),
            "variables": dict(self._options.variables),
            "allowed": list(self._options.allowed),
            "texts": self._parts.texts().as_json(),
            "watches": list(self._engine.watches),
        }

    def _judge(self, out: bytes, err: bytes) -> str:
        try:
            answer = json.loads(out.decode(errors="replace").strip().rpartition("\n")[2])
            version, problems = str(answer["version"]), list(map(str, answer["problems"]))
        except (ValueError, KeyError, TypeError):
            lines = err.decode(errors="replace").strip().splitlines()
            last = lines[-1] if lines else "it has said nothing"
            raise Refused(
                f"not replaced: the installed version cannot be tried: {last}; {GOES_ON}"
            ) from None
        if problems:
            why = "; ".join(problems)
            raise Refused(f"not replaced: overseer {version} cannot go on: {why}; {GOES_ON}")
        return version

    def run(self, loop: Callable[[], None], last: Callable[[], None]) -> None:
        """*loop* until it is over, and not only paused. *last* is done before the replacement."""
        loop()
        while self.is_due:
            self._engine.turn()
            self._carry_out(last)
            loop()

    def _carry_out(self, last: Callable[[], None]) -> None:
        """Returns only where execve(2) has failed."""
        daemon.tell_manager(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        log.info("overseer %s is replaced by %s (asked by %s)", VERSION, self.version, self.by)
        try:
            left = leave(self._parts, self.by)
            last()
            self._execute(left)
        except Exception as error:
            log.exception("overseer could not be replaced; %s", GOES_ON)
            self._why = f"not replaced: {error}; {GOES_ON}"
        self.by = ""
        daemon.tell_manager("READY=1")
        self._gate.open()
        self._failed.set()

    def _execute(self, left: Left) -> None:
        argv = [*self._own.program, *self._own.args]
        here = os.open(".", os.O_PATH | os.O_CLOEXEC)
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        try:
            os.chdir(self._own.dir)
            passed_on.replace_program(argv, self._own.env, left.facts, left.descriptors)
        finally:
            os.fchdir(here)
            os.close(here)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)


class EarlySignals:
    """What comes before the daemon listens: heard, and passed on to whoever listens later."""

    def __init__(self, *, listen: bool) -> None:
        """Where the program before has left signals held back: before there are threads, which
        would hold them back too, and what they launch."""
        self._came: list[int] = []
        if listen:
            self._listen()

    def _listen(self) -> None:
        for number in HELD_BACK:
            signal.signal(number, lambda came, _frame: self._came.append(came))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)

    def pass_on(self) -> None:
        came, self._came = self._came, []
        for number in dict.fromkeys(came):
            os.kill(os.getpid(), number)
