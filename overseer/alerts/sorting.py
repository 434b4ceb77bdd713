"""Which letters go now, in which mails, and why the others wait. Pure; start reading at sort."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from overseer.alerts.gather import GATHER, slot
from overseer.alerts.waiting import (
    DIGEST,
    LATER,
    LIMIT,
    QUIET,
    RECALLED,
    SILENCE,
    TOGETHER,
    Item,
    Mail,
    Plan,
    Scene,
    Silenced,
    Wait,
)
from overseer.contacts.terms import Terms
from overseer.model.change import Change

EXPIRY = 5 * 86400.0
"""Seconds after which what opens no incident is no news any more."""
MOST = 2000
"""Letters that wait for one contact; of those that open no incident the oldest give way."""


def sort(items: Iterable[Item], scene: Scene) -> Plan:
    return Sorter(scene).sort(sorted(items, key=lambda item: (item.at, item.id)))


class Sorter:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._window = scene.window
        self._waits: dict[int, Wait] = {}
        self._kept: dict[int, Item] = {}
        self._dropped: dict[int, str] = {}

    def sort(self, items: Sequence[Item]) -> Plan:
        ready = self._with_what_came_before(self._ready(self._heard(items)))
        mails = self._within_limits(self._bundled(ready))
        return Plan(
            mails=tuple(mails),
            dropped=self._dropped,
            waits=self._waits,
            kept=tuple(self._kept.values()),
            window=self._window,
        )

    def _heard(self, items: Sequence[Item]) -> list[Item]:
        """Without incidents that are over before this contact was to hear of them."""
        over = {item.incident: item for item in items if item.ends}
        unheard = {
            incident
            for incident in over.keys() - self._scene.told.keys()
            if all(item.ends or self._hold(item) for item in items if item.incident == incident)
            and not any(item.held == RECALLED for item in items if item.incident == incident)
        }
        for item in items:
            last = over.get(item.incident)
            if item.incident in unheard:
                self._dropped[item.id] = "over before it was to be told"
            elif last and not item.ends and self._is_late(item):
                self._dropped[item.id] = "over meanwhile"
            elif not item.open and not item.ends and self._silenced(item):
                self._dropped[item.id] = "silenced"
            elif not item.open and self._scene.now - item.at > EXPIRY:
                self._dropped[item.id] = "no news any more"
        heard = [item for item in items if item.id not in self._dropped]
        minor = [item for item in heard if not item.open and not item.ends]
        surplus = minor[: max(0, len(heard) - MOST)]
        self._dropped |= {item.id: "too many wait" for item in surplus}
        return [item for item in heard if item.id not in self._dropped]

    def _is_late(self, item: Item) -> bool:
        """After the last word nobody wants to hear this any more."""
        return item.change == Change.REMINDER or self._hold(item) is not None

    def _silenced(self, item: Item) -> Silenced | None:
        return self._scene.silenced(item.watch) if item.watch and not item.ends else None

    def _hold(self, item: Item) -> tuple[str, Wait] | None:
        """What keeps it from being told at all for now."""
        if silenced := self._silenced(item):
            return SILENCE, Wait(silenced.until, silenced.why)
        if item.patience and item.incident not in self._scene.told and not item.ends:
            due = (item.at if item.began is None else item.began) + item.patience
            if self._is_ahead(due, item.patience):
                return LATER, Wait(due, "told if it is still open then")
        return None

    def _ready(self, items: Iterable[Item]) -> list[Item]:
        ready = []
        for item in items:
            hold = self._hold(item)
            placed = item if hold else self._place(item)
            hold = hold or self._not_yet(placed)
            if hold is None:
                ready.append(placed)
            else:
                self._keep(placed, *hold)
        return ready

    def _keep(self, item: Item, held: str, wait: Wait) -> None:
        self._waits[item.id] = wait
        held = item.held if not held or item.held == RECALLED else held
        self._kept[item.id] = item if item.held == held else replace(item, held=held)

    def _place(self, item: Item) -> Item:
        """Alone and at once, or with others when the time comes."""
        if item.ready is not None:
            return item
        scene = self._scene
        at = scene.now if item.held in (SILENCE, LATER) else min(item.at, scene.now)
        if item.urgent:
            return replace(item, ready=at)
        if scene.terms.digest:
            first = [one.ready for one in self._kept.values() if one.bundle == DIGEST and one.ready]
            return replace(item, ready=min(first, default=at + scene.terms.digest), bundle=DIGEST)
        if item.incident in scene.told and not item.ends and item.change != Change.REMINDER:
            return replace(item, ready=at)
        place = slot(self._window, at)
        self._window = place.window
        return replace(item, ready=at + place.wait, bundle=place.gather)

    def _not_yet(self, item: Item) -> tuple[str, Wait] | None:
        scene = self._scene
        if not item.urgent and (end := scene.terms.quiet_until(scene.now)) is not None:
            return QUIET, Wait(end, "quiet hours")
        if item.ready is not None and self._is_ahead(item.ready, scene.terms.digest or GATHER):
            why = "digest" if item.bundle == DIGEST else "gathered with others"
            return "", Wait(item.ready, why)
        return None

    def _is_ahead(self, due: float, longest: float) -> bool:
        """Not where the clock has been set back: nothing waits longer than it was to."""
        return self._scene.now < due <= self._scene.now + longest

    def _with_what_came_before(self, ready: list[Item]) -> list[Item]:
        """What is told of an incident is told in order: the next word takes along what waits."""
        latest = {item.incident: (item.at, item.id) for item in ready}
        for item in list(self._kept.values()):
            before = item.incident in latest and (item.at, item.id) < latest[item.incident]
            if not before or self._hold(item):
                continue
            del self._kept[item.id], self._waits[item.id]
            ready.append(item)
        return sorted(ready, key=lambda item: (item.at, item.id))

    def _bundled(self, ready: Iterable[Item]) -> list[list[Item]]:
        """One mail an incident, and one for what was gathered or held back together."""
        mails: list[list[Item]] = []
        place: dict[str, int] = {}
        for item in ready:
            together = f"held {item.held}" if item.held in TOGETHER else f"bundle {item.bundle}"
            keys = [f"incident {item.incident}"]
            if item.held in TOGETHER or item.bundle is not None:
                keys.append(together)
            index = next((place[key] for key in keys if key in place), len(mails))
            if index == len(mails):
                mails.append([])
            mails[index].append(item)
            for key in keys:
                place.setdefault(key, index)
        return mails

    def _within_limits(self, mails: list[list[Item]]) -> Iterable[Mail]:
        scene, limit = self._scene, self._scene.terms.limit
        if scene.down and (mails := self._probing(mails)) == []:
            return
        of_late = [at for at in scene.mailed if limit and 0 <= scene.now - at < limit.within]
        room = limit.most - len(of_late) if limit else None
        for items in mails:
            if room is not None and room <= 0 and limit and not any(one.urgent for one in items):
                frees = min(of_late, default=scene.now) + limit.within
                for item in items:
                    self._keep(item, LIMIT, Wait(frees, f"limit: {limit}"))
                continue
            room = None if room is None else room - 1
            yield Mail(items=tuple(items), why=why_held(items, scene.terms))

    def _probing(self, mails: list[list[Item]]) -> list[list[Item]]:
        """While the transport is down one mail goes at a time, to see whether it still is."""
        scene, down = self._scene, self._scene.down
        assert down is not None
        free = scene.now >= down.until and not scene.under_way
        first, rest = (mails[:1], mails[1:]) if free else ([], mails)
        until = down.until if scene.now < down.until else None
        for item in (item for mail in rest for item in mail):
            self._keep(item, "", Wait(until, down.why))
        return first


def why_held(items: Sequence[Item], terms: Terms) -> str:
    held = {item.held for item in items}
    if held == {LIMIT}:
        return f"limit: {terms.limit}"
    return "quiet hours" if held == {QUIET} else ""
