"""What an operator does to what others depend on."""

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.control.dependants import order_of
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.event import Verb
from overseer.model.state import Goal

STOP = Propagate.STOP


def told(operator: Operator) -> list[str]:
    """Without what is under way."""
    return [line for line in operator.said if not line.endswith("ing")]


@pytest.fixture
def three(daemon: Daemon) -> Daemon:
    """web needs api, and api cannot be without db."""
    daemon.begins(
        watch("web", depends_on=(Dependency("api"),)),
        watch("api", depends_on=(Dependency("db", propagate=STOP),)),
        watch("db"),
    )
    assert daemon.pids().keys() == {"web", "api", "db"}
    return daemon


def test_a_stop_says_who_is_left_without(three: Daemon, alice: Operator) -> None:
    answer = alice.ask("stop", names=["db"])

    assert answer["code"] == 0
    assert told(alice) == [
        "api depends on it and cannot run until it is started again",
        "web depends on it and may run on; --with-dependants stops it too",
        "db: stopped",
    ]
    assert three.pids().keys() == {"web"}


def test_whoever_asks_before_hears_the_same(three: Daemon, alice: Operator) -> None:
    answer = alice.ask("dependants", names=["db"])

    assert (answer["waiting"], answer["running"]) == (["api"], ["web"])
    assert three.pids().keys() == {"web", "api", "db"}


def test_with_dependants_they_end_before_it_and_stay_down(three: Daemon, alice: Operator) -> None:
    answer = alice.ask("stop", names=["db"], dependants=True)

    assert answer["code"] == 0
    assert told(alice) == ["web: stopped", "api: stopped", "db: stopped"]
    assert {three.status(name).goal for name in ("web", "api", "db")} == {Goal.DOWN}
    assert three.status("web").set_words == "db"


def test_a_group_that_was_stopped_so_starts_again_as_one(three: Daemon, alice: Operator) -> None:
    alice.ask("stop", names=["db"], dependants=True)

    answer = alice.ask("start", all=True)

    assert answer["left_out"] == ["db (stopped by alice)"]
    assert {result["say"].split(" to ")[0] for result in answer["results"]} == {
        "web: waiting for api",
        "api: waiting for db",
    }


def test_a_restart_of_several_goes_from_what_is_needed(three: Daemon, alice: Operator) -> None:
    assert alice.ask("restart", all=True)["code"] == 0

    assert [line.split(":")[0] for line in told(alice)] == ["db", "api", "web"]


def test_terminate_ends_nothing_before_what_depends_on_it(three: Daemon, alice: Operator) -> None:
    assert alice.ask("terminate")["code"] == 0

    assert told(alice) == ["web: stopped", "api: stopped", "db: stopped"]
    assert three.status("db").goal is Goal.UP


def test_what_leads_over_something_completed_ends_in_reverse_too() -> None:
    watches = {
        "web": watch("web", depends_on=(Dependency("tables", Need.COMPLETED),)),
        "tables": watch("tables", depends_on=(Dependency("db"),)),
        "db": watch("db"),
    }

    assert order_of(Verb.STOP, watches, watches) == {"tables": {"web"}, "db": {"tables"}}
    assert order_of(Verb.STOP, ("web", "db"), watches) == {"db": {"web"}}


def test_only_what_is_nearest_is_waited_for() -> None:
    watches = {
        "web": watch("web", depends_on=(Dependency("api"), Dependency("db"))),
        "api": watch("api", depends_on=(Dependency("db"),)),
        "db": watch("db", depends_on=(Dependency("setup", Need.COMPLETED),)),
        "setup": watch("setup"),
    }

    assert order_of(Verb.STOP, ("db", "web"), watches) == {"db": {"web"}}
    before = {"api": {"web"}, "db": {"api", "web"}, "setup": {"db"}}
    assert order_of(Verb.STOP, watches, watches) == before
    assert order_of(Verb.RESTART, ("web", "setup"), watches) == {"web": {"setup"}}
    assert order_of(Verb.START, watches, watches) == {}


def test_a_circle_has_an_order_all_the_same() -> None:
    """No file that is read leads to one; what is in force may, while files are changed."""
    watches = {
        "a": watch("a", depends_on=(Dependency("b"),)),
        "b": watch("b", depends_on=(Dependency("a"),)),
    }

    assert len(order_of(Verb.STOP, watches, watches)) == 1
