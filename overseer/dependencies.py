"""Tells each watch how those that it depends on stand: the engine's, on its thread.

Nothing is decided here: core/standing.py says what a status means to others, core/depending.py
what follows from it.
"""

from collections.abc import Iterable, Iterator, Mapping

from overseer.core.standing import NO_SUCH, UNSEEN, Standing, lack, standing
from overseer.core.ties import Ties, ties
from overseer.model.dependency import Lack
from overseer.model.event import Begun, Event, Provided
from overseer.model.status import Status
from overseer.model.watch import Watch

News = Iterable[tuple[str, Provided]]
NONE: News = ()


class Dependencies:
    """A change of one watch costs as much as it has dependants; a watch without ties nothing."""

    def __init__(self, watches: Mapping[str, Watch], statuses: Mapping[str, Status]) -> None:
        self.watches = watches
        self._statuses = statuses
        self._unseen: set[str] = set()  # of these only what is on disk is known
        self._leaving: frozenset[str] = frozenset()  # nobody depends on these any more
        self._ties = Ties()
        self._standings: dict[str, Standing] = {}
        self._lacking: dict[str, dict[str, Lack | None]] = {}  # of each dependant, by what it needs
        self.stale = False  # to be renewed before anything else is answered

    def add(self, name: str) -> None:
        self._unseen.add(name)
        self.stale = True

    def remove(self, name: str) -> None:
        self._unseen.discard(name)
        self._leaving -= {name}
        self.stale = True

    def leave(self, names: Iterable[str]) -> None:
        """These are about to be removed, and no others: their end is nobody's loss."""
        self._leaving = frozenset(names)
        self.stale = True

    def replace(self) -> None:
        """A watch says something else by now."""
        self.stale = True

    def renew(self) -> News:
        """Once watches have come, gone or changed: whoever has to know."""
        if not self.stale:
            return NONE
        self.stale = False
        had, self._ties = self._ties, ties(self.watches).without(self._leaving)
        if not had.needs and not self._ties.needs:
            return NONE
        self._standings = {name: self._standing(name) for name in self._ties.dependants}
        self._lacking = {
            name: {tie.on: lack(tie, self._standings[tie.on]) for tie in found}
            for name, found in self._ties.needs.items()
        }
        concerned = dict.fromkeys((*had.needs, *self._ties.needs))
        return [one for name in concerned for one in self._tell(name)]

    def hear(self, name: str, event: Event) -> News:
        """What an event has made of a watch: who has to know."""
        if isinstance(event, Begun):
            self._unseen.discard(name)
        if not self._ties.needs:
            return NONE
        own = self._tell(name) if isinstance(event, Begun) else ()
        return [*own, *self._pass_on(name)] if name in self._standings else own

    def _pass_on(self, name: str) -> Iterator[tuple[str, Provided]]:
        now = self._standing(name)
        if now == self._standings[name]:
            return
        self._standings[name] = now
        for tie in self._ties.dependants[name]:
            found = lack(tie, now)
            if found != self._lacking[tie.by][name]:
                self._lacking[tie.by][name] = found
                yield from self._tell(tie.by)

    def _standing(self, name: str) -> Standing:
        watch, status = self.watches.get(name), self._statuses.get(name)
        if watch is None or status is None:
            return NO_SUCH
        return UNSEEN if name in self._unseen else standing(watch, status)

    def _tell(self, name: str) -> News:
        """Where that is not what it knows already."""
        status = self._statuses.get(name)
        if status is None or name in self._unseen:  # it asks for nothing before it has begun
            return NONE
        lacking = tuple(one for one in self._lacking.get(name, {}).values() if one)
        return NONE if lacking == status.lacking else ((name, Provided(lacking)),)
