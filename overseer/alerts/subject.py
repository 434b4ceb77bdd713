"""The line by which a mail is known: the host first, then whom and what it is about."""

from collections.abc import Sequence

from overseer.alerts.letter import Facts
from overseer.alerts.moment import clock
from overseer.model.change import Change

LONGEST = 180
NAMED = 3


def lead(items: Sequence[Facts]) -> Facts:
    """What the mail is about: of one incident how it stands now, else what came first."""
    return items[-1] if len({item.incident for item in items}) == 1 else items[0]


def subject(items: Sequence[Facts], host: str, why: str = "") -> str:
    """`[db1] mailworker: flapping, held until 15:42`"""
    first = lead(items)
    if why and len(items) > 1:
        line = f"[{host}] {len(items)} alerts held back ({why}): {names(items)}"
    else:
        line = f"[{host}] {first.watch or 'overseer'}: {headline(first)}{others(items)}"
    line = " ".join(line.split())  # a header is one line
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def headline(item: Facts) -> str:
    if item.change == Change.FLAPPING and item.until is not None:
        return f"{item.headline} until {clock(item.until, item.at)}"
    return item.headline


def others(items: Sequence[Facts]) -> str:
    """`; and 2 more (db, cache)`, or of one incident `; before that flapping`."""
    if len(items) == 1:
        return ""
    if lead(items) is items[-1]:
        before = dict.fromkeys(item.change.replace("_", " ") for item in items[:-1])
        return f"; before that {', '.join(before)}"
    return f"; and {len(items) - 1} more ({names(items[1:])})"


def names(items: Sequence[Facts]) -> str:
    found = list(dict.fromkeys(item.watch or "overseer" for item in items))
    return ", ".join(found[:NAMED]) + (", …" if len(found) > NAMED else "")
