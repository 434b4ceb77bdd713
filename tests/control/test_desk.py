"""What becomes of what an operator asks."""

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.control.office import LeftOver
from overseer.model.program import Program
from overseer.model.state import UNMONITORED, Goal
from overseer.model.status import Job


@pytest.mark.case(152)
@pytest.mark.design("4.4")
def test_start_answers_when_it_is_up(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))

    answer = alice.ask("start", names=["web"])

    pid = daemon.pids()["web"]
    assert answer["code"] == 0
    assert answer["results"] == [{"watch": "web", "code": 0, "say": f"web: up, pid {pid}"}]
    assert alice.said == ["web: starting", f"web: up, pid {pid}"]


@pytest.mark.case(152)
def test_stop_answers_when_nothing_lives(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    answer = alice.ask("stop", names=["web"])

    assert answer["code"] == 0
    assert daemon.pids() == {}
    assert daemon.status("web").set_by == "alice"


@pytest.mark.case(152)
def test_restart_gives_a_new_process(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    before = daemon.pids()["web"]

    assert alice.ask("restart", names=["web"])["code"] == 0

    assert daemon.pids()["web"] != before


@pytest.mark.case(152)
def test_unmonitor_leaves_the_process(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    pids = daemon.pids()

    assert alice.ask("unmonitor", names=["web"])["code"] == 0
    assert daemon.status("web").state == UNMONITORED
    assert daemon.pids() == pids


@pytest.mark.case(152)
def test_monitor_takes_back_what_was_let_go(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    pids = daemon.pids()
    alice.ask("unmonitor", names=["web"])

    assert alice.ask("monitor", names=["web"])["code"] == 0

    assert daemon.status("web").goal is Goal.UP
    assert daemon.pids() == pids


@pytest.mark.case(152)
@pytest.mark.case(157)
@pytest.mark.parametrize("do", ["start", "stop", "restart", "signal", "remove", "logs", "status"])
def test_an_unknown_name_is_code_4_and_nothing_is_done(
    daemon: Daemon, alice: Operator, do: str
) -> None:
    daemon.begins(watch("web"))
    pids = daemon.pids()

    answer = alice.ask(do, names=["web", "wbe"], signal="TERM")

    assert answer["code"] == 4
    assert answer["error"] == "no watch or tag 'wbe'; did you mean 'web'?"
    assert daemon.pids() == pids


def test_names_are_never_left_out_by_mistake(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    answer = alice.ask("stop")

    assert answer["code"] == 2
    assert "--all" in answer["error"]
    assert daemon.pids()


@pytest.mark.case(153)
def test_a_group_is_its_members_and_no_others(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(*(watch(name, tag, autostart=False) for name, tag in MEMBERS))

    assert alice.ask("start", names=["bar"])["code"] == 0

    assert set(daemon.pids()) == {"a", "b"}


MEMBERS = (("a", "bar"), ("b", "bar"), ("c", "other"))


@pytest.mark.case(160)
@pytest.mark.parametrize("count", [1, 20, 100])
def test_all_are_stopped(daemon: Daemon, alice: Operator, count: int) -> None:
    daemon.begins(*(watch(f"w{n}") for n in range(count)))

    answer = alice.ask("stop", all=True)

    assert answer["code"] == 0
    assert len(answer["results"]) == count
    assert daemon.pids() == {}


@pytest.mark.design("4.19")
def test_restarts_go_one_after_another_and_stop_at_the_first_failure(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("a"), watch("b"), watch("c"))
    daemon.processes.broken = "no such file"
    before = daemon.pids()

    answer = alice.ask("restart", names=["a", "b", "c"])

    assert answer["code"] == 3
    assert answer["untouched"] == ["b", "c"]
    assert answer["error"] == "stopped at the first failure; not touched: b, c"
    assert daemon.pids() == {name: pid for name, pid in before.items() if name != "a"}


@pytest.mark.design("4.19")
def test_restarts_go_side_by_side_where_asked(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("a"), watch("b"), watch("c"))
    daemon.processes.broken = "no such file"

    answer = alice.ask("restart", names=["a", "b", "c"], parallel=2)

    assert len(answer["results"]) == 2
    assert answer["untouched"] == ["c"]


@pytest.mark.design("4.19")
def test_who_hangs_up_ends_a_rolling_restart(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("a"), watch("b"))
    before = daemon.pids()
    alice.leaves_after = 3  # which ones, a begins, a is up

    alice.ask("restart", all=True)

    after = daemon.pids()
    assert after["a"] != before["a"]
    assert alice.said == ["a: restarting", f"a: up, pid {after['a']}"]


@pytest.mark.design("4.4")
def test_nobody_needs_to_wait(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    daemon.processes.prompt = False

    answer = alice.ask("start", names=["web"], wait=False)

    assert answer["results"][0]["say"] == "web: start asked for"


@pytest.mark.field("K8")
@pytest.mark.parametrize(("verb", "goal"), [("stop", Goal.DOWN), ("unmonitor", Goal.UNMONITORED)])
def test_who_does_not_wait_is_answered_when_it_is_kept(
    daemon: Daemon, alice: Operator, verb: str, goal: Goal
) -> None:
    daemon.begins(*(watch(f"w{number}") for number in range(40)))

    alice.ask(verb, all=True, wait=False)

    assert {status.goal for status in daemon.store.disk.values()} == {goal}


@pytest.mark.design("4.4")
def test_patience_ends_and_the_work_goes_on(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    daemon.processes.prompt = False
    daemon.patience = 0.0

    answer = alice.ask("start", names=["web"], timeout=0)

    assert answer["code"] == 1
    assert answer["results"][0]["say"] == "web: not done after 0s; it goes on"
    assert daemon.status("web").goal is Goal.UP


def test_a_start_that_comes_to_nothing_is_code_3(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    daemon.processes.broken = "no such file"

    assert alice.ask("start", names=["web"])["code"] == 3


def test_held_ones_are_started_and_nothing_else(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    alice.ask("stop", names=["db"])

    assert alice.ask("start", held=True)["code"] == 0
    assert alice.said == ["nothing is held back"]
    assert set(daemon.pids()) == {"web"}


def test_reload_without_a_key_names_restart(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", program=Program(command=("/bin/serve",))))

    answer = alice.ask("reload", names=["web"])

    assert answer["code"] == 1
    assert alice.said == ["web: has no `reload:`; use `overseer restart web`"]


def test_reload_keeps_the_process(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.processes.living[daemon.pids()["web"]].ignores_term = True  # HUP does not end it
    pids = daemon.pids()

    assert alice.ask("reload", names=["web"])["code"] == 0
    assert daemon.pids() == pids
    assert daemon.processes.signals == [(pids["web"], 1)]


@pytest.mark.parametrize("signal", ["USR1", "SIGUSR1", "usr1", 10, "10"])
def test_a_signal_goes_to_the_process_and_into_the_history(
    daemon: Daemon, alice: Operator, signal: object
) -> None:
    daemon.begins(watch("web"))
    pid = daemon.pids()["web"]
    daemon.processes.living[pid].ignores_term = True

    assert alice.ask("signal", names=["web"], signal=signal)["code"] == 0
    assert daemon.processes.signals == [(pid, 10)]
    assert alice.said == [f"web: SIGUSR1 sent to pid {pid}"]
    assert daemon.store.news[-1][1].message == f"SIGUSR1 sent to pid {pid} by alice"


@pytest.mark.parametrize("signal", [None, "FOO", 0, 99, "", True])
def test_what_is_no_signal_is_said(daemon: Daemon, alice: Operator, signal: object) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("signal", names=["web"], signal=signal)["code"] == 2


def test_a_signal_needs_a_process(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))

    assert alice.ask("signal", names=["web"], signal="HUP")["code"] == 1
    assert alice.said == ["web: no process to signal"]


@pytest.mark.design("4.19")
def test_remove_refuses_while_the_process_runs(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    answer = alice.ask("remove", names=["web"])

    assert answer["code"] == 1
    assert "say --stop or --leave" in alice.said[0]
    assert "web" in daemon.engine.watches


@pytest.mark.case(152)
@pytest.mark.design("4.19")
@pytest.mark.parametrize(("how", "lives"), [("stop", False), ("leave", True)])
def test_remove_forgets_the_watch(daemon: Daemon, alice: Operator, how: str, lives: bool) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("remove", names=["web"], how=how)["code"] == 0
    assert "web" not in daemon.engine.watches
    assert bool(daemon.pids()) is lives


@pytest.mark.design("4.16")
def test_a_running_process_is_put_under_a_watch(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))
    process = daemon.processes.bear("nobody", Job.LAUNCH)

    answer = alice.ask("adopt", name="web", pid=process.pid)

    assert answer["code"] == 0, answer
    assert daemon.status("web").process == process


@pytest.mark.parametrize("name", ["db", "web"])
def test_a_process_of_another_watch_is_not_adopted(
    daemon: Daemon, alice: Operator, name: str
) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))

    assert alice.ask("adopt", name=name, pid=daemon.pids()["web"])["code"] == 1


def test_a_process_that_is_not_there_is_not_adopted(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web", autostart=False))

    assert alice.ask("adopt", name="web", pid=99_999)["error"] == "there is no process 99999"


@pytest.mark.design("4.17")
def test_terminate_ends_every_process_and_no_goal(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))

    answer = alice.ask("terminate")

    assert answer["code"] == 0
    assert daemon.pids() == {}
    assert alice.said == ["db: stopped", "web: stopped"]
    assert daemon.status("web").goal is Goal.UP
    assert alice.afterwards is not None


@pytest.mark.field("N1")
@pytest.mark.design("4.17")
def test_terminate_leaves_what_nobody_monitors(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    alice.ask("unmonitor", names=["web"])

    pid = daemon.pids()["web"]
    answer = alice.ask("terminate")

    assert (answer["code"], answer["survivors"]) == (1, ["web"])
    assert answer["left"] == [f"web (unmonitored, pid {pid})"]
    assert alice.said == [f"web: unmonitored, pid {pid}, left as it is"]
    assert daemon.pids()


def test_terminate_says_nothing_of_an_unmonitored_one_without_a_process(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    alice.ask("stop", names=["web"])
    alice.ask("unmonitor", names=["web"])

    answer = alice.ask("terminate")

    assert (answer["code"], answer["survivors"], answer["left"]) == (0, [], [])
    assert alice.said == ["web: stopped"]


def test_terminate_names_what_runs_of_removed_watches(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db"))
    pid = daemon.pids()["web"]
    alice.ask("remove", names=["web"], how="leave")
    daemon.left_over = [LeftOver("web", pid)]

    answer = alice.ask("terminate")

    assert (answer["code"], answer["survivors"]) == (1, ["web"])
    assert answer["left"] == [f"web (removed, pid {pid})"]


@pytest.mark.case(162)
@pytest.mark.design("4.17")
def test_terminate_names_survivors(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    daemon.patience = 0.0
    daemon.processes.living[daemon.pids()["web"]].ignores_term = True

    answer = alice.ask("terminate", timeout=0)

    assert (answer["code"], answer["survivors"]) == (1, ["web"])
    assert alice.said == ["web: not over after 0s: autostart"]


def test_terminate_goes_on_when_nobody_listens(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))
    alice.leaves_after = 0

    assert alice.ask("terminate")["code"] == 0
    assert daemon.pids() == {}


def test_quit_leaves_the_processes(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("quit")["code"] == 0
    assert alice.afterwards is not None
    alice.afterwards()

    assert daemon.left
    assert daemon.pids()


@pytest.mark.case(165)
def test_an_unknown_call_is_rejected_and_ping_is_not(daemon: Daemon, alice: Operator) -> None:
    assert alice.ask("eval")["code"] == 2
    assert alice.ask("ping") == {"done": True, "code": 0, "version": "1.2.3", "pid": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"names": "web"},
        {"names": [1]},
        {"names": ["web"], "wait": 1},
        {"names": ["web"], "timeout": "soon"},
        {"names": ["web"], "timeout": -1},
        {"names": ["web"], "parallel": 0},
        {"names": ["web"], "all": "yes"},
    ],
)
def test_fields_of_another_kind_are_named(
    daemon: Daemon, alice: Operator, fields: dict[str, object]
) -> None:
    daemon.begins(watch("web"))

    assert alice.ask("restart", **fields)["code"] == 2


def test_a_contact_is_tried_and_the_dialogue_heard(daemon: Daemon, alice: Operator) -> None:
    assert alice.ask("contacts_test", name="ops")["code"] == 0
    assert alice.said == ["250 ok"]
    assert alice.ask("contacts_test", name="nobody")["code"] == 4
