"""Who depends on whom, for the desk: what is stopped before what, and what a stop takes away."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from overseer.control.names import Choice, Chosen
from overseer.core.ties import Reach, Ties, in_order, reached, ties
from overseer.model.dependency import Need, Propagate
from overseer.model.event import Verb
from overseer.model.state import Goal, Life
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.units import first_of

Before = Mapping[str, frozenset[str]]
"""Of each name those that come before it; of most, none."""


NOBODY: frozenset[str] = frozenset()
DEPENDANTS_FIRST = frozenset({Verb.STOP})
DEPENDANTS_LAST = frozenset({Verb.RESTART, Verb.RELOAD})


def order_of(verb: Verb, names: Iterable[str], watches: Mapping[str, Watch]) -> Before:
    """What is started waits for the others by itself, whoever asks for it."""
    found = ties(watches)
    if found.needs and verb in DEPENDANTS_FIRST:
        return _before(names, found.above)
    if found.needs and verb in DEPENDANTS_LAST:
        return _before(names, found.needed)
    return {}


def _before(names: Iterable[str], neighbours: Reach) -> Before:
    """Only what is nearest: what is behind that comes before it anyhow."""
    order = in_order(names, neighbours)
    place = {name: number for number, name in enumerate(order)}  # a circle ends where it began
    found = {}
    for name in order:
        earlier = (one for one in _nearest(name, place, neighbours) if place[one] < place[name])
        if before := frozenset(earlier):
            found[name] = before
    return found


def _nearest(name: str, among: Mapping[str, int], neighbours: Reach) -> Iterable[str]:
    """The first of *among* on each way from *name*."""
    seen, to_do = {name}, [name]
    while to_do:
        for one in neighbours(to_do.pop()):
            if one not in seen:
                seen.add(one)
                if one in among:
                    yield one
                else:
                    to_do.append(one)


class Bereft(NamedTuple):
    """Those that run and depend on what is to be stopped."""

    waiting: tuple[str, ...] = ()  # they are stopped too, until it is back
    running: tuple[str, ...] = ()  # they run on without it

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.waiting, *self.running)

    def lines(self) -> list[str]:
        """What whoever stops it is to know."""
        said = []
        if self.waiting:
            said.append(f"{_depend(self.waiting)} and cannot run until it is started again")
        if self.running:
            it = "it" if len(self.running) == 1 else "them"
            said.append(f"{_depend(self.running)} and may run on; --with-dependants stops {it} too")
        return said


def bereft(
    names: Sequence[str], watches: Mapping[str, Watch], statuses: Mapping[str, Status]
) -> Bereft:
    found = ties(watches)
    if not found.needs:
        return Bereft()
    waiting = set(reached(names, lambda name: _passed_on(found, name)))
    every = [one for one in reached(names, found.leaning) if _runs(statuses.get(one))]
    return Bereft(
        tuple(one for one in every if one in waiting),
        tuple(one for one in every if one not in waiting),
    )


def with_dependants(choice: Choice, found: Bereft) -> Choice:
    """Those too, by a word that is not their name: nobody meant each of them."""
    word = " ".join(choice.names)
    return Choice((*choice.chosen, *(Chosen(name, word) for name in found.all)), choice.left_out)


def _passed_on(found: Ties, name: str) -> list[str]:
    stops = found.dependants.get(name, ())
    follows = (tie for tie in stops if tie.propagate is Propagate.STOP)
    return [tie.by for tie in follows if tie.need is not Need.COMPLETED]


def _runs(status: Status | None) -> bool:
    at_rest = (Life.DOWN, Life.WAITING)
    return status is not None and status.goal is Goal.UP and status.life not in at_rest


def _depend(names: Sequence[str]) -> str:
    return f"{first_of(names, 5)} {'depends' if len(names) == 1 else 'depend'} on it"
