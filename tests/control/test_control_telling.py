"""History, log, events, output."""

import os
from pathlib import Path

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.model.process import Exit


@pytest.mark.case(159)
def test_history_is_there_although_nobody_was_listening(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    daemon.processes.die(daemon.pids()["web"], Exit(code=7))

    answer = alice.ask("log", name="wb", limit=100)

    assert answer["code"] == 0
    about, *rest = alice.heard
    lines = [one for one in rest if one != {"caught_up": True}]
    assert about == {"about": ["web"]}
    assert any("exit code 7" in one["say"] for one in lines)
    assert all(one["entry"]["watch"] == "web" for one in lines)


@pytest.mark.case(159)
def test_log_may_be_of_a_tag(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", "front"), watch("api", "front"), watch("db"))

    assert alice.ask("log", name="@front")["code"] == 0
    assert alice.heard[0] == {"about": ["web", "api"]}
    assert {one["entry"]["watch"] for one in alice.heard[1:-1]} == {"web", "api"}
    assert alice.ask("log", name="@back")["code"] == 4


@pytest.mark.case(157)
def test_log_of_an_unknown_name_is_code_4(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("log", name="zzz")["code"] == 4
    assert alice.ask("log")["code"] == 2


def test_history_may_be_of_a_group_and_limited(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", "front"), watch("db"))

    assert alice.ask("history", names=["@front"], limit=2)["count"] == 2
    assert {one["entry"]["watch"] for one in alice.heard} == {"web"}


@pytest.mark.case(159)
def test_what_happens_next_is_told_while_somebody_listens(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    bob = Restarting(daemon)

    bob.ask("history", names=["web"], limit=1, follow=True)

    assert any("restart" in one["say"] for one in bob.heard[2:])


class Restarting(Operator):
    """Hears what has been, has the watch restarted, and leaves after the next few lines."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(daemon.desk, "bob")
        self._daemon = daemon
        self.leaves_after = 4

    def gone(self, patience: float = 0.0) -> bool:
        if self.heard[-1] == {"caught_up": True}:
            self._daemon.clock.time += 1
            self._daemon.alice.ask("restart", names=["web"])
        return super().gone()

    def begin_stream(self) -> None:
        pass


def test_logs_gives_paths_and_lines(daemon: Daemon, alice: Operator, tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("one\ntwo\n")
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"), watch("db"))

    assert alice.ask("logs", names=["web"], lines=1)["code"] == 0
    about, said, end = alice.heard
    assert (about, end) == ({"about": ["web"]}, {"caught_up": True})
    assert (said["watch"], said["says"]) == ("web", ["two"])
    alice.ask("logs", all=True, paths=True)
    assert alice.said == [str(tmp_path / "web.log")]
    assert alice.ask("logs", names=["db"])["code"] == 1


@pytest.mark.field("S10")
def test_what_stands_in_the_place_of_a_log_is_named(
    daemon: Daemon, alice: Operator, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "web.log")
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"))

    for how in ({"lines": 1}, {"whole": True}):
        alice.ask("logs", names=["web"], **how)
        said = f"{tmp_path}/web.log is a pipe: what is written there is not kept"
        assert said in [one.get("say") for one in alice.heard]


@pytest.mark.field("S13")
def test_it_is_said_where_no_more_of_a_log_is_looked_through(
    daemon: Daemon, alice: Operator, tmp_path: Path
) -> None:
    (tmp_path / "web.log").write_bytes(b"x" * 2**21)
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"))

    alice.ask("logs", names=["web"], lines=10**9)

    bound = f"{tmp_path}/web.log: only the last 1MB are looked through"
    said = f"{bound}; --since and --grep look further"
    assert said in [one.get("say") for one in alice.heard]


def test_logs_are_followed_until_the_client_leaves(daemon: Daemon, tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("one\n")
    daemon.logs["web"] = str(log)
    daemon.begins(watch("web"))
    writer = Writing(daemon, log)

    writer.ask("logs", names=["web"], follow=True)

    assert [one.get("says", one.get("say")) for one in writer.heard[1:]] == [["one"], None, "two"]


class Writing(Operator):
    """The log grows while it is read; leaves after two lines."""

    def __init__(self, daemon: Daemon, log: Path) -> None:
        super().__init__(daemon.desk)
        self._log = log
        self.leaves_after = 4

    def gone(self, patience: float = 0.0) -> bool:
        self._log.write_text("one\ntwo\n")
        return super().gone()

    def begin_stream(self) -> None:
        pass


def test_an_incident_is_told_whole_by_its_id(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    daemon.processes.die(daemon.pids()["web"], Exit(code=7))

    answer = alice.ask("incidents", names=["web"], limit=2)
    first = answer["incidents"][0]
    told = alice.ask("history", incident=first["incident"], limit=100)

    assert (first["watch"], first["open"]) == ("web", True)
    assert told["count"] == len(alice.heard) > 2
    assert any(one["entry"]["exit"] == {"code": 7} for one in alice.heard)


def test_an_incident_that_nobody_knows_is_code_4(daemon: Daemon, alice: Operator) -> None:
    answer = alice.ask("history", incident="web.x")

    assert answer["code"] == 4
    assert "`overseer incidents` lists them" in answer["error"]


@pytest.mark.field("D7")
def test_lines_come_with_what_is_known_of_their_times(
    daemon: Daemon, alice: Operator, tmp_path: Path
) -> None:
    log = tmp_path / "web.log"
    log.write_text("one\ntwo\nthree\nfour\n")
    daemon.logs["web"] = str(log)
    daemon.log_times[str(log)] = [(4, 100.0), (14, 200.0)]
    daemon.begins(watch("web"))
    now = daemon.clock.wall()

    alice.ask("logs", names=["web"], whole=True)
    spans = [(one["says"], one["after"], one["before"]) for one in alice.heard if "says" in one]
    alice.ask("logs", names=["web"], whole=True, since=150.0)
    later = [one["says"] for one in alice.heard if "says" in one]

    assert spans == [
        (["one"], None, 100.0), (["two", "three"], 100.0, 200.0), (["four"], 200.0, now),
    ]  # fmt: skip
    assert later == [["two", "three"], ["four"]]


@pytest.mark.field("D7")
def test_gods_log_has_history_and_output(daemon: Daemon, alice: Operator, tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("one\n")
    daemon.logs["web"] = str(tmp_path / "web.log")
    daemon.begins(watch("web"))

    alice.ask("log", name="wb", lines=1, limit=5)

    assert any("entry" in one for one in alice.heard)
    assert any(one.get("says") == ["one"] for one in alice.heard)


@pytest.mark.field("D7")
@pytest.mark.parametrize("do", ["history", "incidents", "logs"])
def test_a_moment_of_today_is_a_moment(do: str, daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    answer = alice.ask(do, names=["web"], since=1_795_952_790.87)

    assert answer["code"] in (0, 1)
    assert "since" not in str(answer.get("error"))
