"""What watch files say: watches as they are written, contacts and settings, not yet built."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from overseer.config.lenient import Blocks
from overseer.config.node import Entry, Spot, Table
from overseer.config.render import Scope
from overseer.model.copies import Copies


@dataclass(frozen=True, slots=True)
class Rough:
    """A watch as it is written: defaults are merged in, nothing is filled in or spelled out."""

    spot: Spot
    table: Table
    scope: Scope
    root: str
    definition: str  # the name that it stands under
    is_run: bool = True


@dataclass
class Draft:
    watches: dict[str, Rough] = field(default_factory=dict)
    only_read: dict[str, Rough] = field(default_factory=dict)  # definitions that make no watch
    is_partial: bool = False  # a file or a section has been blamed that may hold more
    blamed: set[str] = field(default_factory=set)  # names of what is no definition at all
    contacts: dict[str, Entry] = field(default_factory=dict)
    contact_groups: dict[str, Entry] = field(default_factory=dict)
    contact_defaults: dict[str, Entry] = field(default_factory=dict)
    mail: dict[str, Entry] = field(default_factory=dict)
    settings: dict[str, Entry] = field(default_factory=dict)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each root
    copies: Mapping[str, Copies] = field(default_factory=dict)  # by the name of their definition
    blocks: Blocks = field(default_factory=Blocks)
    variables: dict[str, Spot] = field(default_factory=dict)  # all that there are under `vars`

    @property
    def without_names(self) -> list[str]:
        """Definitions of which it is not known what their watches are called."""
        return [name for name, rough in self.only_read.items() if rough.is_run]
