"""What watch files say beside the watches: contacts, their groups, settings."""

from collections.abc import Iterator, Mapping

from overseer.control.wanted import Config

Variables = Mapping[str, Mapping[str, str]]
"""Values given from outside, by root: `--var NAME=VALUE`."""


class Beside:
    """What is in force of it."""

    def __init__(self) -> None:
        self._contacts: Mapping[str, object] = {}
        self._groups: Mapping[str, object] = {}
        self._settings: object = None
        self._variables: Variables = {}

    def took(self, config: Config) -> None:
        self._contacts, self._groups = config.contacts, config.contact_groups
        self._settings, self._variables = config.settings, config.variables

    def lines(self, config: Config) -> list[str]:
        """What would change, a line each."""
        lines = list(_differing("contact", self._contacts, config.contacts))
        lines += _differing("contact group", self._groups, config.contact_groups)
        if self._settings != config.settings:
            lines.append("settings: changed")
        lines += _given(self._variables, config.variables)
        return lines


def _given(known: Variables, new: Variables) -> Iterator[str]:
    """By names alone: a value may be a password."""
    for root in dict.fromkeys((*known, *new)):
        before, after = known.get(root, {}), new.get(root, {})
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if names:
            yield f"{root}: --var {', '.join(names)}: changed"


def _differing(what: str, known: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for name, found in new.items():
        if name not in known:
            yield f"{what} {name}: added"
        elif known[name] != found:
            yield f"{what} {name}: changed"
    for name in known:
        if name not in new:
            yield f"{what} {name}: removed"
