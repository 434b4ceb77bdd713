"""when: {disk_usage: {mount_point: /var, above: 90%}}"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.model.units import Bytes, FullPath, Share
from overseer.units import show_bytes, show_percent


class Disk(NamedTuple):
    """Shares in percent. *free* is what programs may still write, in bytes. *inodes* is None
    where the file system makes them as they are needed, and cannot run out."""

    used: float
    free: int
    inodes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage(Check):
    """Met when more than *above* of a file system is in use, as df counts (god: disk_usage);
    when less than *free_below* is left; or when more than *inodes_above* of its inodes are taken.

    Unknown where nothing is mounted at *mount_point* (in god: empty, and so never met). A check,
    as a network file system that is away does not answer.
    """

    mount_point: FullPath
    above: Share | None = None
    free_below: Bytes | None = None
    inodes_above: Share | None = None

    def __post_init__(self) -> None:
        if self.above is None and self.free_below is None and self.inodes_above is None:
            raise ValueError("above is missing; write above: 90%, or free_below, or inodes_above")

    def measure(self, scene: Scene) -> Disk | None:
        import psutil

        mounted = {one.mountpoint for one in psutil.disk_partitions(all=True)}
        if os.path.realpath(self.mount_point) not in mounted:
            raise FileNotFoundError(f"nothing is mounted at {self.mount_point}")
        return disk(os.statvfs(self.mount_point))

    def met(self, value: Disk) -> bool:
        return any(self._reasons(value))

    def show(self, value: Disk) -> str:
        said = []
        if self.above is not None:
            said.append(show_percent(value.used))
        if self.free_below is not None:
            said.append(f"{show_bytes(value.free)} free")
        if self.inodes_above is not None and value.inodes is not None:
            said.append(f"{show_percent(value.inodes)} of inodes")
        return ", ".join(said) or "no inodes to run out of"

    def explain(self, value: Disk) -> str:
        return f"{self.mount_point}: {'; '.join(self._reasons(value))}"

    def limit(self) -> str:
        said = []
        if self.above is not None:
            said.append(f"above {show_percent(self.above)}")
        if self.free_below is not None:
            said.append(f"below {show_bytes(self.free_below)} free")
        if self.inodes_above is not None:
            said.append(f"above {show_percent(self.inodes_above)} of inodes")
        return ", ".join(said)

    def _reasons(self, value: Disk) -> Iterator[str]:
        if self.above is not None and value.used > self.above:
            yield f"disk {show_percent(value.used)} full, above {show_percent(self.above)}"
        if self.free_below is not None and value.free < self.free_below:
            yield f"{show_bytes(value.free)} free, below {show_bytes(self.free_below)}"
        inodes, most = value.inodes, self.inodes_above
        if inodes is not None and most is not None and inodes > most:
            yield f"{show_percent(inodes)} of inodes taken, above {show_percent(most)}"


def disk(found: os.statvfs_result) -> Disk:
    """As df counts: what is kept for root is neither used nor free. ValueError where there is
    nothing to count, as in /proc."""
    used, free = found.f_blocks - found.f_bfree, found.f_bavail
    if not used + free:
        raise ValueError("this file system has no size")
    taken, left = found.f_files - found.f_ffree, found.f_favail
    inodes = 100.0 * taken / (taken + left) if found.f_files and taken + left else None
    return Disk(100.0 * used / (used + free), free * found.f_frsize, inodes)
