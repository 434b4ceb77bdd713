"""when: {file_touched: {path: /srv/app/tmp/restart.txt}}"""

import os
import time
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.model.units import FullPath

Stamp = tuple[int, int]
"""When the file was changed, in nanoseconds since the epoch, and its inode."""


class Look(NamedTuple):
    """*stamp* is None where there is no file."""

    stamp: Stamp | None
    touched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTouched(Check):
    """Met once for each time that *path* is touched, replaced or made (god: file_touched, which
    missed what was touched during a grace or a slow poll, and met some twice).

    At the first look in a state: if it was touched after the process was launched, for then the
    process may not know, and after the load that brought the check. A file that is missing is not
    touched.
    """

    sudden: ClassVar[bool] = True
    brief: ClassVar[str] = "path"

    path: FullPath

    def measure(self, scene: Scene) -> Look | None:
        stamp = stamp_of(self.path)
        before: Look | None = scene.before
        if stamp is None:
            return Look(None, touched=False)
        if before is None:
            return Look(stamp, touched=is_news(scene, stamp[0] / 1e9))
        return Look(stamp, touched=stamp != before.stamp)

    def met(self, value: Look) -> bool:
        return value.touched

    def show(self, value: Look) -> str:
        if value.stamp is None:
            return "missing"
        return "touched" if value.touched else "untouched"

    def explain(self, value: Look) -> str:
        return f"{self.path} was touched"

    def limit(self) -> str:
        return "any touch"


def stamp_of(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def is_news(scene: Scene, touched: float) -> bool:
    """Whether the process may not have seen what was touched at that moment (seconds since the
    epoch). A restart command may leave the process as it is; it has seen the file all the same.
    """
    if scene.process is None:
        return False
    now = time.time()
    launched = max(scene.process.began, scene.launched or 0.0, scene.loaded)
    return now - (time.clock_gettime(time.CLOCK_BOOTTIME) - launched) < touched <= now
