"""The sections of a watch file: which there are, and what stands under each of them."""

import re

from overseer.config.node import Broken, Node, Table, describe, is_null
from overseer.config.parse import NOT_OURS
from overseer.config.trouble import Troubles, suggestion

TOP = (
    "include",
    "vars",
    "defaults",
    "templates",
    "contacts",
    "contact_groups",
    "contact_defaults",
    "mail",
    "settings",
    "watches",
)
ONCE = ("contacts", "contact_groups", "contact_defaults", "mail", "settings")
"""Each name in them is written once, in all files."""
NAMED = ("templates", "watches", "contacts", "contact_groups")
"""What is in them is named elsewhere."""
WORD = re.compile(r"[a-zA-Z][a-zA-Z_-]{0,39}")
"""A key that a message may show although its file holds nothing of a watch file."""
LIKE_WATCHES = ("apps", "jobs", "processes", "programs", "services", "units", "workers")


def check(file: Table, troubles: Troubles) -> None:
    """Blame the sections that there are not."""
    is_ours = any(key in TOP for key in file.entries)
    for key, entry in file.entries.items():
        if not (is_ours or WORD.fullmatch(key)):
            troubles.error(entry.spot, NOT_OURS)
        elif key not in TOP and not key.startswith("x-"):
            usual = f"it has {', '.join(TOP)}; watches: …"
            near = suggestion(key, TOP, otherwise=usual)
            near = "; write `watches`" if key in LIKE_WATCHES else near
            troubles.error(entry.spot, f"a watch file has no {key}{near}")


def table(file: Table, key: str, troubles: Troubles) -> Table:
    """The mapping under *key*; an empty one where it is absent, or blamed."""
    node = file.get(key)
    if isinstance(node, Table):
        return node
    if not is_whole(file, key) and not isinstance(node, Broken):
        found = describe(node) if node else "nothing"
        said = f"{key}: {found} is not understood; write a mapping, NAME: …"
        troubles.error(node.spot if node else file.spot, said)
    return Table({}, file.spot)


def is_whole(file: Table, key: str) -> bool:
    """False where the section is no mapping: what it would hold is not known."""
    node: Node | None = file.get(key)
    return node is None or is_null(node) or isinstance(node, Table)
