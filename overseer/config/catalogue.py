"""The conditions, behaviors and contacts that a watch file names, loaded when first named."""

from typing import TypeVar

from overseer import plugins
from overseer.behaviors.base import Behavior
from overseer.conditions.base import Condition
from overseer.config.node import Spot
from overseer.config.trouble import Troubles, Unread
from overseer.contacts.base import Contact
from overseer.errors import PluginError

Kind = TypeVar("Kind")

GONE = {
    "airbrake": "email or webhook",
    "campfire": "slack or webhook",
    "hipchat": "slack or webhook",
    "prowl": "apprise",
    "scout": "webhook",
    "twitter": "apprise or webhook",
}
"""god's services that have ended or changed beyond use, and what to use instead."""

LAMBDA = (
    "lambda is Ruby, which overseer does not run; write command: {fails: PROGRAM} for the exit "
    "code of a program, or python: {call: module:function}"
)


class Catalogue:
    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._known: dict[tuple[str, str], type | str] = {}  # the class, or why there is none

    def condition(self, name: str, spot: Spot) -> type[Condition] | Unread:
        if name == "lambda":
            return self._troubles.error(spot, LAMBDA)
        return self._find("conditions", Condition, name, spot)

    def behavior(self, name: str, spot: Spot) -> type[Behavior] | Unread:
        return self._find("behaviors", Behavior, name, spot)

    def contact(self, name: str, spot: Spot) -> type[Contact] | Unread:
        if name in GONE:
            message = f"{name} is no longer to be reached as god did; use {GONE[name]}"
            return self._troubles.error(spot, message)
        return self._find("contacts", Contact, name, spot)

    def has_named(self, group: str, name: str) -> bool:
        """Whether something in the files is of that kind."""
        return (group, name) in self._known

    def _find(self, group: str, base: type[Kind], name: str, spot: Spot) -> type[Kind] | Unread:
        if (group, name) not in self._known:
            self._known[group, name] = _load(group, base, name)
        found = self._known[group, name]
        return self._troubles.error(spot, found) if isinstance(found, str) else found


def _load(group: str, base: type, name: str) -> type | str:
    try:
        return plugins.load(plugins.named(group, name), base)
    except PluginError as error:
        return str(error)
