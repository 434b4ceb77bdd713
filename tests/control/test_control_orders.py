"""Orders, followed until it is known what became of them."""

from functools import partial

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.control.ear import Ear
from overseer.control.line import Order
from overseer.control.orders import Orders
from overseer.control.protocol import Answer, HungUp
from overseer.control.pursuit import Pace
from overseer.control.voice import Silence
from overseer.model.event import Asked, Verb
from overseer.model.status import Status


def order(name: str, verb: Verb = Verb.STOP) -> Order:
    return Order(name, verb, partial(Asked, verb, "alice", name))


def test_requests_are_numbered_on_from_those_of_earlier_daemons(daemon: Daemon) -> None:
    daemon.engine.add(watch("web"), Status(name="web", boot="boot-one", request=41))
    orders = Orders(daemon.engine, daemon.clock, Ear(daemon.engine))

    assert [orders.number("web"), orders.number("web"), orders.number("other")] == [42, 43, 44]


def test_a_watch_that_is_removed_meanwhile_ends_the_waiting(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    daemon.processes.living[daemon.pids()["web"]].ignores_term = True
    daemon.patience = 0.0
    orders = Orders(daemon.engine, daemon.clock, Ear(daemon.engine))

    report = orders.follow([order("web")], Pace(1), Removing(daemon))

    assert report.results[0].say == "web: the watch is gone"
    assert report.code == 1


class Removing:
    """Has the watch removed as soon as it hears of it."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def say(self, _: object) -> None:
        if "web" in self._daemon.engine.watches:
            self._daemon.engine.remove("web")

    def gone(self) -> bool:
        return False


def test_a_later_request_supersedes_an_earlier_one(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    daemon.processes.prompt = False
    daemon.patience = 0.0
    orders = Orders(daemon.engine, daemon.clock, Ear(daemon.engine))

    report = orders.follow([order("web", Verb.START)], Pace(1), Interfering(alice))

    assert report.code == 1
    assert report.results[0].say == "web: stop by alice came in between"


class Interfering:
    """Somebody else has it stopped meanwhile."""

    def __init__(self, other: Operator) -> None:
        self._other = other

    def say(self, _: object) -> None:
        if not self._other.heard:
            self._other.ask("stop", names=["web"], wait=False)
            self._other.say({"say": "asked"})

    def gone(self) -> bool:
        return False


def test_nothing_to_do_is_done(daemon: Daemon) -> None:
    orders = Orders(daemon.engine, daemon.clock, Ear(daemon.engine))

    report = orders.follow([], Pace(1, careful=True), Silence())

    assert (report.code, report.results) == (0, ())


def test_a_listener_that_has_gone_is_called_no_more(daemon: Daemon) -> None:
    heard: list[str] = []
    ear = Ear(daemon.engine)

    def listener(name: str, *_: object) -> None:
        heard.append(name)

    ear.listen(listener)
    daemon.begins(watch("web"))
    count = len(heard)
    ear.forget(listener)
    daemon.alice.ask("stop", names=["web"])

    assert count > 0
    assert len(heard) == count


class Patient:
    """For whom the time of a pause passes as it is said."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self.heard: list[str] = []
        self.here = True

    def say(self, answer: Answer) -> None:
        said = answer.get("say", "")
        self.heard.append(f"{said} at {self._daemon.clock.time - self.began:.0f}")
        if said.startswith("the next in"):
            self._daemon.clock.time += 10.0
            self.here = "web-2" not in self.heard[-2]

    def gone(self) -> bool:
        return not self.here

    def begins(self) -> None:
        self.began = self._daemon.clock.time


@pytest.mark.design("4.19")
def test_there_may_be_a_pause_between_one_and_the_next(daemon: Daemon) -> None:
    """And who has gone by its end is not waited for: the next one is not begun."""
    daemon.begins(watch("web-1"), watch("web-2"), watch("web-3"))
    daemon.patience = 0.0
    orders = Orders(daemon.engine, daemon.clock, Ear(daemon.engine))
    voice = Patient(daemon)
    voice.begins()
    before = daemon.pids()

    with pytest.raises(HungUp):
        orders.follow([order(f"web-{n}") for n in (1, 2, 3)], Pace(1, True, None, 10.0), voice)

    assert voice.heard == [
        " at 0",
        "web-1: stopping at 0",
        "web-1: stopped at 0",
        "the next in 10s at 0",
        "web-2: stopping at 10",
        "web-2: stopped at 10",
        "the next in 10s at 10",
    ]
    assert daemon.pids() == {"web-3": before["web-3"]}
