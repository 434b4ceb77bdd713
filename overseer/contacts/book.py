"""Who can be told: contacts by name, and the groups they are in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overseer.contacts.base import Contact
from overseer.contacts.terms import USUAL, Terms


@dataclass(frozen=True, slots=True)
class Book:
    """No name is both a contact's and a group's."""

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)  # of contacts that have any

    def resolve(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names of contacts, each once, in the order named; unknown ones are left out."""
        found = (one for name in names for one in self.groups.get(name, (name,)))
        return tuple(name for name in dict.fromkeys(found) if name in self.contacts)

    def terms_of(self, name: str) -> Terms:
        return self.terms.get(name, USUAL)
