"""Launches on threads of their own: a program on a stuck file system holds its launcher alone."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from overseer.conditions.base import worded
from overseer.crew import Crew
from overseer.model.action import Cancel, Spawn
from overseer.model.event import HookFailed, LaunchDelayed, Launched, LaunchFailed, LeftBehind
from overseer.model.log_file import LogMark
from overseer.model.process import Process
from overseer.model.program import HOOK_PATIENCE, Program
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.safepoint import safepoint
from overseer.system.birth import born, plainly, with_sockets
from overseer.system.deaths import Deaths
from overseer.system.dress import dress, is_hopeless, prepare, said
from overseer.system.exec_chain import CannotRun
from overseer.system.hooks import Hooks, Run, about, token_of
from overseer.system.launch_command import command, told
from overseer.system.leftovers import Leftovers
from overseer.system.log_files import mark_of, open_for_program
from overseer.system.shortage import check_room, is_disk_trouble, is_shortage
from overseer.system.users import uid_of

log = logging.getLogger("overseer")

MOST_AT_ONCE = 64
"""Launches that may hang before others wait."""
NO_ROOM = 60.0
"""Seconds for which a launch that the machine has no room for is tried again."""
TRY_AGAIN = 1.0
NOT_RUN = "not run any more"
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


class Skipped(Exception):
    """`before_start` says, by one of the watch's `skip_codes`, that it is not to be started."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A launch that is asked for and has not come to its end."""

    cancelled: Event = field(default_factory=Event)
    taken: Lock = field(default_factory=Lock)  # by its thread, or by who has it not run


class Launcher:
    def __init__(
        self,
        deaths: Deaths,
        inbox: Inbox,
        log_dir: Path,
        run: Run,
        cancel: Callable[[str], None],
        listen: Listen,
        sockets: HandedTo,
        leftovers: Leftovers,
        will_write: WillWrite = lambda _, __: None,
    ) -> None:
        self.hooks = Hooks(inbox, run, self._write)
        self._deaths = deaths
        self._inbox = inbox
        self._cancel = cancel
        self._attempts: dict[tuple[str, str], Attempt] = {}
        self._log_dir = log_dir
        self._listen = listen
        self._sockets = sockets
        self._leftovers = leftovers
        self._will_write = will_write
        self._crew = Crew("launcher", MOST_AT_ONCE)
        self._nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)

    def spawn(self, watch: Watch, action: Spawn) -> None:
        self._attempts[watch.name, action.errand.id] = Attempt()
        asked = time.monotonic()
        self._crew.do(lambda: self._launch(watch, action, asked))

    def cancel(self, watch: Watch, action: Cancel) -> None:
        """What has not been run is not run any more; what runs before it ends at once."""
        attempt = self._attempts.get((watch.name, action.id))
        if attempt is None:
            return self._cancel(token_of(watch, action.id))
        attempt.cancelled.set()
        if attempt.taken.acquire(blocking=False):  # it waits for a thread: none need come to it
            self._attempts.pop((watch.name, action.id), None)
            return self._inbox(watch.name, LaunchFailed(action.id, NOT_RUN))
        return self._cancel(token_of(watch, action.id))

    def _launch(self, watch: Watch, action: Spawn, asked: float) -> None:
        attempt = self._attempts.get((watch.name, action.errand.id))
        if attempt is None:
            return
        try:
            with safepoint.busy(f"{watch.name}: a launch"):
                if attempt.taken.acquire(blocking=False):
                    self._attempt(watch, action, asked)
        finally:
            self._attempts.pop((watch.name, action.errand.id), None)

    def _attempt(self, watch: Watch, action: Spawn, asked: float) -> None:
        name, id, hook = watch.name, action.errand.id, None
        try:
            self._go_on(watch, action)
            if action.errand.job in FIRST:
                if left := self._left_behind(watch, action, asked):
                    return self._inbox(watch.name, LeftBehind(action.errand.id, left))
                prepare(watch, action.program)
            hook = self._hook_mark(watch, action)
            self._before(watch, action)
            launched = self._exec_when_possible(watch, action)
        except Skipped as error:
            self._inbox(name, LaunchFailed(id, str(error), log=hook, skipped=True))
        except CannotRun as error:
            self._inbox(name, LaunchFailed(id, str(error), error.hopeless, hook))
        except OSError as error:
            why = said(error, action.program)
            self._inbox(name, LaunchFailed(id, why, is_hopeless(error), hook))
        except BaseException as error:  # a behavior may be anybody's
            log.exception("%s: could not be launched", name)
            self._inbox(name, LaunchFailed(id, worded(error), hopeless=False, log=hook))
        else:
            # Told of its birth before its end can be heard of.
            self._inbox(watch.name, launched)
            self._deaths.follow(watch.name, launched.process, leader=True)

    def _left_behind(self, watch: Watch, action: Spawn, asked: float) -> tuple[Process, ...]:
        if action.program.ignores_leftovers:
            return ()
        return self._leftovers.in_the_way(watch.name, asked)

    def _hook_mark(self, watch: Watch, action: Spawn) -> LogMark | None:
        """Where the output of the hook before a start begins, if there is one."""
        job = action.errand.job
        if job is Job.STOP or BEFORE.get(job, "") not in action.program.hooks:
            return None
        path = self._path(action.program.log, watch.name)
        descriptor = self._open_if_possible(path, watch.name, action.program)
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
        told, limit = about(action.about, action.reason), HOOK_PATIENCE
        if job is Job.STOP:
            limit = min(limit, program.stop_timeout)
        self._inbox(watch.name, LaunchDelayed(action.errand.id, f"its {name} hook is running"))
        token = token_of(watch, action.errand.id)
        why, code = self.hooks.failure(watch, program, name, argv, told, token, limit)
        self._go_on(watch, action, name)
        if why and job is Job.STOP:
            self._inbox(watch.name, HookFailed(why))
        elif code in watch.skip_codes and job in (Job.LAUNCH, Job.START):
            raise Skipped(why)
        elif why:
            raise CannotRun(why, hopeless=False)

    def _go_on(self, watch: Watch, action: Spawn, what: str = "") -> None:
        """Raises CannotRun where nobody wants it any more."""
        if self._attempts[watch.name, action.errand.id].cancelled.is_set():
            raise CannotRun(f"{what}: cut short" if what else NOT_RUN, hopeless=False)

    def _exec_when_possible(self, watch: Watch, action: Spawn) -> Launched:
        """A machine without room for one more process has it again soon: that is not the watch's
        failure. Raises OSError when it has none for long."""
        attempt = self._attempts[watch.name, action.errand.id]
        said, deadline = False, time.monotonic() + NO_ROOM
        while True:
            try:
                return self._exec(watch, action)
            except OSError as error:
                if not is_shortage(error) or time.monotonic() >= deadline:
                    raise
                why = f"it cannot be launched yet: {(error.strerror or '').lower()}; tried again"
            if not said:
                self._inbox(watch.name, LaunchDelayed(action.errand.id, why, told=True))
            said = True
            with safepoint.idle():
                attempt.cancelled.wait(TRY_AGAIN)
            self._go_on(watch, action)

    def _write(self, watch: Watch, program: Program, text: str) -> None:
        with contextlib.suppress(OSError, CannotRun):
            descriptor = self._open(self._path(program.log, watch.name), program)
            try:
                os.write(descriptor, text.encode(errors="replace"))
            finally:
                os.close(descriptor)

    def _exec(self, watch: Watch, action: Spawn) -> Launched:
        name, argv = watch.name, command(action.program, action.errand.job)
        mark = self._leftovers.mark(name)
        more = {**told(action), **mark.variables}
        if watch.listens and action.errand.job in BIRTHS:
            more |= self._listen(watch, uid_of(action.program))
        sockets: Mapping[str, int] = {}
        if action.program.sockets and action.errand.job is Job.LAUNCH:
            sockets = self._sockets(action.program)
        dressed = dress(name, action.program, argv, more, by_shell=bool(sockets))
        out, err = self._path(action.program.log, name), action.program.err_log
        opened: list[int] = []
        marks: list[LogMark] = []
        try:
            for path in (out,) if err is None else (out, err):
                opened.append(self._open_if_possible(path, name, action.program))
                os.set_blocking(opened[-1], True)
                marks.append(mark_of(path, os.fstat(opened[-1])))
            if action.errand.job in FIRST:
                check_room(max(opened))
            self._will_write(name, marks)
            start = with_sockets(sockets) if sockets else plainly
            pid = start(dressed, (self._nothing, opened[0], opened[-1]), mark.number)
        finally:
            for descriptor in opened:
                os.close(descriptor)
        return Launched(action.errand.id, born(pid), marks[0], marks[1] if len(marks) > 1 else None)

    def _path(self, path: str | None, name: str) -> str:
        return path if path is not None else str(self._log_dir / f"{name}.log")

    def _open(self, path: str, program: Program) -> int:
        try:
            return open_for_program(path, uid_of(program))
        except OSError as error:
            if is_shortage(error) or is_disk_trouble(error):
                raise
            why = f"cannot write {path} (log): {error.strerror}"
            raise CannotRun(why, hopeless=False) from None

    def _open_if_possible(self, path: str, name: str, program: Program) -> int:
        """A program runs without its log rather than not at all."""
        try:
            return self._open(path, program)
        except OSError as error:
            if not is_disk_trouble(error):
                raise
            log.warning("%s: output is lost: cannot write %s: %s", name, path, error.strerror)
            return os.dup(self._nothing)

    def close(self) -> None:
        self.hooks.close()
        self._crew.close()
