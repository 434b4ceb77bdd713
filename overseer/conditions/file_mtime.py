"""when: {file_mtime: {path: /var/backups/db.dump, max_age: 26h}}"""

import os
import time
from dataclasses import dataclass
from typing import NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.model.units import FullPath, Seconds
from overseer.units import show_seconds


class Age(NamedTuple):
    """Seconds since a file was changed. *changed* is its mtime in nanoseconds; *at* is the
    moment of the look, on a clock that neither a suspend nor an operator moves."""

    changed: int
    seconds: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMtime(Check):
    """Met when *path* has not been changed for longer than *max_age* (god: file_mtime).

    Unknown where it is missing. Once it has been seen its age counts from the last change seen,
    so that neither a suspend nor a step of the clock makes it old.
    """

    path: FullPath
    max_age: Seconds

    def measure(self, scene: Scene) -> Age | None:
        try:
            changed = os.stat(self.path).st_mtime_ns
        except FileNotFoundError:
            raise FileNotFoundError(f"there is no file {self.path}") from None
        return aged(scene.before, changed, time.time() - changed / 1e9, time.monotonic())

    def met(self, value: Age) -> bool:
        return value.seconds > self.max_age

    def show(self, value: Age) -> str:
        return show_seconds(value.seconds)

    def explain(self, value: Age) -> str:
        age, most = show_seconds(value.seconds), show_seconds(self.max_age)
        return f"{self.path} unchanged for {age}, longer than {most}"

    def limit(self) -> str:
        return f"longer than {show_seconds(self.max_age)}"


def aged(before: Age | None, changed: int, apparent: float, at: float) -> Age:
    """The age now; *apparent* is what the clock on the wall makes of it. It is believed of a file
    that is seen for the first time, and of one that was set back; for what changed since the last
    look it cannot have been longer ago than that."""
    apparent = max(0.0, apparent)
    if before is None or changed < before.changed:
        return Age(changed, apparent, at)
    since = at - before.at
    if changed == before.changed:
        return Age(changed, before.seconds + since, at)
    return Age(changed, min(apparent, since), at)
