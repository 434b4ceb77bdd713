"""`depends_on`: how it is written, and whether what is named is there and leads nowhere back."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from overseer.config import forms
from overseer.config.forms import Form, wrong
from overseer.config.node import Broken, Node, Series, Spot, Table, Text, is_null
from overseer.config.record import form_of, record
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.core.one_shot import completes
from overseer.core.ties import circles, meant, tagged, ties
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.watch import Watch

NAME = forms.matching(r"@?\w[\w.@+-]*", "a watch or a tag, like db")
EXAMPLE = "db, or [db, cache], or {db: ready}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What may stand under the name of a watch that is depended on."""

    until: Need | None = None
    propagate: Propagate = Propagate.NONE


NEED = form_of(Need)
TERMS = record(Terms)
NOBODY: Mapping[str, Watch] = {}


def as_dependencies(node: Node, key: str, troubles: Troubles) -> Any:
    """A name, a list of names, or a mapping of names to what must be so of them."""
    found: dict[str, Dependency | Unread] = {}
    for name, spot, inner in items(node):
        if name is None:
            return wrong(inner, key, EXAMPLE, troubles)
        if name in found:
            found[name] = troubles.error(spot, f"{key}: {name} is here twice; write it once")
        elif isinstance(NAME.read(Text(name, spot), key, troubles), Unread):
            found[name] = UNREAD
        else:
            found[name] = _dependency(name, inner, key, troubles)
    return UNREAD if UNREAD in found.values() else tuple(found.values())


def items(node: Node) -> Iterator[tuple[str | None, Spot, Node]]:
    """Each name with its place and with what stands beside it; None for what is no name."""
    for item in node.items if isinstance(node, Series) else (node,):
        if isinstance(item, Text) and not is_null(item):
            yield item.value, item.spot, Text("", item.spot)
        elif isinstance(item, Table):
            for name, entry in item.entries.items():
                if not name.startswith("x-"):
                    yield name, entry.spot, entry.node
        else:
            yield None, item.spot, item


def _dependency(name: str, node: Node, key: str, troubles: Troubles) -> Dependency | Unread:
    if isinstance(node, Broken):
        return UNREAD
    if is_null(node):
        return Dependency(name)
    if isinstance(node, Text):
        need = NEED.read(node, f"{key}: {name}", troubles)
        return UNREAD if isinstance(need, Unread) else Dependency(name, need)
    terms = TERMS.read(node, f"{key}: {name}", troubles)
    return UNREAD if isinstance(terms, Unread) else Dependency(name, terms.until, terms.propagate)


_MAPPING: Mapping[str, Any] = {
    "type": "object",
    "patternProperties": {"^x-": {}},
    "additionalProperties": {"anyOf": [NEED.schema, {"type": "null"}, TERMS.schema]},
}
_ONE: Mapping[str, Any] = {"anyOf": [NAME.schema, _MAPPING]}
DEPENDS_ON = Form(
    as_dependencies, EXAMPLE, {"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE}]}
)


class Checker:
    """*places* are the nodes of `depends_on`, by watch. *elsewhere* are watches of files that are
    not read now; None: what is missing may be among them, and is worth a warning only; where one
    is *forgiving* so is a circle. *unread* are watches that could not be read: nothing is said of
    them twice."""

    def __init__(
        self,
        watches: Mapping[str, Watch],
        places: Mapping[str, Node],
        elsewhere: Mapping[str, Watch] | None,
        unread: Collection[str],
        troubles: Troubles,
        forgiving: bool = False,
    ) -> None:
        self._watches: Mapping[str, Watch] = {**(elsewhere or {}), **watches}
        self._places = places
        self._unread = unread
        self._troubles = troubles
        self._blame = troubles.warn if elsewhere is None else troubles.error
        self._blame_circle = troubles.warn if forgiving else troubles.error

    def check(self, partial: Mapping[str, Watch] = NOBODY, knows_all: bool = True) -> None:
        """*partial* watches have been blamed: only whether those are there on which they depend is
        looked at. Unless it *knows_all*, a name that is unknown may be one of what was blamed."""
        everybody = {**self._watches, **partial}
        tags = tagged(everybody.values())
        for name in self._places:
            for one in everybody[name].depends_on:
                found = meant(one.on, everybody, tags)
                if not found and knows_all and one.on not in self._unread:
                    self._missing(name, one.on, tags)
                for on in found if name not in partial else ():
                    if on in self._watches:
                        self._fits(name, one, self._watches[on])
        self._circles()

    def _missing(self, name: str, word: str, tags: Collection[str]) -> None:
        near = suggestion(word, {*self._watches, *(f"@{tag}" for tag in tags)} - {name})
        self._blame(self._spot(name, word), f"depends_on: there is no watch or tag {word}{near}")

    def _fits(self, name: str, one: Dependency, on: Watch) -> None:
        """Whether it can ever be as it must be."""
        spot, watch = self._spot(name, one.on), self._watches[name]
        if on.schedule and one.need not in (None, Need.COMPLETED):
            said = f"depends_on: {on.name} is run by a schedule, it is never {one.need}"
            self._troubles.error(spot, f"{said}; write completed")
        elif one.need is Need.COMPLETED and not completes(on):
            said = f"depends_on: {on.name} never completes, as it is started again whenever it "
            said += "ends; write on_exit: stop there"
            if on.is_task:
                said = f"depends_on: {on.name} is a task, which never completes; write ready"
            self._troubles.error(spot, said)
        elif watch.schedule and one.propagate is not Propagate.NONE:
            said = f"depends_on: {name} is run by a schedule, and nothing of it is to be kept up"
            self._troubles.error(spot, f"{said}; leave propagate out")
        elif watch.autostart and not on.autostart:
            said = f"depends_on: {name} will wait for {on.name}, which is not started by itself "
            self._troubles.warn(spot, said + "(autostart: false)")

    def _circles(self) -> None:
        found = ties(self._watches)
        for circle in circles(found.needs, found.needed):
            name = next((one for one in circle if one in self._places), None)
            if name is not None:
                begin = circle.index(name)
                way = (*circle[begin:-1], *circle[:begin], name)
                said = f"depends_on: a circle, {' -> '.join(way)}; take one of them out"
                if len(way) == 2:
                    said = f"depends_on: {name} depends on itself; leave it out"
                self._blame_circle(self._leading_to(name, way[1]), said)

    def _leading_to(self, name: str, on: str) -> Spot:
        """Where it stands that *name* depends on *on*, by its own name or by a tag."""
        tags = tagged(self._watches.values())
        words = [
            one.on
            for one in self._watches[name].depends_on
            if on in meant(one.on, self._watches, tags)
        ]
        return self._spot(name, words[0] if words else on)

    def _spot(self, name: str, word: str) -> Spot:
        node = self._places[name]
        return next((spot for one, spot, _ in items(node) if one == word), node.spot)
