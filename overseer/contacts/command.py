"""contacts: {pager: {command: /usr/local/bin/page --urgent}}"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from overseer.contacts import url
from overseer.contacts.base import Contact, Hear, Notice, unheard
from overseer.model.argv import SHELL, split
from overseer.model.program import Argv
from overseer.model.units import CommandLine, Seconds


class Input(StrEnum):
    TEXT = "text"
    JSON = "json"  # the object that a webhook gets


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Contact):
    """A program that is given the text on standard input, and OVERSEER_* in its environment.

    Exit code 0: delivered. 64, 65 and 67 (usage, data, no such user; sysexits(3)): this one
    will never be. Anything else: later again.
    """

    brief: ClassVar[str] = "command"

    command: CommandLine
    shell: bool = False  # true: a text is run by /bin/sh -c
    input: Input = Input.TEXT
    user: str | None = None  # None: whoever overseer runs as
    timeout: Seconds = 30.0  # then it is killed, with all that it has started

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        url.check_timeout(self.timeout)
        if self.shell and not isinstance(self.command, str):
            raise ValueError("shell: a list of words is run as it is; write the command as a text")
        try:
            self.argv()
        except ValueError as error:
            raise ValueError(f"command: {error}") from None

    def argv(self) -> Argv:
        if not isinstance(self.command, str):
            return self.command
        return (SHELL, "-c", self.command) if self.shell else split(self.command)

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        from overseer.contacts import errand  # subprocess, pwd: only where something is run

        return errand.deliver(self, notice, hear)

    def knock(self, hear: Hear = unheard) -> str:
        from overseer.contacts import errand

        return errand.knock(self)
