"""What a behavior is: something done before or after start, stop and restart."""

from collections.abc import Mapping
from dataclasses import dataclass

from overseer.model.program import Argv, Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Its fields are its options in the watch file. It runs off the engine's thread, when
    nothing of the last process lives; what it raises is a failed start with that reason."""

    def hooks(self) -> Mapping[str, Argv]:
        """Commands that are run beside the watch's own `hooks`, as those are."""
        return {}

    def before_start(self, name: str, program: Program) -> None:
        """Just before each launch of the watch *name*."""
