"""What is in force when a daemon begins: by the files, and by what operators have asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from overseer.config.files import Texts
from overseer.control.applied import Applied
from overseer.control.removed import hidden
from overseer.daemon.load_files import given_variables, loader
from overseer.daemon.opening import Wanted, read
from overseer.store.wishes import Wishes


def in_force(
    files: Sequence[str],
    wishes: Wishes,
    given: Mapping[str, str],
    allowed: Collection[str],
    applied: Applied,
    *,
    strict: bool,
    texts: Texts | None = None,
) -> Wanted:
    """*given*: variables. *allowed*: paths that are trusted. *texts*: of files as they are in
    force, whatever stands there now."""
    scales = {name: one.begun() for name, one in wishes.scales().items()}
    variables = given_variables(wishes.variables(), files, given)
    ask = loader(scales, variables, given, allowed or wishes.allowed())
    wanted = read(files, wishes.loaded(), ask, applied, strict=strict, texts=texts)
    config = wanted.config
    return replace(wanted, config=config.without(hidden(wishes.removed(), config.watches)))
