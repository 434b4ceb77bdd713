"""Conditions about host, files and process, as a watch file writes them."""

from collections.abc import Callable

import pytest

from overseer.conditions.base import Times
from overseer.conditions.dead_count import DeadCount
from overseer.conditions.disk_usage import DiskUsage
from overseer.conditions.file_touched import FileTouched
from overseer.conditions.heartbeat import Heartbeat
from overseer.conditions.load_average import LoadAverage
from overseer.conditions.log_match import LogMatch
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.oldest_due import OldestDue
from overseer.conditions.open_files import OpenFiles
from overseer.model.usage import Metric
from overseer.model.watch import Watch

MakeWatch = Callable[..., Watch]


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        (
            "disk_usage: {mount_point: /var, above: 90%, free_below: 5GB, timeout: 3s}",
            DiskUsage(mount_point="/var", above=90.0, free_below=5 * 2**30, timeout=3.0),
        ),
        ("load_average: {above: 8, minutes: 5}", LoadAverage(above=8.0, minutes=5)),
        ("open_files: 900", OpenFiles(above=900)),
        ("heartbeat: /run/web.beat", Heartbeat(file="/run/web.beat")),
        (
            "oldest_due: {file: /srv/beat, above: 20m, stuck: true}",
            OldestDue(file="/srv/beat", above=1200.0, stuck=True),
        ),
        ("dead_count: /srv/beat", DeadCount(file="/srv/beat", above=0)),
        (
            "memory_usage: {above: 1MB, metric: uss}",
            MemoryUsage(above=2**20, metric=Metric.USS),
        ),
    ],
)
def test_options_are_read_in_their_units(watch: MakeWatch, written: str, condition: object) -> None:
    (row,) = [row for row in watch(f"alert_if: {{{written}}}").transitions if row.to is None]

    assert row.when == condition


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("file_touched: /srv/restart.txt", FileTouched(path="/srv/restart.txt")),
        (
            "log_match: {path: /var/log/web.log, pattern: 'FATAL|PANIC'}",
            LogMatch(path="/var/log/web.log", pattern="FATAL|PANIC"),
        ),
        ("open_files: {above: 900}", OpenFiles(above=900, times=Times(3, 5))),
    ],
)
def test_what_happens_once_is_not_waited_for_three_times(
    watch: MakeWatch, written: str, condition: object
) -> None:
    (row,) = [row for row in watch(f"restart_if: {{{written}}}").transitions if row.to == "restart"]

    assert row.when == condition


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(
            "disk_usage: {above: 90%}",
            "disk_usage: mount_point is missing; write mount_point: /a/full/path",
            marks=pytest.mark.case(113),
        ),
        pytest.param(
            "disk_usage: {mount_point: /}",
            "disk_usage: above is missing; write above: 90%, or free_below, or inodes_above",
            marks=pytest.mark.case(113),
        ),
        ("disk_usage: {mount_point: var, above: 90%}", "'var' is no full path; begin with /"),
        ("disk_usage: {mount_point: /, above: 90}", "above: '90' is not understood; write 90%"),
        ("swap: 100%", "swap: '100%' is not understood; write 90%"),
        ("host_memory: {}", "host_memory: no limit; write available_below: 500MB, or above: 90%"),
        ("load_average: {above: 8, minutes: 3}", "minutes: 3 is kept by no kernel; write 1, 5"),
        ("children: {}", "children: neither above nor below; write above: 50, or below: 2"),
        ("children: {above: 2, below: 4}", "above: 2 is less than below; write a larger one"),
        ("log_match: {path: /x, pattern: 'a(b'}", "pattern: 'a(b' is no regular expression: mis"),
        ("file_mtime: {path: /x}", "file_mtime: max_age is missing; write max_age: 30s or 5m"),
        ("file_touched: ~", "file_touched: path is missing; write path: /a/full/path"),
        ("memory_usage: {above: 1MB, metric: vsz}", "'vsz' is not understood; write rss or pss or"),
    ],
)
def test_what_is_missing_or_wrong_is_told_with_what_to_write(
    problems: Callable[..., list[str]], written: str, said: str
) -> None:
    (problem,) = problems(f"watches: {{web: {{command: x, alert_if: {{{written}}}}}}}")

    assert said in problem
