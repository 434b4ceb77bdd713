"""when: {process_running: true}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRunning(Condition):
    """Whether the process is running, as the machine knows it (god: process_running)."""

    polled: ClassVar[bool] = False
    brief: ClassVar[str] = "running"

    running: bool
