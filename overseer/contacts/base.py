"""What a contact is: a person or a place, and a way to reach it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from overseer.errors import OverseerError

Hear = Callable[[str], None]
"""Takes one line of the dialogue with a server, secrets masked."""


def unheard(line: str) -> None:
    """Nobody listens to the dialogue."""


class NotDelivered(OverseerError):
    """The contact could not be reached: worth another try, unless *final*.

    *only_this*: it is this notice that was not taken; others need not wait for it.
    *after*: seconds that the other side asks to wait; None: what is usual.
    *unseen*: nobody has been given it, so that it may say more the next time.
    *settled*: addresses that have it, or never will: the next try is for the others.
    """

    def __init__(
        self,
        message: str,
        *,
        final: bool = False,
        only_this: bool = False,
        after: float | None = None,
        unseen: bool = False,
        settled: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.final = final
        self.only_this = only_this or final
        self.after = after
        self.unseen = unseen
        self.settled = frozenset(settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert, or several gathered, in the form people read.

    *id* and *references* are Message-IDs with their angle brackets: the same at every try.
    *facts* is what the text was made of, for contacts that make their own: JSON values only.
    """

    id: str
    subject: str
    text: str
    html: str
    at: float  # seconds since the epoch
    references: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()  # addresses that it is not for any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Its fields are its options in the watch file."""

    brief: ClassVar[str] = ""  # the field that a bare text stands for: `ops: {email: a@b}`

    log_lines: int = 20  # of the program's log in each alert; 0 for none
    templates: str | None = None  # a folder with alert.txt.j2 and alert.html.j2 of one's own

    def __post_init__(self) -> None:
        if self.log_lines < 0:
            raise ValueError(f"log_lines: {self.log_lines} is not understood; write 20, or 0")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        """Bring it there within a minute, and say in one line how: `ops@example.org by …`.

        Called on a thread of its own. Raises NotDelivered; whatever else it raises counts as
        one that is worth another try.
        """
        raise NotImplementedError

    def knock(self, hear: Hear = unheard) -> str:
        """Is there somebody who would deliver? In one line how it answers, "" for cannot tell.

        Raises NotDelivered; sends nothing.
        """
        return ""
