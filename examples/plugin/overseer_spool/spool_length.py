"""when: {spool_length: {path: /var/spool/app, above: 100, times: [3, 5]}}"""

import os
from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLength(Check):
    """Met when more than *above* files wait in a folder.

    A Check, not a Polled: a folder may lie on a disk that hangs, so it is read on a thread of
    its own, with `timeout` as its limit. What `measure` raises is unknown, and said.
    """

    brief: ClassVar[str] = "path"

    path: str
    above: int = 0

    def __post_init__(self) -> None:
        if not os.path.isabs(self.path):
            raise ValueError(f"path: {self.path} is not understood; write it from the root, /…")

    def measure(self, scene: Scene) -> int:
        with os.scandir(self.path) as entries:
            return sum(1 for entry in entries if entry.is_file())

    def met(self, value: int) -> bool:
        return value > self.above

    def show(self, value: int) -> str:
        return f"{value:g} files"

    def explain(self, value: int) -> str:
        return f"{value} files in {self.path}, above {self.above}"
