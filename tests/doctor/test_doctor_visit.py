"""The whole visit: with a daemon, with one that is not ours, without any."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from overseer.control.client import Client
from overseer.control.protocol import Answer, Hear
from overseer.doctor import daemon
from overseer.doctor.finding import Finding, Level
from overseer.doctor.visit import visit
from overseer.errors import NoDaemon, Refused
from overseer.paths import Paths

Found = dict[str, Finding]


class Scripted(Client):
    def __init__(self, *answers: Answer, error: Exception | None = None) -> None:
        super().__init__("/nowhere")
        self.answers, self.error = answers, error

    def ask(
        self, do: str, fields: Mapping[str, object] | None = None, hear: Hear | None = None
    ) -> Answer:
        if self.error:
            raise self.error
        for one in self.answers[:-1]:
            assert hear
            hear(one)
        return self.answers[-1]


@pytest.fixture
def where(tmp_path: Path) -> Paths:
    state = str(tmp_path / "state")
    return Paths(state, f"{state}/overseer.sock", f"{state}/log", str(tmp_path / "overseer.yml"))


def health(where: Paths, **more: object) -> Answer:
    facts = {
        "version": "1.0",
        "pid": os.getpid(),
        "since": "2026-11-23T15:40:08+01:00",
        "socket": where.socket,
        "access": "",
        "python": [3, 11, 9],
        "state_dir": where.state_dir,
        "log_dir": where.log_dir,
        "trouble": "",
        "undelivered": "",
        "left_over": [],
        "watches": 2,
        "files": [],
        "load": {"changes": [], "problems": []},
    }
    return {"done": True, "code": 0, "health": facts | more}


def seen(client: Client, where: Paths) -> Found:
    return {one.check: one for one in visit(client, where, "1.0")}


def test_without_a_daemon_the_file_it_would_run_and_the_machine_are_looked_at(
    where: Paths, tmp_path: Path
) -> None:
    Path(where.config).write_text("watches: {web: {command: sleep 1, user: '0'}}\n")

    found = seen(Scripted(error=NoDaemon("nobody answers")), where)

    assert found["daemon"].level is Level.PROBLEM
    assert found["watch files"].said.startswith("1 file, readable")
    assert found["state folder"].level is Level.OK
    assert found["contact"].said == "nobody is told of anything"
    assert "2 watches" not in found["open files"].said


def test_without_a_daemon_problems_of_the_file_are_counted(where: Paths) -> None:
    Path(where.config).write_text("watches: {web: {command: /bin/a, comand: sleep 1, stopp: x}}\n")

    found = seen(Scripted(error=NoDaemon("nobody answers")), where)

    assert found["watch files"].level is Level.PROBLEM
    assert "(and 1 more)" in found["watch files"].said


def test_a_socket_that_is_not_ours_to_use_is_a_problem(where: Paths) -> None:
    found = seen(Scripted(error=Refused("you may not use this socket")), where)

    assert found["daemon"].level is Level.PROBLEM
    assert "kernel" in found


def test_a_daemon_that_is_well(where: Paths) -> None:
    heard = {"contact": "ops", "said": "mail.example answers", "answers": True}

    found = seen(Scripted(heard, health(where)), where)

    assert found["daemon"].level is Level.OK
    assert found["version"].said == "1.0, the daemon's too"
    assert found["contact"] == Finding(Level.OK, "contact", "ops: mail.example answers")
    assert found["state"].level is found["alerts"].level is Level.OK


@pytest.mark.parametrize(
    ("more", "check", "level", "said"),
    [
        ({"version": "0.9"}, "version", Level.WARNING, "the daemon is 0.9"),
        ({"trouble": "disk full"}, "state", Level.PROBLEM, "disk full"),
        ({"undelivered": "2 alerts lost"}, "alerts", Level.PROBLEM, "2 alerts lost"),
        (
            {"left_over": [{"name": "old", "pid": 7, "gone": True, "command": ""}]},
            "left over",
            Level.WARNING,
            "old (pid 7) runs",
        ),
        (
            {"left_over": [{"name": "", "pid": 7, "gone": True, "command": "sleep"}]},
            "left over",
            Level.WARNING,
            "pid 7, sleep runs: a child of overseer that belongs to no watch",
        ),
        ({"files": []}, "loaded", Level.WARNING, "no watch file"),
        (
            {"files": ["/a.yml"], "load": {"changes": ["web"], "problems": []}},
            "loaded",
            Level.WARNING,
            "changed since they were loaded: web",
        ),
        (
            {"load": {"changes": [], "problems": ["a.yml:1:1: no", "a.yml:2:1: no"]}},
            "loaded",
            Level.PROBLEM,
            "a.yml:1:1: no (and 1 more)",
        ),
    ],
)
def test_what_the_daemon_says_of_itself(
    where: Paths, more: dict[str, Any], check: str, level: Level, said: str
) -> None:
    found = seen(Scripted(health(where, **more)), where)[check]

    assert found.level is level
    assert said in found.said
    assert found.do


def test_a_contact_whose_server_does_not_answer_is_a_problem(where: Paths) -> None:
    heard = {"contact": "ops", "said": "connection refused", "answers": False}

    found = seen(Scripted(heard, health(where)), where)["contact"]

    assert (found.level, found.said) == (Level.PROBLEM, "ops: connection refused")
    assert "overseer contacts test ops" in found.do


def test_a_daemon_of_before_is_told_as_such(where: Paths) -> None:
    old = {"done": True, "code": 2, "error": "do: 'doctor' is not one of"}

    assert seen(Scripted(old), where)["daemon"].level is Level.WARNING


def test_a_socket_is_open_to_whom_settings_name_and_to_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "o.sock"
    path.write_text("")
    path.chmod(0o666)

    assert daemon.socket(str(path), os.getpid()).level is Level.PROBLEM
    path.chmod(0o660)
    assert daemon.socket(str(path), os.getpid()).level is Level.PROBLEM
    assert daemon.socket(str(path), os.getpid(), os.getgid()).level is Level.OK
    assert daemon.socket(str(path), os.getpid(), os.getgid() + 1).level is Level.PROBLEM
    path.chmod(0o600)
    assert daemon.socket(str(path), os.getpid()).level is Level.OK
    assert daemon.socket(str(path), os.getpid(), os.getgid()).level is Level.PROBLEM
    tmp_path.chmod(0o777)
    assert daemon.socket(str(path), os.getpid()).level is Level.PROBLEM
    assert daemon.socket(str(tmp_path / "gone"), os.getpid()).level is Level.PROBLEM
