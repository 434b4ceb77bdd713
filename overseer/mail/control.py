"""What the control script does to one worker."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from overseer.accounts import user_name
from overseer.errors import DONE, NOT_UP, Refused, of_the_machine
from overseer.mail.masking import masked
from overseer.mail.memory import Start
from overseer.mail.orders import REFUSED
from overseer.mail.presence import READY, Presence
from overseer.mail.url import URL
from overseer.safe_files import APPEND, open_file
from overseer.trust import Trust

START_PATIENCE = 60.0
STOP_PATIENCE = 80.0
"""Seconds between TERM and KILL; longer than a worker gives what is in flight."""
KILL_PATIENCE = 5.0
LOOK_EVERY = 0.05
LAST_LINES = 5


class Control:
    """Of the worker with this pid file. *name* is its own where it is one of several."""

    def __init__(self, pid_file: Path, log: Path | None = None, name: str | None = None) -> None:
        self.presence = Presence(str(pid_file))
        self.pid_file = self.presence.pid_file
        self.log = log.absolute() if log else self.pid_file.with_suffix(".log")
        self.name = name

    @property
    def who(self) -> str:
        return f"worker {self.name}" if self.name else "the worker"

    def start(self, start: Start, patience: float = START_PATIENCE) -> None:
        """Returns when the worker is ready, or has failed and said why."""
        if (pid := self.presence.pid()) is not None:
            raise Refused(f"{self.who} runs already (pid {pid})")
        folders = {self.log.parent, self.pid_file.parent}
        made = [folder for folder in folders if not folder.exists()]
        try:
            self._start(start, patience)
        except Refused:
            if made:
                self._clear(made)
            raise

    def _clear(self, made: Sequence[Path]) -> None:
        """A start that fails leaves no folders behind."""
        if self.log.parent in made:
            with contextlib.suppress(OSError):
                self.log.unlink(missing_ok=True)
                self.log.parent.rmdir()
        if self.pid_file.parent in made:
            self.presence.leave_folder()

    def _start(self, start: Start, patience: float) -> None:
        said_before = size(self.log)
        hear, say = os.pipe()
        try:
            process = self._launch(start, say)
        finally:
            os.close(say)
        with os.fdopen(hear, "rb") as pipe:
            heard = await_word(pipe.fileno(), patience)
        if heard != b"ready":
            why = give_up_on(process, patience)
            raise Refused(f"{self.who} {why}:\n{self._last_said(said_before)}")
        process.returncode = 0  # it goes on without us
        self.tell(f"started, pid {process.pid}")

    def reload(self, patience: float = STOP_PATIENCE) -> int:
        """Returns when the worker goes on with what is new, or has said why it does not."""
        with self.presence.grasp() as worker:
            if worker is None:
                print(f"{self.who} is not running")
                return NOT_UP
            before, said_before = self._incarnation(), size(self.log)
            worker.signal(signal.SIGHUP)
            deadline = time.monotonic() + patience
            while self._incarnation() in (before, None):
                said = self._said(said_before)
                if REFUSED in said:
                    why = said.partition(REFUSED)[2].partition("\n")[0]
                    raise Refused(f"{self.who} goes on as it was: {why}")
                if worker.ends(LOOK_EVERY):
                    raise Refused(f"{self.who} has ended:\n{self._last_said(said_before)}")
                if time.monotonic() > deadline:
                    raise Refused(
                        f"{self.who}, pid {worker.pid}, has been told, and is not there yet after"
                        f" {patience:.0f} s: first it finishes what is in flight"
                    )
        self.tell(f"reloaded, pid {worker.pid}")
        return DONE

    def zap(self) -> None:
        """Remove the pid file that a killed worker has left."""
        if (pid := self.presence.pid()) is not None:
            raise Refused(f"{self.who} runs (pid {pid}); stop it instead")
        what = f"pid file of {self.who}" if self.name else "pid file"
        if self.presence.zap():
            print(f"{what} removed")
        else:
            print(f"there is no {what} {self.pid_file}; nothing was removed")

    def tell(self, what: str) -> None:
        print(f"{self.who.removeprefix('the ')} {what}", flush=True)

    def _launch(self, start: Start, say: int) -> "subprocess.Popen[bytes]":
        arguments, secret = without_password(start.arguments)
        argv = [sys.executable, "-P", "-m", "overseer.mail", "worker", "run"]
        argv += ["--pid-file", str(self.pid_file), *arguments]
        argv += ["--name", self.name] if self.name else []
        # A launch id is the control script's own: by it a supervisor would take us for it.
        env = {key: value for key, value in os.environ.items() if key != "OVERSEER_LAUNCH_ID"}
        try:
            self.log.parent.mkdir(exist_ok=True)
            with open(open_file(self.log, APPEND), "ab") as log:
                return subprocess.Popen(
                    argv,
                    cwd=start.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env | secret | {READY: str(say)},
                    pass_fds=(say,),
                    start_new_session=True,
                )
        except OSError as error:
            why = of_the_machine(error) or str(error)
            raise Refused(f"{self.who} cannot be started: {why}") from error

    def _incarnation(self) -> tuple[int, int] | None:
        """Another one whenever a worker has begun: each writes a pid file of its own."""
        try:
            found = self.pid_file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _said(self, since: int) -> str:
        try:
            return self.log.read_bytes()[since:].decode(errors="replace")
        except OSError as error:
            return f"(its log {self.log} cannot be read: {error.strerror})"

    def _last_said(self, since: int) -> str:
        return "\n".join(self._said(since).splitlines()[-LAST_LINES:])


def without_password(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Everybody may read the words of a command: a URL with a password goes by the environment."""
    left, secret = [], {}
    words = iter(arguments)
    for word in words:
        name, mark, url = word.partition("=")
        url = url if mark else next(words, "") if name == "--url" else ""
        if name == "--url" and url and masked(url) != url:
            secret[URL] = url
        else:
            left += [word, url] if name == "--url" and not mark else [word]
    return left, secret


def refuse_untrusted(pid_file: Path) -> None:
    """Refused where somebody else may write what is beside a pid file: arguments that are started
    again, and whom to signal."""
    trust = Trust()
    folder = pid_file.parent
    names = os.listdir(folder) if folder.is_dir() else []
    stem = pid_file.name.removesuffix(".pid")
    paths = [str(folder / name) for name in sorted(names) if name.startswith(f"{stem}.")]
    for path in (str(folder), *paths):
        if untrusted := trust.of(path):
            who = min(set().union(*(one.uids for one in untrusted.writers)), default=0)
            own = f"`runuser -u {user_name(who)} -- overseer mail worker …`, or " if who else ""
            raise Refused(f"{untrusted.whole}; {own}{untrusted.commands}")


def give_up_on(process: "subprocess.Popen[bytes]", patience: float) -> str:
    """Why it is not ready; it is not left behind."""
    try:
        return f"ended with code {process.wait(KILL_PATIENCE)}"
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"was not ready after {patience:.0f} s, and was killed"


def await_word(descriptor: int, patience: float) -> bytes:
    """What is said before the other end is closed; nothing where neither comes in time."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return os.read(descriptor, 64) if poller.poll(patience * 1000) else b""


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
