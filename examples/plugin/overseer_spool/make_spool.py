"""behaviors: [{make_spool: {path: /var/spool/app}}]"""

import os
from dataclasses import dataclass

from overseer.behaviors.base import Behavior
from overseer.model.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSpool(Behavior):
    """Make the folder before each start. What this raises is a failed start with that reason."""

    path: str

    def before_start(self, name: str, program: Program) -> None:
        os.makedirs(self.path, exist_ok=True)
