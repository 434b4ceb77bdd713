"""behaviors: [{run: /srv/app/bin/migrate}]"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from overseer.behaviors.base import Behavior
from overseer.model.argv import split
from overseer.model.program import Argv
from overseer.model.units import CommandLine


class At(StrEnum):
    """The hooks of a watch."""

    BEFORE_START = "before_start"
    AFTER_START = "after_start"
    BEFORE_STOP = "before_stop"
    AFTER_STOP = "after_stop"
    BEFORE_RESTART = "before_restart"
    AFTER_RESTART = "after_restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Behavior):
    """A command around a start, a stop or a restart command: a hook that can stand in `defaults`
    or in a template, beside the hooks of the watch itself."""

    brief: ClassVar[str] = "command"

    command: CommandLine
    at: At = At.BEFORE_START

    def hooks(self) -> Mapping[str, Argv]:
        line = self.command
        return {self.at: split(line) if isinstance(line, str) else line}
