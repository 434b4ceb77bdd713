"""What watch files say, read and found to be in order, or as far as they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from overseer.config.draft import Draft
from overseer.config.files import Texts
from overseer.config.gather import Variables
from overseer.config.host import Host
from overseer.config.lenient import Fault, as_it_was
from overseer.config.settings import Settings
from overseer.contacts.base import Contact
from overseer.contacts.terms import Terms
from overseer.errors import Problem
from overseer.model.copies import Copies
from overseer.model.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What watch files say, read and found to be in order."""

    watches: Mapping[str, Watch]  # in the order of the files
    contacts: Mapping[str, Contact]
    contact_groups: Mapping[str, tuple[str, ...]]
    terms: Mapping[str, Terms]  # of contacts that have any
    settings: Settings
    warnings: tuple[Problem, ...]
    sources: Mapping[str, tuple[str, ...]]  # of each root: every file read because of it
    roots: Mapping[str, str]  # of each watch: the root it came from
    copies: Mapping[str, Copies]  # of each definition with `instances`
    texts: Texts = field(repr=False)
    host: Host = field(repr=False)
    faults: tuple[Fault, ...] = ()  # that were put up with
    left_out: Mapping[str, str] = field(default_factory=dict)  # watches that are not here, by file
    variables: Variables = field(default_factory=dict)  # that were given from outside

    @property
    def files(self) -> Mapping[Path, str]:
        """Every file read, with its text."""
        return {Path(path): text for path, text in self.texts.by_path.items()}

    def without(self, names: Collection[str]) -> "Config":
        """The same, but for these watches."""
        kept = {name: one for name, one in self.watches.items() if name not in names}
        return replace(self, watches=kept) if names else self


def tolerant(
    config: Config, draft: Draft, errors: Sequence[Problem], instead: Mapping[str, Watch]
) -> Config:
    """Without the watches that have a problem, and with what stands for them."""
    if not errors:
        return config
    faults = tuple(map(draft.blocks.fault, errors))
    local = (fault for fault in faults if fault.is_local)
    broken = dict.fromkeys((fault.problem.file, fault.definition) for fault in local)
    kept = {
        name: watch
        for name, watch in config.watches.items()
        if (draft.watches[name].spot.file, draft.watches[name].definition) not in broken
    }
    again = as_it_was(broken, instead, kept)
    order = dict.fromkeys((*draft.watches, *again))
    found = kept | again
    watches = {name: found[name] for name in order if name in found}
    roots = {**config.roots} | {name: _root_of(config, watch) for name, watch in again.items()}
    known = {word for name, one in watches.items() for word in (name, *one.tags)}
    left_out = {name: file for file, name in broken if name not in known}
    return replace(config, watches=watches, roots=roots, faults=faults, left_out=left_out)


def _root_of(config: Config, watch: Watch) -> str:
    file = watch.origin.file
    return next((root for root, files in config.sources.items() if file in files), file)
