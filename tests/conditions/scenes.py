"""Scenes of real processes, asked the way a round asks."""

import os
import time
from typing import Any

from overseer.conditions.base import Polled, Reading, Scene, ticks_of
from overseer.model.process import Process


def recorded(pid: int) -> Process:
    """The process that has this pid now."""
    ticks = ticks_of(pid)
    assert ticks is not None
    return Process(pid, ticks, "this boot")


ME = recorded(os.getpid())


def scene(process: Process | None = ME, **more: Any) -> Scene:
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    return Scene(process=process, **{"reading": Reading(1), "now": now, **more})


class Asking:
    """One condition, looked at again and again."""

    def __init__(self, condition: Polled) -> None:
        self.condition = condition
        self.value: Any = None

    def look(self, **more: Any) -> bool:
        value = self.condition.measure(scene(before=self.value, **more))
        assert value is not None
        self.value = value
        return self.condition.met(value)

    @property
    def shown(self) -> str:
        return self.condition.show(self.value)

    @property
    def reason(self) -> str:
        return self.condition.explain(self.value)
