"""What the launches of stopped watches have left running: a stop says it, with its exit code."""

import time
from collections.abc import Callable, Collection, Iterator

from overseer.control.office import OF_NO_WATCH, LeftOver, Office
from overseer.control.pursuit import Result
from overseer.errors import DONE, FAILED

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
    """Children of overseer that nobody can tell whose they are: a failure each."""
    for _ in range(LOOKS):
        left = [one for one in office.left_over() if not one.name]
        if not left:
            return
        pause(LOOK_AGAIN)
    for one in left:
        message = f"{_named([one])}: {OF_NO_WATCH}, and lives on; `kill {one.pid}` ends it"
        yield Result("", FAILED, message)


def _hint(office: Office, name: str, processes: list[LeftOver]) -> str:
    """What to type, or to write."""
    watch = office.engine.watches.get(name)
    if watch is not None and watch.program.kill == "process":
        return "kill: tree ends that too, leftovers: leave says that it may live on"
    return f"`kill {' '.join(str(one.pid) for one in processes[:MOST_NAMED])}` ends it"


def _left(office: Office, names: Collection[str]) -> dict[str, list[LeftOver]]:
    left: dict[str, list[LeftOver]] = {}
    for one in office.left_over():
        if one.name in names and not one.gone:
            left.setdefault(one.name, []).append(one)
    return left


def _may_stay(office: Office, name: str) -> bool:
    watch = office.engine.watches.get(name)
    return watch is not None and watch.program.leftovers == "leave"


def _named(processes: list[LeftOver]) -> str:
    """`pid 12 (nginx), pid 14 (nginx) and 2 more`"""
    words = [f"pid {one.pid}{f' ({one.command})' * bool(one.command)}" for one in processes]
    more = len(words) - MOST_NAMED
    return ", ".join(words[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
