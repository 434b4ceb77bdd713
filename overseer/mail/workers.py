"""The worker's control script: for the worker of a pid file, or the several that share its name."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from overseer.errors import DONE, NOT_UP, Refused, UsageError
from overseer.mail import supervision
from overseer.mail.control import KILL_PATIENCE, Control, refuse_untrusted
from overseer.mail.memory import MOST, Memory, Start
from overseer.mail.presence import Grasp, age


class Workers:
    """*given* is a pid file, or a folder of them and a *name*. Worker number I of several has the
    pid file STEM.I.pid and goes by STEM.I. Without *instances* they are those of the last start."""

    def __init__(
        self,
        given: str,
        name: str | None = None,
        instances: int | None = None,
        *,
        log: str | None = None,
        force: bool = False,
    ) -> None:
        if instances is not None and not 0 < instances <= MOST:
            raise UsageError(f"-n: {instances} is not from 1 to {MOST}")
        self._pid_file = Path(pid_file(given, name)).absolute()
        self._alone = name
        self._stem = self._pid_file.name.removesuffix(".pid")
        self._log = Path(log) if log else None
        self._memory = Memory(self._pid_file)
        self._before = self._crew(self._memory.last().instances)
        self._instances = instances
        self._meant = self._before if instances is None else self._crew(instances)
        self._force = force

    def check_files(self) -> None:
        """Refused where others may write what says whom to signal, and what to start."""
        refuse_untrusted(self._pid_file)

    def start(self, arguments: Sequence[str]) -> int:
        """One after another; of several those that run already are left as they are."""
        idle = [one for one in self._meant if one.presence.pid() is None]
        if not idle and len(self._meant) > 1:
            raise Refused("all of them run already")
        for one in self._meant:
            if one not in idle and len(self._meant) > 1:
                one.tell(f"runs already, pid {one.presence.pid()}")
        self._launch(idle or self._meant, self._memory.next(arguments, self._instances))
        return DONE

    def stop(self, patience: float) -> int:
        """TERM to all, then KILL to what is left; nothing running is no failure."""
        self._end(self._meant, patience)
        return DONE

    def restart(self, arguments: Sequence[str], patience: float) -> int:
        """All that ran end; those meant start, with the arguments of the last start unless there
        are others."""
        start = self._memory.next(arguments, self._instances)
        if not start.arguments:
            raise UsageError("restart with what? no arguments are remembered; write them after --")
        left = {one.pid_file for one in self._meant}
        gone = [one for one in self._before if one.pid_file not in left and one.presence.pid()]
        self._end([*self._meant, *gone], patience)
        self._launch(self._meant, start)
        return DONE

    def reload(self, patience: float) -> int:
        """One after another: the others go on sending."""
        return max(one.reload(patience) for one in self._meant)

    def status(self, *, as_json: bool = False) -> int:
        found = [(one, one.presence.pid()) for one in self._meant]
        if as_json:
            import json

            print(json.dumps({"workers": [facts(*pair) for pair in found]}, indent=2))
        else:
            for one, pid in found:
                print(f"{one.who} is {'not running' if pid is None else f'running, pid {pid}'}")
        return NOT_UP if any(pid is None for _, pid in found) else DONE

    def zap(self) -> int:
        for one in self._meant:
            if (pid := one.presence.pid()) is not None and not self._force:
                supervision.spare(pid)
            one.zap()
        return DONE

    def _launch(self, crew: Sequence[Control], start: Start) -> None:
        if not start.arguments:
            raise UsageError("start what? write the worker's arguments: start ... -- --url URL")
        for one in crew:
            one.start(start)
            self._memory.keep(start)

    def _end(self, crew: Sequence[Control], patience: float) -> None:
        with contextlib.ExitStack() as held:
            workers = [(one, held.enter_context(one.presence.grasp())) for one in crew]
            alive = [worker for _, worker in workers if worker]
            for one in alive if not self._force else ():
                supervision.spare(one.pid)
            for one in alive:
                one.signal(signal.SIGTERM)
            deadline = time.monotonic() + patience
            for control, worker in workers:
                if worker is None:
                    print(f"{control.who} was not running")
                else:
                    control.tell(see_off(worker, deadline, patience))

    def _crew(self, instances: int | None) -> list[Control]:
        if instances is None:
            return [Control(self._pid_file, self._log, self._alone)]
        return [self._numbered(number) for number in range(instances)]

    def _numbered(self, number: int) -> Control:
        name, log = f"{self._stem}.{number}", self._log
        return Control(
            self._pid_file.with_name(f"{name}.pid"),
            log.with_name(f"{log.stem}.{number}{log.suffix}") if log else None,
            name,
        )


def see_off(worker: Grasp, deadline: float, patience: float) -> str:
    """Wait for a worker that has been sent TERM, then KILL it; what became of it."""
    if worker.ends(max(0.0, deadline - time.monotonic())):
        return f"stopped, pid {worker.pid}"
    worker.signal(signal.SIGKILL)
    if not worker.ends(KILL_PATIENCE):
        raise Refused(f"pid {worker.pid} survived SIGKILL")
    return f"killed after {patience:.0f} s, pid {worker.pid}; what it had goes again later"


def facts(one: Control, pid: int | None) -> dict[str, object]:
    """Of a worker, for programs."""
    watch = supervision.watch_of(pid) if pid is not None else None
    return {
        "name": one.name,
        "running": pid is not None,
        "pid": pid,
        "up_s": age(pid) if pid is not None else None,
        "watch": watch[0] if watch else None,
        "pid_file": str(one.pid_file),
        "log": str(one.log),
    }


def pid_file(given: str, name: str | None) -> str:
    if not os.path.isdir(given):
        return given
    if not name:
        raise UsageError(f"--pid-file: {given} is a folder; name a file, or the worker with --name")
    return os.path.join(given, f"{name}.pid")
