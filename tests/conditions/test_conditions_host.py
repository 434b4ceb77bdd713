"""Disks, memory and load of the machine."""

import os
from pathlib import Path

import pytest
from scenes import Asking, scene

from overseer.conditions.disk_usage import Disk, DiskUsage, disk
from overseer.conditions.host_memory import HostMemory, Memory
from overseer.conditions.load_average import LoadAverage
from overseer.conditions.swap import Swap

GB = 2**30


def statvfs(
    *, size: int = 1000, left: int = 100, for_root: int = 50, files: int = 100, inodes: int = 40
) -> os.statvfs_result:
    """A file system of so many blocks of 4096 bytes."""
    free = left + for_root
    return os.statvfs_result((4096, 4096, size, free, left, files, inodes, inodes, 0, 255))


@pytest.mark.case(113)
@pytest.mark.parametrize(("used", "met"), [(91.0, True), (90.0, False)])
def test_a_disk_is_too_full_only_above_the_limit(used: float, met: bool) -> None:
    limit = DiskUsage(mount_point="/", above=90.0)

    assert limit.met(Disk(used, GB, None)) is met


def test_a_disk_says_all_that_is_too_much() -> None:
    limit = DiskUsage(mount_point="/var", above=90.0, free_below=5 * GB, inodes_above=95.0)
    value = Disk(91.0, 4 * GB, 96.0)

    assert limit.show(value) == "91%, 4.0GB free, 96% of inodes"
    assert limit.limit() == "above 90%, below 5.0GB free, above 95% of inodes"
    assert limit.explain(value) == (
        "/var: disk 91% full, above 90%; 4.0GB free, below 5.0GB; 96% of inodes taken, above 95%"
    )


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        (DiskUsage(mount_point="/", free_below=5 * GB), Disk(10.0, 5 * GB, None)),
        (DiskUsage(mount_point="/", inodes_above=90.0), Disk(99.0, 0, 90.0)),
        (DiskUsage(mount_point="/", inodes_above=90.0), Disk(99.0, 0, None)),
    ],
)
def test_a_disk_at_its_limit_is_not_beyond_it(limit: DiskUsage, value: Disk) -> None:
    assert not limit.met(value)


def test_a_disk_is_counted_as_df_does() -> None:
    found = disk(statvfs(size=1000, left=100, for_root=50))

    assert found.used == pytest.approx(100 * 850 / 950)
    assert found.free == 100 * 4096


def test_inodes_that_are_made_as_needed_do_not_run_out() -> None:
    assert disk(statvfs(files=0, inodes=0)).inodes is None
    assert disk(statvfs(files=100, inodes=40)).inodes == 60.0


def test_the_disk_of_this_machine_has_something_on_it() -> None:
    value = DiskUsage(mount_point="/", above=90.0).measure(scene())

    assert value is not None
    assert 0 < value.used <= 100


@pytest.mark.parametrize("name", ["", "not-there"])
def test_a_disk_that_is_not_mounted_is_unknown(tmp_path: Path, name: str) -> None:
    place = tmp_path / name

    with pytest.raises(FileNotFoundError, match=f"^nothing is mounted at {place}$"):
        DiskUsage(mount_point=str(place), above=90.0).measure(scene())


def test_what_has_no_size_is_unknown() -> None:
    with pytest.raises(ValueError, match="no size"):
        DiskUsage(mount_point="/proc", above=90.0).measure(scene())


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        (HostMemory(available_below=GB), "host memory 512MB available, below 1.0GB"),
        (HostMemory(above=90.0), "host memory 95% in use, above 90%"),
        (HostMemory(above=90.0, available_below=GB), "host memory 512MB available, below 1.0GB"),
        (HostMemory(above=90.0, available_below=1), "host memory 95% in use, above 90%"),
        (HostMemory(above=95.0), None),
        (HostMemory(available_below=GB // 2), None),
    ],
)
def test_host_memory_is_judged_by_what_is_left_or_in_use(
    limit: HostMemory, reason: str | None
) -> None:
    value = Memory(GB // 2, 95.0)

    assert (limit.explain(value) if limit.met(value) else None) == reason


def test_the_memory_of_this_machine_is_in_use() -> None:
    asking = Asking(HostMemory(above=0.0))

    assert asking.look()
    assert "available" in asking.shown


def test_swap_is_measured_as_a_share() -> None:
    asking = Asking(Swap(above=99.9))

    assert not asking.look() or asking.value <= 100
    assert Swap(above=50.0).explain(60.0) == "swap 60% in use, above 50%"


def test_load_is_that_of_so_many_minutes_or_of_one_processor() -> None:
    of_all, of_one = Asking(LoadAverage(above=1e6)), Asking(LoadAverage(above=1e6, per_cpu=True))

    assert not of_all.look()
    assert not of_one.look()
    assert of_one.value <= of_all.value + 1
    assert LoadAverage(above=8.0, minutes=5).explain(9.5) == "load 9.50, above 8"
