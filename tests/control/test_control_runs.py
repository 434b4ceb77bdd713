"""What the calendar holds, as the desk tells it."""

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.errors import DONE, FAILED, UNKNOWN_NAME
from overseer.model.event import Scheduled
from overseer.model.process import Exit
from overseer.model.schedule import Plan, Schedule
from overseer.store.runs import RunEntry, entry_of

NIGHTLY = Schedule("30 3 * * *", "Europe/Berlin")


@pytest.fixture(autouse=True)
def _some(daemon: Daemon) -> None:
    daemon.begins(
        watch("backup", "nightly", schedule=Plan((NIGHTLY,), max_run_time=60.0)),
        watch("web", "nightly", restart_at=(Schedule(every=600.0),)),
        watch("db", "nightly"),
    )


def runs_of(daemon: Daemon, name: str) -> list[RunEntry]:
    found = (
        entry_of(watch, daemon.clock.wall(), news)
        for watch, news in daemon.store.news
        if watch == name
    )
    return [one for one in found if one]


def test_all_that_has_moments_and_nothing_else(daemon: Daemon, alice: Operator) -> None:
    daemon.moments["backup"] = daemon.clock.wall() + 90.0
    answer = alice.ask("schedule")

    backup, web = answer["schedule"]
    assert answer["code"] == DONE
    assert (backup["name"], backup["left_s"], backup["last"]) == ("backup", 90.0, None)
    assert backup["moments"] == ["30 3 * * * Europe/Berlin"]
    assert (backup["missed"], backup["overlap"], backup["max_run_time_s"]) == ("run", "skip", 60.0)
    assert (web["name"], web["missed"], web["next"]) == ("web", None, None)
    assert [one["name"] for one in alice.ask("schedule", names=["@nightly"])["schedule"]] == [
        "backup",
        "web",
    ]


def test_the_runs_of_one_that_is_named(daemon: Daemon, alice: Operator) -> None:
    daemon.engine.post("backup", Scheduled("30 3 * * *", 1e9, None, 0.0))
    [pid] = [pid for name, pid in daemon.pids().items() if name == "backup"]
    going = alice.ask("schedule", names=["backup"], runs=5)["schedule"][0]
    assert (going["running"]["by"], going["runs"]) == ("schedule 30 3 * * *", [])

    daemon.processes.die(pid, Exit(3))
    daemon.files.runs_of = lambda name: runs_of(daemon, name)
    [backup] = alice.ask("schedule", names=["backup"], runs=5)["schedule"]

    [run] = backup["runs"]
    assert (run["result"], run["exit"], run["moment"][:10]) == ("failed", {"code": 3}, "2001-09-09")
    assert (backup["running"], backup["phase"]) == (None, "failed")
    assert backup["last"] == {key: run[key] for key in run if key != "output"}


def test_a_restart_of_the_calendar_is_one_too(daemon: Daemon, alice: Operator) -> None:
    daemon.engine.post("web", Scheduled("every 10m", 1e9, 1.0, 0.0))
    daemon.files.runs_of = lambda name: runs_of(daemon, name)

    [web] = alice.ask("schedule", names=["web"])["schedule"]

    assert web["last"]["result"] == "ok"
    assert web["last"]["by"] == "restart_at every 10m"


def test_nothing_follows_for_what_is_stopped(daemon: Daemon, alice: Operator) -> None:
    daemon.moments["backup"] = daemon.clock.wall() + 90.0
    alice.ask("stop", names=["backup"])

    [backup] = alice.ask("schedule", names=["backup"])["schedule"]
    assert (backup["next"], backup["left_s"], backup["phase"]) == (None, None, "stopped")


def test_a_name_without_moments_is_refused(alice: Operator) -> None:
    answer = alice.ask("schedule", names=["db", "backup"])
    assert (answer["code"], answer["error"]) == (
        FAILED,
        "db: has neither `schedule` nor `restart_at`",
    )
    assert alice.ask("schedule", names=["bakup"])["code"] == UNKNOWN_NAME


def test_status_says_what_the_calendar_brings(daemon: Daemon, alice: Operator) -> None:
    for name in ("backup", "web"):
        daemon.moments[name] = daemon.clock.wall() + 90.0

    backup, web, db = alice.ask("status")["status"]["watches"]
    assert (backup["next"]["what"], backup["next"]["in_s"]) == ("next run", 90.0)
    assert backup["note"].startswith("next run ")
    assert (web["next"]["what"], web["note"]) == ("next restart", "")
    assert db["next"] is None

    alice.ask("stop", names=["backup"])
    assert alice.ask("status", names=["backup"])["status"]["watches"][0]["next"] is None
