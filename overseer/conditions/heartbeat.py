"""when: {heartbeat: {file: /run/worker.beat, max_age: 60s}}"""

import os
import time
from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene
from overseer.conditions.file_mtime import Age, aged
from overseer.model.units import FullPath, Seconds
from overseer.units import show_seconds

MISSING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Check):
    """Met when the process has not touched *file* for longer than *max_age*.

    A file that is missing, or was touched by an earlier process only, is as old as the process:
    each has *max_age* for its first beat. So has one to which a load, or another daemon, brings
    the check: what it did not do before that says nothing.
    """

    needs_process: ClassVar[bool] = True
    brief: ClassVar[str] = "file"

    file: FullPath
    max_age: Seconds = 60.0

    def measure(self, scene: Scene) -> Age | None:
        if scene.process is None:
            return None
        before: Age | None = scene.before
        lived = max(0.0, scene.now - max(scene.process.began, scene.since))
        try:
            touched = os.stat(self.file).st_mtime_ns
            apparent = time.time() - touched / 1e9
        except FileNotFoundError:
            touched, apparent = before.changed if before else MISSING, lived
        age = aged(before, touched, apparent, time.monotonic())
        return age._replace(seconds=min(age.seconds, lived))

    def met(self, value: Age) -> bool:
        return value.seconds > self.max_age

    def show(self, value: Age) -> str:
        return show_seconds(value.seconds)

    def explain(self, value: Age) -> str:
        age, most = show_seconds(value.seconds), show_seconds(self.max_age)
        return f"no heartbeat in {self.file} for {age}, longer than {most}"

    def limit(self) -> str:
        return f"longer than {show_seconds(self.max_age)}"
