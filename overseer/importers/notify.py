"""Whom god told: a name, a list, or a mapping with a priority and a category."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overseer.config.node import Node, series, table, text
from overseer.importers.page import Remark
from overseer.importers.recording import names
from overseer.importers.values import NotCarried, shown, word


@dataclass(frozen=True, slots=True)
class People:
    """Contacts and groups: god's name, and the one here. Those in *lost* cannot be carried over."""

    known: Mapping[str, str]
    lost: Mapping[str, str]  # name: why


@dataclass(frozen=True, slots=True)
class Told:
    """*node* is None where nobody is left."""

    node: Node | None = None
    remarks: tuple[Remark, ...] = ()


NOBODY = Told()


def told(value: Any, people: People) -> Told:
    if value is None:
        return NOBODY
    try:
        return _told(value, people)
    except NotCarried as error:
        return Told(None, (Remark(f"notify: {error}"),))


def _told(value: Any, people: People) -> Told:
    more = value if isinstance(value, dict) else {"contacts": value}
    wanted = more.get("contacts")
    if not isinstance(wanted, str | list):
        raise NotCarried(f"{shown(value)} names no contact")
    found = names(wanted)
    remarks = [_absent(name, people) for name in found if name not in people.known]
    here = list(dict.fromkeys(people.known[name] for name in found if name in people.known))
    remarks += [
        Remark(f"notify: {key} = {shown(more[key])} is not carried over; there is no such key")
        for key in more
        if key not in ("contacts", "priority", "category")
    ]
    if not here:
        return Told(None, tuple(remarks))
    contacts = text(here[0]) if len(here) == 1 else series(here)
    labels = {key: word(more[key]) for key in ("priority", "category") if more.get(key) is not None}
    node = table({"contacts": contacts, **labels}) if labels else contacts
    return Told(node, tuple(remarks))


def _absent(name: str, people: People) -> Remark:
    if name in people.lost:
        return Remark(f"notify: {name} is left out; see contacts")
    return Remark(f"notify: {name} is left out; no contact of that name is in these files")
