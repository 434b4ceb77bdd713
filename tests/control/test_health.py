"""What the daemon says of its own health."""

from pathlib import Path

from make_believe_daemon import Daemon, Operator, watch

from overseer.alerts.undelivered import Undelivered
from overseer.errors import Problem


def test_contacts_answer_one_after_another_then_the_rest_is_told(
    daemon: Daemon, alice: Operator, tmp_path: Path
) -> None:
    daemon.begins(watch("web"), watch("db"))
    daemon.contacts = [("dev", "refused", False), ("ops", "answers", True)]

    health = alice.ask("doctor")["health"]

    assert alice.heard == [
        {"contact": "dev", "said": "refused", "answers": False},
        {"contact": "ops", "said": "answers", "answers": True},
    ]
    assert (health["version"], health["pid"], health["watches"]) == ("1.2.3", 1, 2)
    assert health["state_dir"] == str(tmp_path)
    assert health["files"] == ["/etc/o.yml"]
    assert health["load"] == {"changes": [], "problems": []}
    assert (health["trouble"], health["undelivered"], health["left_over"]) == ("", "", [])


def test_trouble_is_told(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.trouble = "state.db cannot be written"
    daemon.undelivered = Undelivered(waiting=2, why="ops: refused")

    health = alice.ask("doctor")["health"]

    assert health["trouble"] == "state.db cannot be written"
    assert health["undelivered"].startswith("2 alerts not delivered yet")


def test_files_that_have_changed_since_are_told_and_nothing_is_changed(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("web", interval=9.0), watch("new"))

    health = alice.ask("doctor")["health"]

    assert health["load"]["changes"] == ["web", "new"]
    assert list(daemon.engine.watches) == ["web"]
    daemon.files.problems.append(Problem("/etc/o.yml", 1, 1, "no"))
    assert alice.ask("doctor")["health"]["load"]["problems"] == ["/etc/o.yml:1:1: no"]
