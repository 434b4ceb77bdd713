"""load: a plan that somebody may look at, and then exactly that plan or nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.errors import Problem
from overseer.model.process import Exit
from overseer.model.state import Goal, Life
from overseer.model.watch import Origin, Watch

pytestmark = pytest.mark.design("4.15")
FILE = "/etc/o.yml"


def changed(name: str, **program: Any) -> Watch:
    plain = watch(name)
    return replace(plain, program=replace(plain.program, **program))


def load(alice: Operator, *files: str, **how: object) -> dict[str, Any]:
    """Plan, and apply without a question."""
    plan = alice.ask("plan", files=list(files), cwd="/etc", **how)
    return alice.ask("apply", plan=plan["plan"]) if plan.get("plan") else plan


@pytest.mark.case(171)
def test_a_new_watch_is_loaded_started_and_listed(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("db"), watch("lazy", autostart=False))

    answer = load(alice, FILE)

    assert answer["code"] == 0
    assert [one["say"] for one in answer["results"]] == [
        "lazy: added, nothing is started or stopped",
        f"db: up, pid {daemon.pids()['db']}",
    ]
    assert set(daemon.pids()) == {"web", "db"}
    assert daemon.files.configured


@pytest.mark.case(178)
def test_a_load_without_changes_changes_nothing(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    before = daemon.status("web")

    plan = alice.ask("plan", files=[FILE])

    assert (plan["plan"], plan["text"], plan["asks"]) == (None, ["nothing to do"], False)
    assert daemon.status("web") is before


@pytest.mark.case(175)
def test_a_changed_command_is_planned_shown_and_applied(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    before = daemon.pids()
    daemon.files.write(changed("web", command=("/bin/new",)))

    plan = alice.ask("plan", files=[FILE])

    assert plan["asks"]
    assert plan["text"][0] == "web: changed (will be restarted)"
    assert daemon.pids() == before
    assert alice.ask("apply", plan=plan["plan"])["code"] == 0
    assert daemon.pids()["db"] == before["db"]
    assert daemon.pids()["web"] != before["web"]
    assert daemon.engine.watches["web"].program.command == ("/bin/new",)


@pytest.mark.case(175)
def test_a_restart_may_be_put_off(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    before = daemon.pids()
    daemon.files.write(changed("web", command=("/bin/new",)))

    plan = alice.ask("plan", files=[FILE], restart="later")

    assert not plan["asks"]
    assert alice.ask("apply", plan=plan["plan"])["code"] == 0
    assert daemon.pids() == before


@pytest.mark.design("4.19")
def test_restarts_of_a_load_go_one_after_another(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("a"), watch("b"), watch("c"))
    before = daemon.pids()
    daemon.processes.broken = "no such file"
    daemon.files.write(*(changed(name, dir="/srv") for name in "abc"))

    answer = load(alice, FILE)

    assert answer["code"] == 3
    assert answer["untouched"] == ["b", "c"]
    assert {name: daemon.pids()[name] for name in "bc"} == {name: before[name] for name in "bc"}


def test_restarts_of_a_load_go_at_once_where_asked(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("a"), watch("b"))
    before = daemon.pids()
    daemon.files.write(changed("a", dir="/srv"), changed("b", dir="/srv"))

    assert load(alice, FILE, restart="now")["code"] == 0
    assert not set(before.values()) & set(daemon.pids().values())


@pytest.mark.case(176)
def test_what_is_unmonitored_stays_so(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    alice.ask("unmonitor", names=["web"])
    before = daemon.pids()
    daemon.files.write(changed("web", dir="/srv"))

    assert load(alice, FILE)["code"] == 0
    assert daemon.status("web").goal is Goal.UNMONITORED
    assert daemon.pids() == before


@pytest.mark.case(174)
def test_a_problem_anywhere_changes_nothing(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    before = dict(daemon.engine.statuses)
    daemon.files.write(changed("web", dir="/srv"), watch("db"))
    daemon.files.problems = [
        Problem(FILE, 9, 3, "'intervall' is unknown; did you mean 'interval'?"),
        Problem(FILE, 2, 1, "two watches are called 'db'"),
    ]

    answer = alice.ask("plan", files=[FILE])

    assert answer["code"] == 6
    assert answer["error"].splitlines() == [
        f"{FILE}:2:1: two watches are called 'db'",
        f"{FILE}:9:3: 'intervall' is unknown; did you mean 'interval'?",
        "nothing was changed",
    ]
    assert [one["line"] for one in answer["problems"]] == [2, 9]
    assert daemon.engine.statuses == before


@pytest.mark.parametrize(("gone", "lives"), [("stop", False), ("keep", True), ("remove", True)])
def test_a_watch_that_is_gone_is_forgotten_with_its_process_or_without(
    daemon: Daemon, alice: Operator, gone: str, lives: bool
) -> None:
    daemon.begins(watch("web"), watch("db"))
    del daemon.files.texts[FILE]["db"]

    answer = load(alice, FILE, gone=gone)

    assert answer["code"] == 0
    assert list(daemon.engine.watches) == ["web"]
    assert ("db" in daemon.pids()) is lives


def test_gods_leave_touches_nothing_that_is_not_in_the_file(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"), watch("db"))
    del daemon.files.texts[FILE]["db"]

    assert load(alice, FILE, gone="leave")["text"] == ["nothing to do"]
    assert "db" in daemon.engine.watches


def test_a_process_that_will_not_end_keeps_its_watch(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    daemon.patience = 0.0
    daemon.processes.living[daemon.pids()["db"]].ignores_term = True
    del daemon.files.texts[FILE]["db"]

    plan = alice.ask("plan", files=[FILE])
    answer = alice.ask("apply", plan=plan["plan"], timeout=0)

    assert answer["code"] == 1
    assert "db" in daemon.engine.watches


def test_a_file_owns_only_what_came_from_it(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db", file="/etc/db.yml"))
    daemon.files.texts[FILE] = {}
    daemon.files.write(watch("new"))

    assert load(alice, FILE)["code"] == 0
    assert list(daemon.engine.watches) == ["db", "new"]


def test_a_watch_of_another_file_is_not_taken_over(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("web", file="/etc/b.yml"))
    daemon.files.problems = [Problem(FILE, 1, 1, "broken")]

    answer = alice.ask("plan", files=["/etc/b.yml"])

    assert answer["code"] == 6
    assert f"the watch web is loaded from {FILE}:1 already" in answer["error"]


def test_a_problem_elsewhere_is_not_in_the_way(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.problems = [Problem(FILE, 1, 1, "broken")]
    daemon.files.write(watch("db", file="/etc/b.yml"))

    assert load(alice, "b.yml")["code"] == 0
    assert set(daemon.pids()) == {"web", "db"}


def test_files_that_were_given_are_remembered(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("db", file="/etc/b.yml"))

    load(alice, "b.yml")

    assert daemon.files.remembered == ("/etc/b.yml",)
    alice.ask("plan")
    assert daemon.files.reads[-1] == (FILE, "/etc/b.yml")


@pytest.mark.case(157)
def test_load_without_a_file_and_without_one_remembered_is_usage(alice: Operator) -> None:
    assert alice.ask("plan")["code"] == 2


@pytest.mark.case(173)
def test_a_glob_means_each_match_once(daemon: Daemon, alice: Operator, tmp_path: Path) -> None:
    for name in ("b.yml", "a.yml"):
        (tmp_path / name).write_text("")
        daemon.files.write(watch(name[0], file=str(tmp_path / name)))

    alice.ask("plan", files=["*.yml", "a.yml"], cwd=str(tmp_path))

    assert daemon.files.reads == [(str(tmp_path / "a.yml"), str(tmp_path / "b.yml"))]
    assert alice.ask("plan", files=["*.yaml"], cwd=str(tmp_path))["code"] == 2


def test_a_plan_is_refused_when_the_file_changed_since(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(changed("web", dir="/srv"))
    plan = alice.ask("plan", files=[FILE])
    daemon.files.write(changed("web", dir="/opt"))

    answer = alice.ask("apply", plan=plan["plan"])

    assert answer["code"] == 1
    assert "changed since the plan was shown" in answer["error"]
    assert daemon.engine.watches["web"].program.dir == "/"


def test_a_plan_is_applied_once(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("db"))
    plan = alice.ask("plan", files=[FILE])
    alice.ask("apply", plan=plan["plan"])

    assert "no plan" in alice.ask("apply", plan=plan["plan"])["error"]


def test_a_plan_disturbs_nothing_it_did_not_say(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    daemon.files.write(replace(changed("web", dir="/srv"), autostart=False))
    plan = alice.ask("plan", files=[FILE])
    alice.ask("start", names=["web"])

    assert not plan["asks"]
    assert alice.ask("apply", plan=plan["plan"])["code"] == 1


def test_a_load_goes_on_when_its_client_hangs_up(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    del daemon.files.texts[FILE]["db"]
    daemon.files.write(watch("new"))
    plan = alice.ask("plan", files=[FILE])
    alice.leaves_after = 0

    alice.ask("apply", plan=plan["plan"])

    assert set(daemon.pids()) == {"web", "new"}
    assert daemon.files.configured


def test_a_watch_that_moved_within_its_file_knows_its_new_line(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(replace(watch("web"), origin=Origin(FILE, 40)), watch("db"))

    load(alice, FILE)

    assert daemon.engine.watches["web"].origin.line == 40


def test_what_stands_beside_the_watches_is_shown_and_put_in_force(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.files.contacts |= {"ops": "a@example.com", "old": "o@example.com"}
    daemon.begins(watch("web"))
    daemon.files.contacts |= {"ops": "b@example.com", "dev": "c@example.com"}
    del daemon.files.contacts["old"]
    daemon.files.settings = "other"

    plan = alice.ask("plan", files=[FILE])

    assert plan["text"] == [
        "contact ops: changed",
        "contact dev: added",
        "contact old: removed",
        "settings: changed",
    ]
    assert alice.ask("apply", plan=plan["plan"])["code"] == 0
    assert daemon.files.configured[0].contacts["ops"] == "b@example.com"
    assert alice.ask("plan", files=[FILE])["text"] == ["nothing to do"]


def test_a_waiting_watch_is_launched_afresh(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.2
    daemon.processes.broken = "no such file"
    daemon.begins(watch("web"))
    assert daemon.status("web").life is Life.WAITING
    daemon.processes.broken = ""
    daemon.patience = 45.0
    daemon.files.write(changed("web", command=("/bin/mended",)))

    plan = alice.ask("plan", files=[FILE])
    answer = alice.ask("apply", plan=plan["plan"])

    assert plan["text"][0] == "web: changed (will be started)"
    assert answer["code"] == 0
    assert daemon.pids()


def test_hup_loads_again_what_is_loaded(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(watch("db"))

    answer = daemon.desk.load("HUP", alice)

    assert answer["code"] == 0
    assert set(daemon.pids()) == {"web", "db"}


@pytest.mark.parametrize("how", [{"gone": "maybe"}, {"restart": "never"}])
def test_words_nobody_knows_are_usage(daemon: Daemon, alice: Operator, how: dict[str, str]) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("plan", **how)["code"] == 2


def test_a_renamed_watch_keeps_its_process_its_goal_and_its_counters(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    daemon.processes.die(daemon.pids()["web"], Exit(code=1))
    daemon.engine.turn()
    before = daemon.status("web")
    del daemon.files.texts[FILE]["web"]
    daemon.files.write(replace(watch("web"), name="site", was="web"))

    answer = load(alice, FILE)

    assert [one["say"] for one in answer["results"]] == ["site: takes over from web (live)"]
    after = daemon.status("site")
    assert after.process == before.process is not None
    assert (after.goal, after.restarts) == (before.goal, before.restarts)
    assert set(daemon.engine.watches) == {"site"}


def test_what_a_removed_watch_leaves_is_its_own_again_when_it_comes_back(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"), watch("db"))
    pid = daemon.pids()["web"]
    del daemon.files.texts[FILE]["web"]
    load(alice, FILE, gone="keep")
    left = dict(daemon.engine.left)

    daemon.files.write(watch("web"))
    load(alice, FILE)

    assert left.keys() == {"web"}
    assert daemon.pids()["web"] == pid
    assert daemon.engine.left == {}


def test_what_runs_as_before_a_load_is_restarted_when_asked(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"), watch("db"), watch("lazy", autostart=False))
    before = daemon.pids()
    daemon.files.write(changed("web", dir="/srv"), changed("lazy", dir="/srv"))
    load(alice, FILE, restart="later")

    assert alice.said[-1] == "web: as before until `overseer restart --changed`"
    web, *others = alice.ask("status")["status"]["watches"]
    assert web["note"] == "runs as before the load (dir); `overseer restart --changed`"
    assert [web["changed"], *(one["changed"] for one in others)] == [["dir"], [], []]

    answer = alice.ask("restart", names=[], changed=True)
    assert [one["watch"] for one in answer["results"]] == ["web"]
    assert daemon.pids() == before | {"web": daemon.pids()["web"]}
    assert daemon.pids()["web"] != before["web"]
    assert alice.ask("restart", names=["web"], changed=True)["code"] == 0
    assert alice.said == ["nothing runs otherwise than its file says"]


def test_how_it_is_stopped_is_nothing_that_it_wears(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.files.write(changed("web", kill="process"))
    load(alice, FILE)

    assert alice.ask("status")["status"]["watches"][0]["changed"] == []


def test_nobody_restarts_what_is_left_alone_though_it_has_changed(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    alice.ask("unmonitor", names=["web"])
    daemon.files.write(changed("web", dir="/srv"))
    load(alice, FILE)

    answer = alice.ask("restart", changed=True)

    assert (answer["code"], answer["left_out"]) == (0, ["web (unmonitored by alice)"])


def test_what_is_just_being_launched_is_not_forgotten(daemon: Daemon, alice: Operator) -> None:
    """Nobody would hear of its process, and its next launch would be a second one."""
    daemon.processes.prompt = False
    daemon.patience = 0.0
    daemon.begins(watch("web"), watch("db"))
    del daemon.files.texts[FILE]["web"]
    while daemon.processes.waiting:
        daemon.engine.post(*daemon.processes.waiting.pop(0))
    assert daemon.status("web").life is Life.LAUNCHING

    removed = alice.ask("remove", names=["web"], how="leave")
    loaded = load(alice, FILE, gone="keep")

    assert (removed["code"], loaded["code"]) == (1, 1)
    assert loaded["results"][0]["say"] == (
        "web: is just being launched, and stays; load again in a moment"
    )
    assert "web" in daemon.engine.watches


def test_what_is_removed_is_not_launched_again_meanwhile(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(watch("web"), watch("db"))
    for _ in range(2):
        daemon.processes.die(daemon.pids()["web"], Exit(1))
    assert daemon.status("web").life is Life.WAITING
    del daemon.files.texts[FILE]["web"]

    answer = load(alice, FILE)

    assert [one["say"] for one in answer["results"]] == ["web: stopped"]
    assert "web" not in daemon.engine.watches
