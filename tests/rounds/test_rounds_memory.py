"""Memory by RSS, PSS or USS: what costs more is read only where it is asked for."""

import os
import time

import pytest
from test_rounds import MB, Polling, up

from overseer.conditions.base import ticks_of
from overseer.conditions.memory_usage import MemoryUsage
from overseer.model.event import Doubted
from overseer.model.process import Process
from overseer.model.usage import Metric
from overseer.system.probe import LinuxProbe


def polled(condition: MemoryUsage, **weights: int) -> Polling:
    """A process of 101 MB, or of so many by another metric."""
    polling = Polling(up(condition))
    polling.probe.rss = 101 * MB
    polling.probe.weights = {Metric(name): weight for name, weight in weights.items()}
    polling.passes(20)
    return polling


@pytest.mark.design("4.13")
@pytest.mark.parametrize("metric", ["pss", "uss"])
@pytest.mark.parametrize("tree", [False, True])
def test_the_metric_that_is_written_counts(metric: str, tree: bool) -> None:
    condition = MemoryUsage(above=100 * MB, metric=Metric(metric), tree=tree)

    assert polled(condition, **{metric: 99 * MB}).met == []
    met = polled(condition, **{metric: 102 * MB}).met
    assert met[0].reason == f"memory ({metric.upper()}) 102MB, above 100MB"


def test_a_tree_that_is_too_large_only_by_what_it_shares_is_not_met() -> None:
    condition = MemoryUsage(above=100 * MB, tree=True)

    assert polled(condition, pss=99 * MB).met == []
    assert polled(condition, pss=102 * MB).met[0].reason == "memory 102MB, above 100MB"
    assert polled(condition).met[0].reason == "memory 101MB, above 100MB"  # may not be read


def test_rss_that_is_written_is_rss_of_a_tree_too() -> None:
    condition = MemoryUsage(above=100 * MB, tree=True, metric=Metric.RSS)

    assert polled(condition, pss=1 * MB).met != []


def test_a_metric_that_may_not_be_read_is_unknown_and_says_what_to_do() -> None:
    polling = polled(MemoryUsage(above=100 * MB, metric=Metric.PSS))

    doubts = [event for event in polling.heard if isinstance(event, Doubted)]
    assert polling.met == []
    assert "PSS may not be read; run overseer as root" in doubts[0].why


@pytest.mark.parametrize("tree", [False, True])
def test_a_real_process_has_at_most_as_much_of_its_own_as_with_what_it_shares(tree: bool) -> None:
    pid = os.getpid()
    me = Process(pid, ticks_of(pid) or 0, "this boot")
    probe = LinuxProbe()
    probe.survey(time.clock_gettime(time.CLOCK_BOOTTIME) + 10.0)
    usage = probe.read_tree(me) if tree else probe.read(me)

    uss, pss = probe.weigh(me, Metric.USS, tree), probe.weigh(me, Metric.PSS, tree)

    assert usage is not None
    assert uss is not None
    assert pss is not None
    assert 0 < uss <= pss <= usage.rss * 1.1
