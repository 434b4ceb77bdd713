"""What the desk needs of whoever reads watch files."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from overseer.errors import Problem
from overseer.model.copies import Copies, Scale
from overseer.model.watch import Watch

if TYPE_CHECKING:
    from overseer.config.files import Texts
    from overseer.config.lenient import Leniency


class Config(Protocol):
    """What watch files say, read and found to be in order."""

    @property
    def watches(self) -> Mapping[str, Watch]:
        """By name, in the order of the files."""
        ...

    @property
    def contacts(self) -> Mapping[str, object]: ...
    @property
    def contact_groups(self) -> Mapping[str, object]: ...
    @property
    def settings(self) -> object: ...
    @property
    def files(self) -> Mapping[Path, str]:
        """Every file read, with its text."""
        ...

    @property
    def sources(self) -> Mapping[str, Sequence[str]]:
        """Of each root, a file or folder that was asked for: every file read because of it."""
        ...

    @property
    def copies(self) -> Mapping[str, Copies]:
        """Of each definition with `instances`."""
        ...

    @property
    def texts(self) -> "Texts":
        """All that was read of the disk, to be read again as it was."""
        ...

    @property
    def warnings(self) -> Sequence[Problem]: ...
    @property
    def variables(self) -> Mapping[str, Mapping[str, str]]:
        """Given from outside, by root."""
        ...

    def without(self, names: Collection[str]) -> "Config":
        """The same, but for these watches."""
        ...


class ReadFiles(Protocol):
    def __call__(
        self,
        roots: Sequence[str],
        elsewhere: Mapping[str, Watch] | None,
        scales: Mapping[str, Scale],
        texts: "Texts | None" = None,
        lenient: "Leniency | None" = None,
        here: bool | Collection[str] = True,
        variables: Mapping[str, Mapping[str, str]] = {},
        named: Collection[str] = (),
        allowed: Collection[str] = (),
        judged: Collection[str] | None = None,
    ) -> Config:
        """These files, and the watches of others that theirs may depend on (None: whatever those
        are); so many copies as operators want. *texts*: of files as they were, not as they are.
        *lenient*: what is put up with. *here*: of which roots what this machine lacks is an error.
        *variables*: given from outside, by root; UsageError where none goes by one of the *named*.
        *allowed*: paths that are trusted, whoever may write there; *judged*: of which roots it is
        an error that others may write what root reads or runs. ConfigError with all problems."""
        ...


ALL = ""
"""Stands for the files together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Which files the daemon began with, and what was wrong with them."""

    given: Sequence[str] = ()  # to `run`; the others to `load`, while an earlier daemon ran
    left_out: Sequence[str] = ()
    notices: Mapping[str, str] = field(default_factory=dict)  # by file, or ALL
    problems: Sequence[Problem] = ()  # in what is in force
    only_contacts: Collection[str] = ()  # files of which nothing else is in force
    missing: Mapping[str, str] = field(default_factory=dict)  # watches left out, by file
