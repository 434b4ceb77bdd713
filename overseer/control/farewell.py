"""Terminate: every process ends, what is wanted stays, survivors are named."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple

from overseer.control.dependants import NOBODY, order_of
from overseer.control.ear import Ear
from overseer.control.left_running import left_running, of_no_watch, say_each
from overseer.control.line import Line, Order
from overseer.control.office import Office
from overseer.control.pursuit import Result
from overseer.control.voice import Voice
from overseer.core.phase import because
from overseer.errors import DONE, FAILED
from overseer.model.event import Closing, Verb
from overseer.model.news import News
from overseer.model.state import Goal, Life
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.units import show_seconds

MARGIN = 15.0  # seconds beyond the longest stop: SIGKILL, a look, the leftovers
LOOK_AGAIN = 1.0
LOST = frozenset({Life.STUCK, Life.UNKNOWN})


class Remaining(NamedTuple):
    """What a terminate has not ended. *survivors*: names of watches, removed ones too, of which a
    process lives. *left*: what was left as it is, each in words; not a survivor where its file
    says `leftovers: leave`."""

    survivors: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Farewell:
    """One terminate. The order of stopping is the reverse of the files', but that nothing is
    stopped before those that depend on it.

    It goes on for as long as something comes of it: each stop has its time from when it is
    carried out, however many wait before it.
    """

    def __init__(self, office: Office, ear: Ear) -> None:
        self._office = office
        self._engine = office.engine
        self._clock = office.clock
        self._ear = ear
        self._heard: SimpleQueue[str] = SimpleQueue()
        self._survivors: list[str] = []

    def terminate(self, voice: Voice, timeout: float | None = None) -> Remaining:
        """Stop everything that is monitored, and say what lives on."""
        names = list(self._engine.watches)[::-1]
        before = order_of(Verb.STOP, names, self._engine.watches)
        line = Line([Order(name, Verb.STOP, after=before.get(name, NOBODY)) for name in names])
        began = self._clock.now()
        last = None if timeout is None else began + timeout
        self._ear.listen(self._hear)
        try:
            for name in before:  # it runs on for now, but comes up no more
                self._engine.post(name, Closing(stop=False))
            left = self._follow(dict.fromkeys(names), line, voice, last)
        finally:
            self._ear.forget(self._hear)
        spent = show_seconds(self._clock.now() - began)
        for name in left:
            why = self._why(name)
            said = f"{name}: not over after {spent}{why}"
            voice.say({"watch": name, "code": FAILED, "say": said})
        ended = {*names} - {*left}
        results = self._left_running(ended, voice)
        alone = list(self._left_alone())
        for name, words in alone:
            voice.say({"watch": name, "code": FAILED, "say": f"{name}: {words}, left as it is"})
        of_none = self._of_no_watch(voice)
        failed = (result.watch for result in results if result.code)
        survivors = (*self._survivors, *left, *failed, *(name for name, _ in alone), *of_none)
        may_stay = (result.watch for result in results if not result.code)
        left_alone = (f"{name} ({words})" for name, words in alone)
        return Remaining(
            tuple(dict.fromkeys(survivors)),
            (*left_alone, *(f"{name} (leftovers: leave)" for name in may_stay)),
        )

    def _left_running(self, names: Collection[str], voice: Voice) -> list[Result]:
        """Of watches that have stopped: what lives on of their launches."""
        ended = {name for name in names if name not in self._survivors and self._is_over(name)}
        return say_each(left_running(self._office, ended), voice)

    def _left_alone(self) -> Iterator[tuple[str, str]]:
        """Names and words: what overseer has launched, and nobody has it look after now."""
        statuses = self._engine.statuses
        for name in list(self._engine.watches):
            status = statuses.get(name)
            if status and _left_alone(status) and (words := self._what_lives(status)):
                yield name, f"unmonitored, {words}"
        for process in self._office.left_over():
            status = statuses.get(process.name)
            if process.gone and process.name:
                yield process.name, f"removed, pid {process.pid}"
            elif status and _left_alone(status):
                yield process.name, f"unmonitored, left behind as pid {process.pid}"

    def _what_lives(self, status: Status) -> str:
        command = status.errand.process if status.errand else None
        for process in (status.process, command):
            if process and self._office.identify(process.pid) == process:
                return f"pid {process.pid}"
        return "being launched" if status.awaits_process else ""

    def _of_no_watch(self, voice: Voice) -> list[str]:
        """What lives on, and can be told of no watch."""
        results = say_each(of_no_watch(self._office), voice)
        return [result.say.partition(":")[0] for result in results if result.code]

    def _is_over(self, name: str) -> bool:
        status = self._engine.statuses.get(name)
        return status is not None and not _left_alone(status) and status.process is None

    def _follow(
        self, left: dict[str, None], line: Line, voice: Voice, last: float | None
    ) -> list[str]:
        """Until all of *left* are settled; who is not when nothing comes of it any more."""
        told: set[str] = set()
        patience, quiet_since = self._longest() + MARGIN, self._clock.now()
        while left:
            while line.moves:
                told.add(name := line.next().name)
                self._engine.post(name, Closing())
            deadline = quiet_since + patience if last is None else last
            if self._clock.now() >= deadline:
                break
            heard = self._wait(deadline)
            for name in heard or tuple(told & left.keys()):
                if name in left and name in told and self._settled(name):
                    self._part(name, voice)
                    line.ended(name)
                    del left[name]
            if heard:
                quiet_since = self._clock.now()
        return list(left)

    def _settled(self, name: str) -> bool:
        status = self._engine.statuses.get(name)
        if status is None or not status.closing:
            return status is None
        return _left_alone(status) or status.life is Life.DOWN or status.life in LOST

    def _part(self, name: str, voice: Voice) -> None:
        """Say what became of it; it is kept in mind if it lives on against our will."""
        status = self._engine.statuses.get(name)
        if status is None or (status.life is Life.DOWN and status.process is None):
            return voice.say({"watch": name, "code": DONE, "say": f"{name}: stopped"})
        if _left_alone(status):
            return None  # what lives of it is said last
        said = f"{name}: lives on: {because(status)}"
        voice.say({"watch": name, "code": FAILED, "say": said})
        return self._survivors.append(name)

    def _why(self, name: str) -> str:
        status = self._engine.statuses.get(name)
        if status is None:
            return ""
        return f": {because(status)}"

    def _longest(self) -> float:
        """Seconds without any news that one of them may take."""
        return max(map(self._stop_timeout, list(self._engine.watches)), default=0.0)

    def _stop_timeout(self, name: str) -> float:
        watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
        if watch is None or status is None:
            return 0.0
        return (status.program or watch.program).stop_timeout

    def _wait(self, deadline: float) -> tuple[str, ...]:
        """Whose status has changed; nobody where nothing has happened for a while."""
        heard: dict[str, None] = {}
        with suppress(Empty):
            timeout = max(0.0, min(LOOK_AGAIN, deadline - self._clock.now()))
            heard[self._heard.get(timeout=timeout)] = None
            while True:
                heard[self._heard.get_nowait()] = None
        return tuple(heard)

    def _hear(self, name: str, _: Watch, __: Status, ___: tuple[News, ...]) -> None:
        self._heard.put(name)


def _left_alone(status: Status) -> bool:
    return status.goal is Goal.UNMONITORED
