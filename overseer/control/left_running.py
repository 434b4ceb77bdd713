"""What the launches of stopped watches have left running: a stop says it, with its exit code."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator

from overseer.control.office import LeftOver, Office
from overseer.control.pursuit import Result
from overseer.control.voice import Voice
from overseer.errors import DONE, FAILED
from overseer.units import first_of

MOST_NAMED = 3
LOOKS = 10
LOOK_AGAIN = 0.2
"""Seconds between looks: workers may end a moment after the process they belong to."""


def left_running(
    office: Office, names: Collection[str], pause: Callable[[float], None] = time.sleep
) -> Iterator[Result]:
    """One a watch; a failure unless the file says `leftovers: leave`."""
    for _ in range(LOOKS if names else 0):
        left = _left(office, names)
        if all(_may_stay(office, name) for name in left):
            break
        pause(LOOK_AGAIN)
    else:
        left = _left(office, names) if names else {}
    for name, processes in left.items():
        if _may_stay(office, name):
            yield Result(
                name, DONE, f"{name}: left running (leftovers: leave): {_named(processes)}"
            )
        else:
            why = f"left behind and still running: {_named(processes)}"
            yield Result(name, FAILED, f"{name}: {why}; {_hint(office, name, processes)}")


def of_no_watch(office: Office, pause: Callable[[float], None] = time.sleep) -> Iterator[Result]:
    """Children of overseer that nobody can tell whose they are: a failure each. As process 1 it is
    given whatever loses its parent, also what others have started there: that is only named."""
    for _ in range(LOOKS):
        left = [process for process in office.left_over() if not process.name]
        if not left or office.facts.pid == 1:
            break
        pause(LOOK_AGAIN)
    for process in left:
        message = f"{process}, and lives on; `kill {process.pid}` ends it"
        yield Result("", DONE if office.facts.pid == 1 else FAILED, message)


def say_each(results: Iterable[Result], voice: Voice) -> list[Result]:
    listed = list(results)
    for result in listed:
        voice.say(result._asdict())
    return listed


def _hint(office: Office, name: str, processes: list[LeftOver]) -> str:
    """What to type, or to write."""
    watch = office.engine.watches.get(name)
    if watch is not None and watch.program.kill == "process":
        return "kill: tree ends that too, leftovers: leave says that it may live on"
    pids = " ".join(str(process.pid) for process in processes[:MOST_NAMED])
    return f"`kill {pids}` ends it"


def _left(office: Office, names: Collection[str]) -> dict[str, list[LeftOver]]:
    left: dict[str, list[LeftOver]] = {}
    for process in office.left_over():
        if process.name in names and not process.gone:
            left.setdefault(process.name, []).append(process)
    return left


def _may_stay(office: Office, name: str) -> bool:
    watch = office.engine.watches.get(name)
    return watch is not None and watch.program.leftovers == "leave"


def _named(processes: list[LeftOver]) -> str:
    """`pid 12 (nginx), pid 14 (nginx) and 2 more`"""
    return first_of([process.described() for process in processes], MOST_NAMED)
