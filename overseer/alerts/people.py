"""Who can be told, how, and on which terms: for people to look at."""

from dataclasses import fields
from typing import NamedTuple

from overseer.contacts.book import Book
from overseer.contacts.terms import Escalation, Terms
from overseer.units import show_seconds


class Person(NamedTuple):
    """*way* is the kind of contact: where it leads may be a secret."""

    name: str
    way: str
    groups: list[str]
    terms: str
    templates: str | None


def people(book: Book) -> list[Person]:
    return [
        Person(
            name=name,
            way=type(contact).__name__.lower(),
            groups=[group for group, names in book.groups.items() if name in names],
            terms=spelled(book.terms_of(name)),
            templates=contact.templates,
        )
        for name, contact in sorted(book.contacts.items())
    ]


def spelled(terms: Terms) -> str:
    """`repeat 1h, limit 20/h`, as the watch file says it."""
    wishes = ((one.name, getattr(terms, one.name)) for one in fields(terms))
    return ", ".join(f"{name} {value(wish)}" for name, wish in wishes if wish)


def value(wish: object) -> str:
    if isinstance(wish, float):
        return show_seconds(wish)
    if isinstance(wish, Escalation):
        return f"to {', '.join(wish.to)} after {show_seconds(wish.after)}"
    if type(wish) is tuple:
        return " ".join(map(str, wish))
    return str(wish)
