"""Waiting until watches are where somebody wants them."""

from collections.abc import Callable

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.conditions.process_exits import ProcessExits
from overseer.model.process import Exit
from overseer.model.transition import Transition


class Waiter(Operator):
    """Something happens while it waits."""

    def __init__(self, daemon: Daemon, *happenings: Callable[[], object]) -> None:
        super().__init__(daemon.desk, "bob")
        self._happenings = list(happenings)

    def gone(self, patience: float = 0.0) -> bool:
        if not self._happenings:
            return True
        self._happenings.pop(0)()
        return False

    def begin_stream(self) -> None:
        pass


def test_what_is_so_already_is_answered_at_once(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))
    pid = daemon.pids()["web"]

    assert alice.ask("wait", names=["web"])["code"] == 0
    assert alice.said == [f"web: up, pid {pid}"]
    assert alice.ask("wait", names=["db"], **{"for": "down"})["code"] == 0
    assert alice.ask("wait", names=["db"], **{"for": "unmonitored"})["code"] == 0


def test_it_waits_whoever_brings_it_up(daemon: Daemon) -> None:
    daemon.begins(watch("web", autostart=False))
    bob = Waiter(daemon, lambda: daemon.alice.ask("start", names=["web"]))

    assert bob.ask("wait", names=["web"])["code"] == 0
    assert len(bob.said) == 1


def test_all_have_to_be_so_at_the_same_time(daemon: Daemon) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))
    alice = daemon.alice
    bob = Waiter(
        daemon,
        lambda: alice.ask("stop", names=["web"]),
        lambda: alice.ask("start", names=["db"]),
        lambda: alice.ask("start", names=["web"]),
    )

    assert bob.ask("wait", all=True)["code"] == 0
    assert [line.split(":")[0] for line in bob.said] == ["web", "db", "web"]


def later(daemon: Daemon, seconds: float) -> Callable[[], None]:
    def pass_by() -> None:
        daemon.clock.time += seconds

    return pass_by


def test_when_time_is_over_it_says_where_they_are_instead(daemon: Daemon) -> None:
    daemon.begins(watch("web", autostart=False), watch("db"))
    bob = Waiter(daemon, later(daemon, 61))

    answer = bob.ask("wait", all=True, timeout=60.0)

    assert (answer["code"], answer["missing"]) == (3, ["web"])
    assert answer["error"] == "not up after 1m: web (unmonitored)"


def test_not_down_in_time_is_a_failure_and_not_about_being_up(daemon: Daemon) -> None:
    daemon.begins(watch("web"))

    assert Waiter(daemon).ask("wait", names=["web"], timeout=0, **{"for": "down"})["code"] == 1


def test_a_watch_that_is_removed_ends_the_wait(daemon: Daemon) -> None:
    daemon.begins(watch("web", autostart=False))
    bob = Waiter(daemon, lambda: daemon.alice.ask("remove", names=["web"], how="leave"))

    answer = bob.ask("wait", names=["web"])

    assert (answer["code"], answer["error"]) == (3, "not up: web (the watch is gone)")


def test_a_job_that_has_ended_as_expected_counts_as_up(daemon: Daemon, alice: Operator) -> None:
    once = (Transition(("start", "up"), ProcessExits(expected=True), "stop"),)
    job = watch("job")
    daemon.begins(watch("job", transitions=(*job.transitions[:2], *once)))
    daemon.processes.die(daemon.pids()["job"], Exit(code=0))

    assert alice.ask("wait", names=["job"])["code"] == 0
    assert alice.said == ["job: completed"]


@pytest.mark.field("A4")
def test_a_job_that_has_failed_ends_the_wait_for_its_completion(daemon: Daemon) -> None:
    job = watch("job")
    stops = Transition(("start", "up"), ProcessExits(), "stop")
    daemon.begins(watch("job", transitions=(*job.transitions[:2], stops)))
    bob = Waiter(daemon, lambda: daemon.processes.die(daemon.pids()["job"], Exit(code=7)))

    answer = bob.ask("wait", names=["job"], **{"for": "completed"})

    assert (answer["code"], answer["error"]) == (1, "not completed: job (failed: exit code 7)")


@pytest.mark.parametrize(("fields", "code"), [({"for": "nice"}, 2), ({"names": ["nosuch"]}, 4)])
def test_what_cannot_be_waited_for_is_said(
    daemon: Daemon, alice: Operator, fields: dict[str, object], code: int
) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("wait", **{"names": ["web"], **fields})["code"] == code
    assert alice.ask("wait")["code"] == 2
