"""Relays in their order: one that is down is passed over, all of them down is trouble."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from pieces import job

from overseer.mail.relays import FEW_DOUBTS, FIRST_REST, LONGEST_REST, PROBE, Courier, Relays
from overseer.mail.server import Server
from overseer.mail.smtp import Courier as SmtpCourier
from overseer.outbox.parcel import Fate, Verdict, dead, down, interrupted, retry, sent


@dataclass
class World:
    """What each relay answers, a clock, and who was asked."""

    says: dict[str, Verdict] = field(default_factory=dict)
    doubtful: bool = False
    now: float = 1000.0
    asked: list[str] = field(default_factory=list)


class Pretended(SmtpCourier):
    def __init__(self, server: Server, world: World) -> None:
        super().__init__(server)
        self._world = world
        self._name = server.host

    def deliver(self, one: object) -> Verdict:
        self._world.asked.append(self._name)
        verdict = self._world.says.get(self._name, sent("250 taken", 250))
        self.in_doubt = self._world.doubtful and verdict.fate is Fate.INTERRUPTED
        return verdict


@pytest.fixture
def world() -> World:
    return World()


Make = Callable[[], Courier]


@pytest.fixture
def hire(world: World) -> Make:
    """Senders who share what they know of the relays a and b."""
    relays = Relays(2, lambda: world.now)
    servers = (Server(host="a"), Server(host="b"))
    return lambda: Courier(servers, relays, lambda server: Pretended(server, world))


def test_the_first_relay_takes_all_while_it_answers(hire: Make, world: World) -> None:
    sender = hire()

    assert [sender.deliver(job()).fate for _ in range(3)] == [Fate.SENT] * 3
    assert world.asked == ["a", "a", "a"]


def test_where_it_is_down_the_next_takes_the_mail(hire: Make, world: World) -> None:
    world.says["a"] = down("a:25: Connection refused")

    assert hire().deliver(job()).fate is Fate.SENT
    assert world.asked == ["a", "b"]


def test_one_that_is_down_is_passed_over_for_a_while_by_all_senders(
    hire: Make, world: World
) -> None:
    world.says["a"] = down("a:25: Connection refused")
    hire().deliver(job())
    world.asked.clear()

    hire().deliver(job())
    world.now += FIRST_REST - 1
    hire().deliver(job())

    assert world.asked == ["b", "b"]


def test_when_that_is_over_one_sender_finds_out(hire: Make, world: World) -> None:
    world.says["a"] = down("a:25: Connection refused")
    hire().deliver(job())
    del world.says["a"]
    world.now += FIRST_REST
    relays = hire()._relays

    first, meanwhile = relays.to_try(), relays.to_try()
    relays.answers(0)

    assert (first, meanwhile, relays.to_try()) == ([0, 1], [1, 0], [0, 1])


def test_it_is_passed_over_longer_each_time_but_not_for_ever(world: World) -> None:
    relays = Relays(2, lambda: world.now)
    rests = []
    for _ in range(6):
        relays.is_down(0)
        began = world.now
        while relays.to_try()[0] == 1:
            world.now += 1.0
        rests.append(world.now - began)

    assert rests == [30.0, 60.0, 120.0, 240.0, LONGEST_REST, LONGEST_REST]


def test_several_senders_that_find_it_down_at_once_are_one_finding(world: World) -> None:
    relays = Relays(2, lambda: world.now)
    for _ in range(4):
        relays.is_down(0)

    world.now += FIRST_REST

    assert relays.to_try() == [0, 1]
    assert PROBE < FIRST_REST


def test_all_down_is_trouble_that_names_them_all(hire: Make, world: World) -> None:
    world.says = {"a": down("a:25: Connection refused"), "b": down("b:25: 421 busy", 421)}

    verdict = hire().deliver(job())

    assert (verdict.fate, verdict.code) == (Fate.DOWN, 421)
    assert verdict.text == "a:25: Connection refused; b:25: 421 busy"


def test_one_that_was_passed_over_is_asked_before_all_are_called_down(
    hire: Make, world: World
) -> None:
    world.says = {"a": down("a:25: Connection refused")}
    hire().deliver(job())
    world.says = {"b": down("b:25: Connection refused")}

    assert hire().deliver(job()).fate is Fate.SENT


@pytest.mark.parametrize("verdict", [retry("451 later", 451), dead("550 nobody", 550)])
def test_what_a_relay_says_of_a_mail_is_its_last_word(
    hire: Make, world: World, verdict: Verdict
) -> None:
    world.says["a"] = verdict

    assert hire().deliver(job()) == verdict
    assert world.asked == ["a"]


def test_what_may_have_been_taken_is_not_given_to_another_at_once(hire: Make, world: World) -> None:
    world.says["a"] = interrupted("a:25: Connection unexpectedly closed")
    world.doubtful = True

    verdict = hire().deliver(job())

    assert verdict == interrupted("a:25: Connection unexpectedly closed")
    assert world.asked == ["a"]


@pytest.mark.field("L1")
def test_a_mail_that_a_relay_breaks_off_at_goes_by_the_next_and_the_relay_stays(
    hire: Make, world: World
) -> None:
    world.says["a"] = interrupted("a:25: 421 no", 421)
    first = hire().deliver(job())
    del world.says["a"]

    second = hire().deliver(job())

    assert (first.fate, second.fate) == (Fate.SENT, Fate.SENT)
    assert world.asked == ["a", "b", "a"]


def test_a_relay_that_breaks_off_at_all_of_them_is_passed_over(hire: Make, world: World) -> None:
    world.says["a"] = interrupted("a:25: 421 busy", 421)
    for _ in range(FEW_DOUBTS):
        hire().deliver(job())
    world.asked.clear()

    hire().deliver(job())

    assert world.asked == ["b"]


def test_a_mail_that_all_of_them_break_off_at_is_suspected_first(hire: Make, world: World) -> None:
    world.says = {"a": interrupted("a:25: 421 no", 421), "b": down("b:25: Connection refused")}

    verdict = hire().deliver(job())

    assert verdict.fate is Fate.INTERRUPTED
    assert verdict.text == "a:25: 421 no; b:25: Connection refused"
