"""Who depends on whom, when tags stand for their watches: the graph between watches."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from overseer.core.one_shot import is_one_shot
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.watch import Watch

Reach = Callable[[str], Iterable[str]]
"""The neighbours of a watch, in one direction."""


class Tie(NamedTuple):
    """*by* depends on the one watch *on*."""

    by: str
    on: str
    need: Need
    propagate: Propagate


class Ties(NamedTuple):
    """The same ties from both ends. Who has none is in neither."""

    needs: Mapping[str, tuple[Tie, ...]] = {}
    dependants: Mapping[str, tuple[Tie, ...]] = {}

    def needed(self, name: str) -> list[str]:
        return [tie.on for tie in self.needs.get(name, ())]

    def above(self, name: str) -> list[str]:
        """All that depend on *name*, in whatever way."""
        return [tie.by for tie in self.dependants.get(name, ())]

    def leaning(self, name: str) -> list[str]:
        """Those that depend on *name* while it runs: not those that only need it completed."""
        ties = self.dependants.get(name, ())
        return [tie.by for tie in ties if tie.need is not Need.COMPLETED]

    def without(self, names: Collection[str]) -> "Ties":
        """As if nobody depended on these."""
        if not names:
            return self
        needs = {
            by: tuple(tie for tie in found if tie.on not in names)
            for by, found in self.needs.items()
        }
        kept = {on: found for on, found in self.dependants.items() if on not in names}
        return Ties(needs, kept)


def ties(watches: Mapping[str, Watch]) -> Ties:
    """Of all *watches*. What is named and not there is a tie all the same."""
    needs: dict[str, tuple[Tie, ...]] = {}
    dependants: dict[str, list[Tie]] = {}
    tags: Mapping[str, Collection[str]] | None = None
    for name, watch in watches.items():
        if not watch.depends_on:
            continue
        if tags is None:
            tags = tagged(watches.values())
        needs[name] = tuple(_ties(name, watch.depends_on, watches, tags))
        for tie in needs[name]:
            dependants.setdefault(tie.on, []).append(tie)
    return Ties(needs, {name: tuple(found) for name, found in dependants.items()})


def tagged(watches: Iterable[Watch]) -> Mapping[str, Collection[str]]:
    """The names under each tag."""
    found: dict[str, list[str]] = {}
    for watch in watches:
        for tag in watch.tags:
            found.setdefault(tag, []).append(watch.name)
    return found


def meant(
    word: str, watches: Mapping[str, Watch], tags: Mapping[str, Collection[str]]
) -> Collection[str]:
    """A watch, or those of a tag; a bare name is a tag where no watch has it."""
    return (word,) if word in watches else tags.get(word.removeprefix("@"), ())


def _ties(
    name: str,
    wanted: Iterable[Dependency],
    watches: Mapping[str, Watch],
    tags: Mapping[str, Collection[str]],
) -> Iterator[Tie]:
    """Of two that mean the same watch the first counts."""
    known: set[str] = set()
    for one in wanted:
        for on in meant(one.on, watches, tags) or (one.on,):
            if on not in known:
                known.add(on)
                yield Tie(name, on, one.need or offer(watches.get(on)), one.propagate)


def offer(watch: Watch | None) -> Need:
    """What those that depend on it wait for where they do not say."""
    if watch and (watch.schedule or is_one_shot(watch)):
        return Need.COMPLETED
    return Need.READY if watch and watch.ready else Need.STARTED


def reached(names: Iterable[str], neighbours: Reach) -> list[str]:
    """What can be reached from *names* and is not one of them, the nearest first."""
    begin = list(names)
    found = dict.fromkeys(begin)
    to_do = begin
    while to_do:
        to_do = list(dict.fromkeys(one for name in to_do for one in neighbours(name)))
        to_do = [one for one in to_do if one not in found]
        found.update(dict.fromkeys(to_do))
    return [name for name in found if name not in set(begin)]


def in_order(names: Iterable[str], neighbours: Reach) -> list[str]:
    """*names*, each after those of its neighbours that are among them, however far away."""
    wanted = list(names)
    done = [name for name, _ in walk(wanted, neighbours)]
    among = set(wanted)
    return [name for name in done if name in among]


def circles(names: Iterable[str], neighbours: Reach) -> Iterator[tuple[str, ...]]:
    """Each way that leads back to where it began: `a, b, a`; one for each step that closes it."""
    for _, circle in walk(names, neighbours, circles=True):
        if circle:
            yield circle


def walk(
    names: Iterable[str], neighbours: Reach, *, circles: bool = False
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every name that can be reached, after its neighbours; with *circles* also each way that
    leads back. Not recursive: a chain may be longer than Python's stack."""
    done: set[str] = set()
    way: dict[str, Iterator[str]] = {}
    for start in names:
        if start in done:
            continue
        way[start] = iter(neighbours(start))
        while way:
            name = next(reversed(way))
            following = next(way[name], None)
            if following is None:
                del way[name]
                done.add(name)
                yield name, ()
            elif following in way:
                if circles:
                    path = list(way)
                    yield name, (*path[path.index(following) :], following)
            elif following not in done:
                way[following] = iter(neighbours(following))
