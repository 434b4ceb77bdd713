"""What status shows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.alerts.incident import OpenIncident
from overseer.conditions.base import Reading
from overseer.conditions.process_running import ProcessRunning
from overseer.control.moments import Moments
from overseer.control.office import LeftOver
from overseer.control.why import why
from overseer.core.phase import upcoming
from overseer.model.process import Exit, Process
from overseer.model.said import Doing, Said
from overseer.model.state import START, Hold, Life, Phase
from overseer.model.status import Status

FIELDS = {
    "name",
    "kind",
    "tags",
    "goal",
    "state",
    "phase",
    "pid",
    "since",
    "uptime_s",
    "cpu_percent",
    "memory_bytes",
    "restarts",
    "restarts_asked",
    "reason",
    "note",
    "next",
    "last_exit",
    "held",
    "changed",
    "samples",
    "suspended",
    "ending",
    "incidents",
    "silenced",
    "depends_on",
}


def only(daemon: Daemon, alice: Operator) -> dict[str, object]:
    (one,) = alice.ask("status")["status"]["watches"]
    assert isinstance(one, dict)
    return one


@pytest.mark.case(155)
def test_status_gives_state_and_tags(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", "front"), watch("db", autostart=False))

    web, db = alice.ask("status")["status"]["watches"]

    assert web.keys() == FIELDS
    assert (web["state"], web["phase"], web["tags"]) == ("up", "up", ["front"])
    assert (db["state"], db["phase"], db["pid"]) == ("unmonitored", "unmonitored", None)


def test_status_is_one_object_that_json_takes(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    status = alice.ask("status")["status"]

    assert json.loads(json.dumps(status)) == status
    assert status["version"] == "1.2.3"
    assert status["daemon"]["since"].startswith("2023-11-1")


def test_numbers_of_the_process_come_from_its_last_look(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.readings["web"] = Reading(rss=61 * 2**20, cpu=1.5)
    daemon.clock.time += 60

    web = only(daemon, alice)

    assert (web["memory_bytes"], web["cpu_percent"]) == (61 * 2**20, 1.5)
    assert web["uptime_s"] == pytest.approx(60, abs=5)
    assert web["pid"] == daemon.pids()["web"]


@pytest.mark.parametrize(
    ("exit", "told"),
    [
        (Exit(code=3), {"code": 3}),
        (Exit(signal=9), {"signal": 9}),
        (Exit(), {"unknown": True}),
    ],
)
def test_the_last_exit_is_a_code_a_signal_or_unknown(
    daemon: Daemon, alice: Operator, exit: Exit, told: dict[str, object]
) -> None:
    daemon.begins(watch("web"))
    daemon.processes.die(daemon.pids()["web"], exit)

    last = only(daemon, alice)["last_exit"]

    assert isinstance(last, dict)
    assert last.items() >= told.items()
    assert only(daemon, alice)["restarts"] == 1


def test_what_comes_next_has_a_moment(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.processes.broken = "no such file"
    daemon.begins(watch("web"))
    for _ in range(3):
        daemon.patience = 0.1
        daemon.alice.ask("ping")

    web = only(daemon, alice)

    assert web["phase"] == Phase.BACKOFF
    following = web["next"]
    assert isinstance(following, dict)
    assert following["what"] == "next try"
    assert "no such file" in str(web["note"])
    assert "next try" in str(web["note"])


@pytest.mark.field("D4")
def test_an_open_incident_is_in_the_note_the_code_and_the_why(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"), watch("db"))
    daemon.people.incidents["db"] = [OpenIncident("db.b007.1a", "/: disk 97% full", 40.0)]

    whole = alice.ask("status", names=["db"], full=True)
    (db,) = whole["status"]["watches"]

    assert alice.ask("status")["code"] == 3
    assert whole["code"] == 3
    assert alice.ask("status", names=["web"])["code"] == 0
    assert db["note"] == "incident open: /: disk 97% full"
    assert db["incidents"][0]["id"] == "db.b007.1a"
    assert "An incident is open since" in why(db)
    assert "overseer history --incident db.b007.1a" in why(db)
    assert "Nothing needs to be done" not in why(db)


@pytest.mark.field("D4")
def test_a_process_that_a_signal_has_stopped_is_not_up(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    pid = daemon.pids()["web"]
    daemon.suspended.add(pid)

    answer = alice.ask("status", full=True)
    (web,) = answer["status"]["watches"]

    assert (answer["code"], web["suspended"]) == (3, True)
    assert web["note"] == f"stopped by a signal: kill -CONT {pid}"
    assert f"Type: `kill -CONT {pid}` has its process go on" in why(web)


@pytest.mark.field("D3")
def test_of_what_is_up_only_an_end_that_nobody_asked_for_is_told(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    daemon.processes.die(daemon.pids()["web"], Exit(code=7))
    assert "(exit code 7)" in str(only(daemon, alice)["note"])

    alice.ask("restart", names=["web"])

    web = only(daemon, alice)
    assert (web["phase"], web["note"], web["restarts"]) == ("up", "", 1)


@pytest.mark.field("D3")
def test_that_something_was_stopped_as_asked_is_no_alarm(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    alice.ask("stop", names=["web"])

    assert only(daemon, alice)["note"] == "stopped by alice"


@pytest.mark.field("D3")
def test_until_it_is_ready_the_moment_ahead_is_that_of_giving_up() -> None:
    ready = replace(watch("web"), ready=(ProcessRunning(running=True),), start_timeout=60.0)
    status = Status(
        name="web",
        state=START,
        life=Life.GRACE,
        process=Process(1, 1, "b"),
        due=1.0,
        ready_since=0.0,
    )

    assert upcoming(ready, status) == ("given up if not ready", 60.0)
    assert upcoming(ready, replace(status, ready=(0,))) == ("counts as up", 1.0)


@pytest.mark.field("D3")
def test_who_started_all_that_was_held_is_quoted_so(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    status = daemon.engine.statuses["web"]
    daemon.engine.statuses["web"] = replace(status, hold=Hold.CHECKS, hold_due=10_000.0)

    alice.ask("start", held=True)

    assert daemon.engine.statuses["web"].set_words == "--held"


@pytest.mark.case(156)
def test_the_code_of_status_tells_whether_all_is_as_wanted(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))

    assert alice.ask("status")["code"] == 0
    assert alice.ask("status", names=["web"])["code"] == 0
    assert alice.ask("status", names=["db"])["code"] == 3
    assert alice.ask("status", names=["nosuch"])["code"] == 4


@pytest.mark.case(156)
def test_one_of_many_not_up_is_code_3_however_many(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(*(watch(f"w{n}", "all") for n in range(300)))
    daemon.patience = 0.0
    daemon.processes.broken = "no such file"
    for pid in list(daemon.pids().values()):
        daemon.processes.die(pid, Exit(code=1))

    assert alice.ask("status")["code"] == 3
    assert alice.ask("status", names=["@all"])["code"] == 3


def test_undelivered_alerts_and_left_over_processes_stand_at_the_end(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.notices.append("2 alerts not delivered: connection refused")
    daemon.left_over += [LeftOver("old", 77), LeftOver("", 78, command="sleep")]

    status = alice.ask("status")["status"]

    assert status["notices"] == [
        "2 alerts not delivered: connection refused",
        "left over: old (pid 77)",
        "left over: pid 78 (sleep): a child of overseer that belongs to no watch",
    ]
    assert status["left_over"] == [
        {"name": "old", "pid": 77, "gone": True, "command": ""},
        {"name": "", "pid": 78, "gone": True, "command": "sleep"},
    ]


def test_one_watch_in_full(daemon: Daemon, alice: Operator, tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("one\ntwo\n")
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"))

    (web,) = alice.ask("status", names=["web"], full=True)["status"]["watches"]

    full = web["full"]
    assert full["command"] == "/bin/serve web"
    assert full["origin"] == "/etc/o.yml:1"
    assert full["output"] == ["one", "two"]
    assert full["transitions"][0] == {
        "from": ["init"],
        "when": "process_running running",
        "to": "up",
        "else": "start",
    }
    assert full["program"] == [["command", "/bin/serve web"], ["reload", "1"]]
    assert full["history"][-1]["watch"] == "web"
    assert full["set_by"] == "autostart"
    assert full["set_at"].startswith("2023-11-1")


def test_how_much_of_log_and_history_is_for_the_asker_to_say(
    daemon: Daemon, alice: Operator, tmp_path: Path
) -> None:
    (tmp_path / "web.log").write_text("one\ntwo\nthree\n")
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"))

    answer = alice.ask("status", names=["web"], full=True, lines=2, entries=1)

    full = answer["status"]["watches"][0]["full"]
    assert full["output"] == ["two", "three"]
    assert len(full["history"]) == 1
    assert alice.ask("status", names=["web"], full=True, lines=-1)["code"] == 2


def test_whoever_set_the_goal_is_named_with_words_and_moment(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web", "front"))
    daemon.clock.time += 3600
    alice.ask("stop", names=["@front"])

    (web,) = alice.ask("status", names=["web"], full=True)["status"]["watches"]

    full = web["full"]
    assert (full["set_by"], full["set_words"]) == ("alice", "@front")
    assert full["set_at"] == Moments(daemon.clock).text(daemon.status("web").set_at)


def test_moments_are_told_in_wall_time(daemon: Daemon) -> None:
    moments = Moments(daemon.clock)

    told = moments.text(daemon.clock.now() - 10)

    assert told is not None
    assert told.startswith("2023-11-1")
    assert told[-6] in "+-"
    assert moments.text(None) is None
    assert len(moments.clock_time(daemon.clock.now() + 60)) == len("15:42:07")
    assert moments.clock_time(daemon.clock.now() + 3 * 86400).startswith("2023-11-1")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (Said(status="serving"), ("up", "")),
        (Said(doing=Doing.RELOADING, status="reading again"), ("reloading", "reading again")),
        (Said(doing=Doing.STOPPING), ("stopping", "stopping, it says")),
    ],
)
def test_what_is_up_may_say_that_it_is_busy(
    said: Said, shown: tuple[str, str], daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    daemon.said["web"] = said

    one = only(daemon, alice)
    assert (one["phase"], one["note"]) == shown

    alice.ask("stop", names=["web"])
    assert only(daemon, alice)["phase"] == "stopped"
