"""What is done to one watch at a time, on the engine's thread, lest it be another by then."""

from functools import partial

from overseer.control.names import Chosen
from overseer.control.office import Office
from overseer.errors import Refused
from overseer.model.action import Signal
from overseer.model.news import Kind, News
from overseer.model.process import Process, signal_name
from overseer.model.state import Life
from overseer.model.status import Status
from overseer.model.watch import Watch

ANSWER_IN = 30.0  # seconds for the engine to do what it is called for


FREE = (Life.DOWN, Life.WAITING, Life.UNKNOWN)
"""Where an operator may say which process it is."""


class Deeds:
    """Each says in words what has been done. Raises Refused."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._engine = office.engine

    def send(self, one: Chosen, *, number: int, by: str) -> str:
        return self._engine.call(partial(self._send_now, one.name, number, by)).result(ANSWER_IN)

    def _send_now(self, name: str, number: int, by: str) -> str:
        watch, status = self._known(name)
        process = status.process
        if process is None or self._office.identify(process.pid) != process:
            raise Refused("no process to signal")
        self._office.processes.signal(watch, Signal(process, number))
        message = f"{signal_name(number)} sent to pid {process.pid}"
        news = News(kind=Kind.ASKED, message=f"{message} by {by}", by=by)
        self._office.store.record({}, ((watch, status, news),), False)
        return message

    def forget(self, one: Chosen, *, leave: bool) -> str:
        return self._engine.call(partial(self._forget_now, one.name, leave)).result(ANSWER_IN)

    def _forget_now(self, name: str, leave: bool) -> str:
        watch, status = self._known(name)
        if status.life not in (Life.DOWN, Life.WAITING) and not leave:
            pid = f" (pid {status.process.pid})" if status.process else ""
            what = {"task": "the command of its state", "scheduled": "its run"}.get(
                watch.kind, "its process"
            )
            raise Refused(f"{what} runs{pid}; say --stop or --leave")
        if status.awaits_process:
            raise Refused("is just being launched; try again in a moment")
        self._engine.remove(name, leave=leave)
        left = f", pid {status.process.pid} left running" if status.process else ""
        return f"removed{left}; `overseer load {watch.origin.file}` brings it back"

    def _known(self, name: str) -> tuple[Watch, Status]:
        watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
        if watch is None or status is None:
            raise Refused("removed meanwhile")
        return watch, status

    def refuse_taken(self, name: str, process: Process) -> None:
        """One process belongs to one watch, and one watch has one process."""
        own = self._engine.statuses[name].process
        if own == process:
            raise Refused(f"{name}: pid {process.pid} is its process already")
        if own or self._engine.statuses[name].life not in FREE:
            running = f" (pid {own.pid})" if own else ""
            raise Refused(f"{name}: has a process{running} or is getting one; stop it first")
        if process.pid in (1, self._office.facts.pid):
            raise Refused(f"pid {process.pid} cannot be put under a watch")
        for other, status in list(self._engine.statuses.items()):
            if status.process == process:
                raise Refused(f"pid {process.pid} belongs to {other}; `overseer remove` it first")
