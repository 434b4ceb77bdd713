"""The worker's control script: start, stop, restart, status, zap; with honest exit codes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from overseer.errors import DONE, Refused, UsageError
from overseer.mail.presence import Presence
from overseer.mail.worker import READY

NOT_RUNNING = 3
STOP_PATIENCE = 80.0
"""Seconds between TERM and KILL; longer than a worker gives what is in flight."""
KILL_PATIENCE = 5.0


class Control:
    """Of the worker with this pid file."""

    def __init__(self, pid_file: str, log: str | None = None) -> None:
        self._presence = Presence(pid_file)
        self._pid_file = self._presence.pid_file
        self._log = Path(log).absolute() if log else self._pid_file.with_suffix(".log")
        self._arguments = self._pid_file.with_name(self._pid_file.name + ".args")

    def start(self, arguments: Sequence[str]) -> int:
        """Returns when the worker is ready, or has failed and said why."""
        if (pid := self._presence.pid()) is not None:
            raise Refused(f"the worker runs already (pid {pid})")
        words = list(arguments) or self._remembered()
        if not words:
            raise UsageError("start what? write the worker's arguments: start ... -- --url URL")
        hear, say = os.pipe()
        process = self._launch(words, say)
        os.close(say)
        with os.fdopen(hear, "rb") as pipe:
            ready = pipe.read() == b"ready"
        if not ready:
            code = process.wait()
            raise Refused(f"the worker ended with code {code}:\n{self._last_lines()}")
        process.returncode = 0  # it goes on without us
        self._arguments.write_text(json.dumps(words))
        print(f"worker started, pid {process.pid}")
        return DONE

    def _launch(self, words: Sequence[str], say: int) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", "overseer.mail", "worker", "run"]
        argv += ["--pid-file", str(self._pid_file), *words]
        # A launch id is the control script's own: by it a supervisor would take us for it.
        env = {key: value for key, value in os.environ.items() if key != "OVERSEER_LAUNCH_ID"}
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                return subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env | {READY: str(say)},
                    pass_fds=(say,),
                    start_new_session=True,
                )
        except OSError as error:
            raise Refused(f"the worker cannot be started: {error}") from error

    def stop(self, patience: float = STOP_PATIENCE) -> int:
        """TERM, then KILL; nothing running is no failure."""
        pid = self._presence.pid()
        if pid is None:
            print("the worker was not running")
            return DONE
        os.kill(pid, signal.SIGTERM)
        if self._presence.gone(patience):
            print(f"worker stopped, pid {pid}")
            return DONE
        os.kill(pid, signal.SIGKILL)
        if not self._presence.gone(KILL_PATIENCE):
            raise Refused(f"pid {pid} survived SIGKILL")
        print(f"worker killed after {patience:.0f} s, pid {pid}; what it had goes again later")
        return DONE

    def restart(self, arguments: Sequence[str], patience: float = STOP_PATIENCE) -> int:
        """With the arguments of the last start, unless there are others."""
        if not arguments and not self._remembered():
            raise UsageError("restart with what? no arguments are remembered; write them after --")
        self.stop(patience)
        return self.start(arguments)

    def status(self) -> int:
        pid = self._presence.pid()
        print("the worker is not running" if pid is None else f"the worker is running, pid {pid}")
        return NOT_RUNNING if pid is None else DONE

    def zap(self) -> int:
        """Remove a pid file that a killed worker has left."""
        if (pid := self._presence.pid()) is not None:
            raise Refused(f"the worker runs (pid {pid}); stop it instead")
        self._presence.zap()
        print("pid file removed")
        return DONE

    def _remembered(self) -> list[str]:
        try:
            words = json.loads(self._arguments.read_text())
        except (OSError, ValueError):
            return []
        return [str(word) for word in words]

    def _last_lines(self) -> str:
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return f"(its log {self._log} cannot be read)"
