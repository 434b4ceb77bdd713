"""What each user may take of the daemon."""

import os
import threading

import pytest

from overseer.control import limits
from overseer.control.limits import EACH, OFTEN, OTHERS, OWN, WITHIN, Connections, Work
from overseer.control.peer import Peer

pytestmark = pytest.mark.field("S11")
ROOT = Peer(0, 0, "root")
SOON = 30.0


def user(number: int) -> Peer:
    return Peer(4_000_000 + number, 4_000_000, "somebody")


def test_a_user_has_some_connections_and_no_more() -> None:
    connections = Connections()

    assert [connections.enter(user(1)) for _ in range(EACH)] == [""] * EACH
    assert "8 connections of yours" in connections.enter(user(1))
    assert connections.enter(user(2)) == ""
    connections.leave(user(1))
    assert connections.enter(user(1)) == ""


def test_all_users_together_leave_root_its_own() -> None:
    connections = Connections()
    entered = [connections.enter(user(number)) for number in range(1000)]

    assert entered.count("") == OTHERS
    assert [connections.enter(ROOT) for _ in range(OWN)] == [""] * OWN
    assert "of root" in connections.enter(ROOT)


def test_who_connects_without_end_is_refused_for_a_while() -> None:
    now = 100.0
    connections = Connections(lambda: now)

    for _ in range(OFTEN):
        assert connections.enter(user(1)) == ""
        connections.leave(user(1))
    assert "too often" in connections.enter(user(1))
    assert connections.enter(user(2)) == ""
    now += WITHIN
    assert connections.enter(user(1)) == ""


def test_nothing_is_kept_of_users_who_came_once() -> None:
    now = 100.0
    connections = Connections(lambda: now)

    for number in range(10_000):
        now += 1.0
        connections.enter(user(number))
        connections.leave(user(number))

    assert len(connections._made) <= OTHERS + 1
    assert not connections._open


def test_of_a_user_one_request_is_worked_at_and_two_of_all() -> None:
    work, most, at_work = Work(lambda _: None), 0, 0
    users: list[int] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        nonlocal most, at_work
        for _ in range(20):
            turn = work.turn(user(number))
            turn.begin()
            with lock:
                assert number not in users
                users.append(number)
                most = max(most, len(users))
            os.sched_yield()
            with lock:
                users.remove(number)
            turn.end()

    threads = [threading.Thread(target=ask, args=(number % 5,)) for number in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SOON)

    assert not any(one.is_alive() for one in threads)
    assert 1 <= most <= limits.AT_WORK
    assert not work._users


def test_root_waits_for_nobody() -> None:
    work = Work()
    held = [work.turn(user(number)) for number in range(limits.AT_WORK)]
    for turn in held:
        turn.begin()

    work.turn(ROOT).begin()

    for turn in held:
        turn.end()


def test_what_a_request_has_cost_is_rested_from() -> None:
    rested: list[float] = []
    turn = Work(rested.append).turn(user(1))

    turn.begin()
    sum(range(300_000))
    turn.end()
    turn.end()  # has nothing to give back

    assert len(rested) == 1
    assert 0 < rested[0] <= limits.LONGEST_REST
