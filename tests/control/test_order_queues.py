"""Orders that nobody waits for: on disk until each has ended, and gone on with after a kill."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.control.line import Order
from overseer.control.order_queues import OrderQueues
from overseer.control.orders import Orders
from overseer.control.protocol import Answer
from overseer.control.pursuit import Pace, Report
from overseer.control.voice import Voice
from overseer.model.dependency import Dependency
from overseer.model.event import Asked, Verb
from overseer.model.order_queue import OrderQueue, QueuedOrder
from overseer.model.program import Program
from overseer.model.schedule import Plan, Schedule
from overseer.model.state import Goal
from overseer.testing import BOOT

THREE = ("a", "b", "c")


class RecordingOrders(Orders):
    """Follows nothing: says that these have ended, and notes what was on disk when it began."""

    def __init__(self, daemon: Daemon, ended: Sequence[str] = ()) -> None:
        self.daemon = daemon
        self.ended = ended
        self.followed: list[Order] = []
        self.on_disk: list[list[str]] = []
        self.over = threading.Event()

    def follow(self, orders: Sequence[Order], pace: Pace, voice: Voice) -> Report:
        self.followed = list(orders)
        self._note()
        for name in self.ended:
            answer: Answer = {"watch": name, "code": 0}
            voice.say(answer)
            self._note()
        self.over.set()
        return Report()

    def _note(self) -> None:
        self.on_disk.append(
            [one.name for queue in self.daemon.files.queues for one in queue.orders]
        )


def with_three(daemon: Daemon, orders: Orders) -> OrderQueues:
    daemon.begins(*map(watch, THREE))
    return OrderQueues(daemon.engine, daemon.files, orders, BOOT)


def stop(name: str) -> Order:
    return Order(name, Verb.STOP, lambda number: Asked(Verb.STOP, "alice", name, number))


def everything_ends() -> None:
    for thread in threading.enumerate():
        if thread.name == "orders":
            thread.join(20)


@pytest.mark.field("K8")
def test_they_are_on_disk_until_each_has_ended(daemon: Daemon) -> None:
    orders = RecordingOrders(daemon, ended=("a", "b"))
    with_three(daemon, orders).begin([stop(name) for name in THREE], Pace(1))
    everything_ends()

    assert orders.on_disk == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert daemon.files.queues == ()


def queue_of(verb: Verb, *names: str, boot: str = BOOT, request: int = 5) -> OrderQueue:
    orders = tuple(QueuedOrder(name=name, words=name, request=request) for name in names)
    return OrderQueue(id="1", verb=verb, by="alice", boot=boot, orders=orders)


@pytest.mark.field("K8")
def test_the_next_daemon_goes_on_with_what_has_not_ended(daemon: Daemon) -> None:
    orders = RecordingOrders(daemon)
    queues = with_three(daemon, orders)
    daemon.engine.statuses["a"] = replace(daemon.status("a"), request=6)
    daemon.files.queues = (queue_of(Verb.STOP, "a", "b", "gone"),)
    queues.began()
    everything_ends()

    assert [one.name for one in orders.followed] == ["a", "b"]
    assert orders.followed[0].event is None  # it was asked: only its end is waited for
    assert orders.followed[1].event
    assert orders.followed[1].event(7) == Asked(Verb.STOP, "alice", "b", 7)


@pytest.mark.field("K8")
@pytest.mark.parametrize(
    ("verb", "goes_on"), [(Verb.RESTART, False), (Verb.RELOAD, False), (Verb.STOP, True)]
)
def test_what_a_boot_has_done_already_is_not_done_again(
    daemon: Daemon, verb: Verb, goes_on: bool
) -> None:
    orders = RecordingOrders(daemon)
    queues = with_three(daemon, orders)
    daemon.files.queues = (queue_of(verb, *THREE, boot="another"),)
    queues.began()
    everything_ends()

    assert bool(orders.followed) is goes_on
    assert daemon.files.queues == ()


@pytest.mark.field("K8")
def test_a_restart_of_several_is_on_disk_before_it_is_answered(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(*map(watch, THREE))
    before = daemon.pids()
    daemon.processes.ignores_term = True
    daemon.patience = 0.0
    for pretend in daemon.processes.living.values():
        pretend.ignores_term = True
    alice.ask("restart", names=list(THREE), wait=False)
    kept = [one.name for queue in daemon.files.queues for one in queue.orders]

    daemon.patience = 45.0
    daemon.engine.call(lambda: None)  # wakes it
    everything_ends()

    assert kept == list(THREE)
    assert all(pid != before[name] for name, pid in daemon.pids().items())


@pytest.mark.field("K8")
def test_a_stop_of_what_depends_on_each_other_reaches_all(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(
        watch("a"),
        watch("b", depends_on=(Dependency("a"),)),
        watch("c", depends_on=(Dependency("b"),)),
    )
    alice.ask("stop", names=list(THREE), wait=False)
    everything_ends()

    assert {status.goal for status in daemon.store.disk.values()} == {Goal.DOWN}


@pytest.mark.field("K8")
@pytest.mark.parametrize("verb", ["trigger", "reload"])
def test_what_runs_a_command_once_is_answered_when_that_runs(
    daemon: Daemon, alice: Operator, tmp_path: Path, verb: str
) -> None:
    """A daemon that is killed before cannot tell the next one whether it was run."""
    plan = Plan((Schedule("0 0 1 1 *", "Europe/Berlin"),))
    program = Program(command=("/bin/serve",), reload=("/bin/serve", "--reload"))
    daemon.begins(watch("web", program=program, schedule=plan if verb == "trigger" else None))
    daemon.processes.prompt = False
    answers: list[Answer] = []
    asking = threading.Thread(
        target=lambda: answers.append(alice.ask(verb, names=["web"], wait=False))
    )
    asking.start()
    while not daemon.processes.unborn:
        asking.join(0.01)
    asking.join(0.2)
    before = list(answers)

    daemon.processes.prompt = True
    daemon.processes.launch(*daemon.processes.unborn.pop())
    asking.join(20)

    assert before == []
    assert answers[0]["results"][0]["say"] == f"web: {verb} asked for"
