"""The worker's control script: start, stop, restart, status, zap; with honest exit codes."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from overseer.errors import DONE, NOT_UP, Refused, UsageError
from overseer.mail.presence import READY, Grasp, Presence

START_PATIENCE = 60.0
STOP_PATIENCE = 80.0
"""Seconds between TERM and KILL; longer than a worker gives what is in flight."""
KILL_PATIENCE = 5.0
LAST_LINES = 5


class Control:
    """Of the worker with this pid file."""

    def __init__(self, pid_file: str, log: str | None = None) -> None:
        self._presence = Presence(pid_file)
        self._pid_file = self._presence.pid_file
        self._log = Path(log).absolute() if log else self._pid_file.with_suffix(".log")
        self._memory = self._pid_file.with_name(self._pid_file.name + ".args")

    def start(self, arguments: Sequence[str], patience: float = START_PATIENCE) -> int:
        """Returns when the worker is ready, or has failed and said why. Without arguments it gets
        those of the last start, in the folder of that start."""
        if (pid := self._presence.pid()) is not None:
            raise Refused(f"the worker runs already (pid {pid})")
        words, folder = (list(arguments), here()) if arguments else self._remembered()
        if not words:
            raise UsageError("start what? write the worker's arguments: start ... -- --url URL")
        said_before = size(self._log)
        hear, say = os.pipe()
        try:
            process = self._launch(words, folder, say)
        finally:
            os.close(say)
        with os.fdopen(hear, "rb") as pipe:
            heard = await_word(pipe.fileno(), patience)
        if heard != b"ready":
            raise Refused(f"{self._give_up_on(process, patience)}:\n{self._said(said_before)}")
        process.returncode = 0  # it goes on without us
        self._remember(words, folder)
        print(f"worker started, pid {process.pid}")
        return DONE

    def stop(self, patience: float = STOP_PATIENCE) -> int:
        """TERM, then KILL; nothing running is no failure."""
        with self._presence.grasp() as worker:
            if worker is None:
                print("the worker was not running")
                return DONE
            return end(worker, patience)

    def restart(self, arguments: Sequence[str], patience: float = STOP_PATIENCE) -> int:
        """With the arguments of the last start, unless there are others."""
        if not arguments and not self._remembered()[0]:
            raise UsageError("restart with what? no arguments are remembered; write them after --")
        self.stop(patience)
        return self.start(arguments)

    def status(self) -> int:
        pid = self._presence.pid()
        print("the worker is not running" if pid is None else f"the worker is running, pid {pid}")
        return NOT_UP if pid is None else DONE

    def zap(self) -> int:
        """Remove a pid file that a killed worker has left."""
        if (pid := self._presence.pid()) is not None:
            raise Refused(f"the worker runs (pid {pid}); stop it instead")
        self._presence.zap()
        print("pid file removed")
        return DONE

    def _launch(self, words: Sequence[str], folder: str, say: int) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", "overseer.mail", "worker", "run"]
        argv += ["--pid-file", str(self._pid_file), *words]
        # A launch id is the control script's own: by it a supervisor would take us for it.
        env = {key: value for key, value in os.environ.items() if key != "OVERSEER_LAUNCH_ID"}
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                return subprocess.Popen(
                    argv,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env | {READY: str(say)},
                    pass_fds=(say,),
                    start_new_session=True,
                )
        except OSError as error:
            raise Refused(f"the worker cannot be started: {error}") from error

    def _give_up_on(self, process: "subprocess.Popen[bytes]", patience: float) -> str:
        """Why it is not ready; it is not left behind."""
        try:
            return f"the worker ended with code {process.wait(KILL_PATIENCE)}"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return f"the worker was not ready after {patience:.0f} s, and was killed"

    def _remember(self, words: Sequence[str], folder: str) -> None:
        fresh = self._memory.with_name(f".{self._memory.name}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps({"arguments": words, "folder": folder}))
            fresh.replace(self._memory)
        except OSError as error:  # it runs all the same
            print(f"{self._memory}: {error.strerror}; name them at a restart", file=sys.stderr)

    def _remembered(self) -> tuple[list[str], str]:
        try:
            memory = json.loads(self._memory.read_text())
            return [str(word) for word in memory["arguments"]], str(memory["folder"])
        except (OSError, ValueError, KeyError, TypeError):
            return [], here()

    def _said(self, since: int) -> str:
        try:
            text = self._log.read_bytes()[since:].decode(errors="replace")
        except OSError as error:
            return f"(its log {self._log} cannot be read: {error.strerror})"
        return "\n".join(text.splitlines()[-LAST_LINES:])


def end(worker: Grasp, patience: float) -> int:
    worker.signal(signal.SIGTERM)
    if worker.ends(patience):
        print(f"worker stopped, pid {worker.pid}")
        return DONE
    worker.signal(signal.SIGKILL)
    if not worker.ends(KILL_PATIENCE):
        raise Refused(f"pid {worker.pid} survived SIGKILL")
    print(f"worker killed after {patience:.0f} s, pid {worker.pid}; what it had goes again later")
    return DONE


def await_word(descriptor: int, patience: float) -> bytes:
    """What is said before the other end is closed; nothing where neither comes in time."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return os.read(descriptor, 64) if poller.poll(patience * 1000) else b""


def here() -> str:
    """The working folder by the name it was entered by: a link may lead elsewhere tomorrow."""
    real, named = os.getcwd(), os.environ.get("PWD", "")
    is_same = os.path.isabs(named) and os.path.exists(named) and os.path.samefile(named, real)
    return named if is_same else real


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
