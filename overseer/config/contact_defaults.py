"""`contact_defaults: {webhook: {timeout: 5s}}`: what the contacts of one kind start from."""

from collections.abc import Mapping

from overseer.config.catalogue import Catalogue
from overseer.config.forms import wrong
from overseer.config.node import Entry, Series, Table, Text, is_null
from overseer.config.record import options, read_options
from overseer.config.trouble import UNREAD, Troubles, Unread
from overseer.contacts.base import Contact

PLACES = ("", "_file", "_env")
"""Where a secret stands: `url`, `url_file` and `url_env` are one and the same."""
RIVALS = {"server_host": ("sendmail",), "sendmail": ("server_host", "server_port")}
"""What a contact writes displaces these of the defaults, which exclude it."""


class ContactDefaults:
    """Of each kind a table. Value by value: what a contact writes holds, `false` too (god: a
    default of true cannot be taken back), and `null` stands for what is usual without defaults.
    """

    def __init__(
        self, entries: Mapping[str, Entry], catalogue: Catalogue, troubles: Troubles
    ) -> None:
        self._tables: dict[str, Table] = {}
        for name, entry in entries.items():
            kind = catalogue.contact(name, entry.spot)
            if isinstance(kind, Unread) or is_null(entry.node):
                continue
            key = f"contact_defaults: {name}"
            if not isinstance(entry.node, Table):
                wrong(entry.node, key, "a mapping, like {log_lines: 5}", troubles)
                continue
            # Read here once: what is wrong is said of the default, and of none that takes it.
            given = read_options(options(kind), entry.node, key, troubles)
            wrongs = {option for option, value in given.items() if value is UNREAD}
            self._tables[name] = entry.node.without(wrongs)

    def under(self, name: str, kind: type[Contact], way: Entry) -> Entry:
        """What a contact writes, on top of the defaults of its kind."""
        defaults = self._tables.get(name)
        node = Table({}, way.node.spot) if is_null(way.node) else way.node
        if defaults is None:
            return Entry(way.spot, node)
        if isinstance(node, Text | Series) and kind.brief:
            node = Table({kind.brief: Entry(node.spot, node)}, node.spot)
        if not isinstance(node, Table):
            return way
        written = (key for key, entry in node.entries.items() if not is_null(entry.node))
        below = defaults.without({rival for key in written for rival in rivals(key)})
        return Entry(way.spot, Table({**below.entries, **node.entries}, node.spot))


def rivals(key: str) -> tuple[str, ...]:
    stem = key.removesuffix("_file").removesuffix("_env")
    same = tuple(f"{stem}{place}" for place in PLACES if f"{stem}{place}" != key)
    return (*same, *RIVALS.get(key, ()))
