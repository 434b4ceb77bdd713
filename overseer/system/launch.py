"""Launches on threads of their own: a program on a stuck file system holds its launcher alone."""

import contextlib
import errno
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from overseer.crew import Crew
from overseer.model.action import Spawn
from overseer.model.event import HookFailed, Launched, LaunchFailed, LeftBehind
from overseer.model.log_file import LogMark
from overseer.model.process import Process
from overseer.model.program import Argv, Program
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.system import identity
from overseer.system.birth import plainly, with_sockets
from overseer.system.deaths import Deaths
from overseer.system.dress import CannotRun, dress
from overseer.system.hooks import Hooks, Run, about
from overseer.system.leftovers import Leftovers
from overseer.system.log_files import mark_of
from overseer.system.users import resolve, uid_of

log = logging.getLogger("overseer")

MOST_AT_ONCE = 64
"""Launches that may hang before others wait."""
BEFORE = {
    Job.LAUNCH: "before_start",
    Job.RUN: "before_start",
    Job.START: "before_start",
    Job.RESTART: "before_restart",
    Job.STOP: "before_stop",
}
BIRTHS = (Job.LAUNCH, Job.START, Job.RESTART)
FIRST = (Job.LAUNCH, Job.START, Job.STATE, Job.RUN)
"""Nothing of the watch lives when these are launched, or what is left behind is in their way."""
Listen = Callable[[Watch, int], Mapping[str, str]]
"""Takes a watch that is about to be launched, and as whom; says what its environment needs."""
HandedTo = Callable[[Program], Mapping[str, int]]
"""The sockets held for a program: descriptors by name. Raises CannotRun."""
WillWrite = Callable[[str, Sequence[LogMark]], None]
"""Hears where the output of a watch begins, before there is any."""
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


class Skipped(Exception):
    """`before_start` says, by one of the watch's `skip_codes`, that it is not to be started."""


class Launcher:
    def __init__(
        self,
        deaths: Deaths,
        inbox: Inbox,
        log_dir: Path,
        run: Run,
        listen: Listen,
        sockets: HandedTo,
        leftovers: Leftovers,
        will_write: WillWrite = lambda _, __: None,
    ) -> None:
        self.hooks = Hooks(inbox, run, self._write)
        self._deaths = deaths
        self._inbox = inbox
        self._log_dir = log_dir
        self._listen = listen
        self._sockets = sockets
        self._leftovers = leftovers
        self._will_write = will_write
        self._crew = Crew("launcher", MOST_AT_ONCE)
        self._nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)

    def spawn(self, watch: Watch, action: Spawn) -> None:
        asked = time.monotonic()
        self._crew.do(lambda: self._launch(watch, action, asked))

    def _launch(self, watch: Watch, action: Spawn, asked: float) -> None:
        name, id, hook = watch.name, action.errand.id, None
        try:
            if action.errand.job in FIRST:
                if left := self._left_behind(watch, action, asked):
                    return self._inbox(watch.name, LeftBehind(action.errand.id, left))
                prepare(watch, action.program)
            hook = self._hook_mark(watch, action)
            self._before(watch, action)
            born = self._exec(watch, action)
        except Skipped as error:
            self._inbox(name, LaunchFailed(id, str(error), log=hook, skipped=True))
        except CannotRun as error:
            self._inbox(name, LaunchFailed(id, str(error), error.hopeless, hook))
        except OSError as error:
            why = said(error, action.program)
            self._inbox(name, LaunchFailed(id, why, is_hopeless(error), hook))
        except Exception as error:  # a behavior may be anybody's
            log.exception("%s: could not be launched", name)
            why = f"{type(error).__name__}: {error}"
            self._inbox(name, LaunchFailed(id, why, hopeless=False, log=hook))
        else:
            # Told of its birth before its end can be heard of.
            self._inbox(watch.name, born)
            self._deaths.follow(watch.name, born.process, leader=True)
        return None

    def _left_behind(self, watch: Watch, action: Spawn, asked: float) -> tuple[Process, ...]:
        if action.program.leftovers == "ignore":
            return ()
        return self._leftovers.in_the_way(watch.name, asked)

    def _hook_mark(self, watch: Watch, action: Spawn) -> LogMark | None:
        """Where the output of the hook before a start begins, if there is one."""
        job = action.errand.job
        if job is Job.STOP or BEFORE.get(job, "") not in action.program.hooks:
            return None
        path = self._path(action.program.log, watch.name)
        descriptor = self._open(path)
        try:
            mark = mark_of(path, os.fstat(descriptor))
        finally:
            os.close(descriptor)
        self._will_write(watch.name, (mark,))
        return mark

    def _before(self, watch: Watch, action: Spawn) -> None:
        """The hook before the command: without it there is no start, but always a stop."""
        program, job = action.program, action.errand.job
        name = BEFORE.get(job, "")
        argv = program.hooks.get(name)
        if argv is None or (job is Job.STOP and program.stop is None):
            return
        told = about(action.about, action.reason)
        why, code = self.hooks.failure(watch, program, name, argv, told)
        if why and job is Job.STOP:
            self._inbox(watch.name, HookFailed(why))
        elif code in watch.skip_codes and job in (Job.LAUNCH, Job.START):
            raise Skipped(why)
        elif why:
            raise CannotRun(why, hopeless=False)

    def _write(self, watch: Watch, program: Program, text: str) -> None:
        with contextlib.suppress(OSError, CannotRun):
            descriptor = self._open(self._path(program.log, watch.name))
            try:
                os.write(descriptor, text.encode(errors="replace"))
            finally:
                os.close(descriptor)

    def _exec(self, watch: Watch, action: Spawn) -> Launched:
        name, argv = watch.name, command(action.program, action.errand.job)
        more = {**told(action), **self._leftovers.mark(name)}
        if watch.listens and action.errand.job in BIRTHS:
            more |= self._listen(watch, uid_of(action.program))
        sockets: Mapping[str, int] = {}
        if action.program.sockets and action.errand.job is Job.LAUNCH:
            sockets = self._sockets(action.program)
        dressed = dress(name, action.program, argv, more, checked=bool(sockets))
        out, err = self._path(action.program.log, name), action.program.err_log
        opened: list[int] = []
        marks: list[LogMark] = []
        try:
            for path in (out,) if err is None else (out, err):
                opened.append(self._open(path))
                os.set_blocking(opened[-1], True)
                marks.append(mark_of(path, os.fstat(opened[-1])))
            self._will_write(name, marks)
            start = with_sockets(sockets) if sockets else plainly
            pid = start(dressed, (self._nothing, opened[0], opened[-1]))
        finally:
            for descriptor in opened:
                os.close(descriptor)
        seen = identity.stat(pid)
        ticks = seen.ticks if seen else 0
        process = Process(pid, ticks, identity.boot_id())
        return Launched(action.errand.id, process, marks[0], marks[1] if len(marks) > 1 else None)

    def _path(self, path: str | None, name: str) -> str:
        return path if path is not None else str(self._log_dir / f"{name}.log")

    def _open(self, path: str) -> int:
        """Straight to the file, so that output survives the daemon. Without waiting for somebody
        to read a pipe."""
        try:
            try:
                return os.open(path, APPEND, 0o640)
            except FileNotFoundError:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                return os.open(path, APPEND, 0o640)
        except OSError as error:
            why = error.strerror
            if error.errno == errno.ENXIO:
                why = "it is a pipe that nobody reads, or no file"
            raise CannotRun(f"cannot write {path} (log): {why}", hopeless=False) from None

    def close(self) -> None:
        self.hooks.close()
        self._crew.close()


def command(program: Program, job: Job) -> Argv:
    argv = {
        Job.LAUNCH: program.command,
        Job.START: program.start,
        Job.RESTART: program.restart,
        Job.STOP: program.stop or program.hooks.get("before_stop"),
        Job.RELOAD: program.reload if isinstance(program.reload, tuple) else None,
        Job.CHECK: program.check_before_restart,
        Job.STATE: program.command,
        Job.RUN: program.command,
    }[job]
    if not argv:
        raise CannotRun(f"it has no {job} command")
    return argv


def told(action: Spawn) -> dict[str, str]:
    """By the launch id the next daemon finds what this one did not live to record."""
    known = {"OVERSEER_LAUNCH_ID": action.errand.id}
    if action.about is not None:
        known |= {"OVERSEER_PID": str(action.about.pid), "OVERSEER_REASON": action.reason}
    if action.state:
        known |= {"OVERSEER_STATE": action.state, "OVERSEER_REASON": action.reason}
    return known


def prepare(watch: Watch, program: Program) -> None:
    """What has to be so before a start: the runtime folder, then the behaviors."""
    if program.runtime_dir is not None:
        folder = Path("/run") / program.runtime_dir
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        who = resolve(program.user, program.group)
        if os.geteuid() == 0:
            os.chown(folder, who.uid, who.gid)
    for behavior in watch.behaviors:
        behavior.before_start(watch.name, program)


def said(error: OSError, program: Program) -> str:
    """exec(2)'s answer, in words."""
    if error.filename == program.dir:
        return f"{(error.strerror or '').lower()}: {program.dir} (dir)"
    if isinstance(error, FileNotFoundError):
        interpreter = os.path.exists(str(error.filename))
        return f"no such file: {error.filename}" + (", or its interpreter" if interpreter else "")
    if isinstance(error, PermissionError):
        return f"permission denied: {error.filename}"
    return error.strerror or str(error)


def is_hopeless(error: OSError) -> bool:
    """No memory or no room for another process may pass; the rest will not by itself."""
    return isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError)
