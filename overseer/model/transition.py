"""When this condition is met in these states, go there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from overseer.model.change import ENDS, Change

if TYPE_CHECKING:
    from overseer.conditions.base import Condition


RELOAD = "reload"
"""Stands where a state does in the watch file's `to`, and leads nowhere."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Whom to tell: names of contacts or contact groups, with god's two labels."""

    contacts: tuple[str, ...] = ()
    priority: str | None = None
    category: str | None = None
    events: tuple[Change, ...] = ()  # of these alone; () of all
    others: tuple["Notify", ...] = ()  # who else, on terms of their own

    @property
    def each(self) -> "tuple[Notify, ...]":
        return (self, *self.others)

    @property
    def everybody(self) -> tuple[str, ...]:
        return tuple(name for one in self.each for name in one.contacts)

    def with_others(self, others: "Iterable[Notify]") -> "Notify":
        return replace(self, others=tuple(others))

    def wants(self, change: Change) -> bool:
        return not self.events or change in self.events or change in ENDS


NOBODY = Notify()


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the graph. Without *to* it only tells (`alert_if`), or does something to the
    process that goes on; without *states* it is a lifecycle row, which holds in every monitored
    state."""

    states: tuple[str, ...]
    when: "Condition"
    to: str | None = None
    otherwise: str | None = None  # the watch file's `else`
    notify: Notify | None = None
    reload: bool = False  # as `overseer reload` does
    signal: int | None = None  # sent to the process
    run: tuple[str, ...] | None = None  # a program, as a hook is run

    @property
    def acts(self) -> bool:
        """True where it does something and leads nowhere."""
        return bool(self.reload or self.signal or self.run)
