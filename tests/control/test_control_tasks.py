"""Tasks among the watches: what can be asked of them, and what is said of them."""

from dataclasses import replace

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.cli import page, show
from overseer.conditions.base import Times
from overseer.conditions.tries import Tries
from overseer.control.why import why
from overseer.model.event import Answered
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.watch import Origin, Watch

REFUSED = {
    "stop": "guard: is a task, without a process to stop; "
    "`overseer unmonitor guard` ends its command and has it do nothing",
    "restart": "guard: is a task, without a process to restart; "
    "`overseer start guard` takes it back to the state ok",
    "reload": "guard: is a task, without a process to reload; `overseer load` reads its file again",
    "signal": "guard: is a task, without a process to signal; "
    "`overseer unmonitor guard` ends the command of its state",
}


def guard(**changes: object) -> Watch:
    plain = Watch(
        name="guard",
        program=Program(),
        tags=("web",),
        states=(TaskState("ok"), TaskState("cleaning", ("/bin/clean", "--all"))),
        initial_state="ok",
        transitions=(Transition(("ok",), Tries(times=Times(5, 5)), "cleaning"),),
        origin=Origin("/etc/o.yml", 3),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def cleans(daemon: Daemon) -> None:
    entry = daemon.status("guard").entry
    daemon.engine.post("guard", Answered(0, entry, True, "still so"))


def shown(alice: Operator) -> dict[str, object]:
    answer = alice.ask("status", names=["guard"], full=True)
    return dict(answer["status"]["watches"][0])


@pytest.mark.case(58)
@pytest.mark.parametrize("do", REFUSED)
def test_what_needs_a_process_is_refused_with_what_to_type(
    daemon: Daemon, alice: Operator, do: str
) -> None:
    daemon.begins(guard())
    before = daemon.status("guard")

    answer = alice.ask(do, names=["guard"], signal="HUP")

    assert answer["code"] == 1
    assert answer["results"] == [{"watch": "guard", "code": 1, "say": REFUSED[do]}]
    assert alice.said == [REFUSED[do]]
    assert daemon.status("guard") is before


@pytest.mark.case(58)
@pytest.mark.parametrize("do", ["stop", "restart", "signal"])
@pytest.mark.parametrize("words", [{"names": ["@web"]}, {"all": True}])
def test_among_others_a_task_is_left_out_and_named(
    daemon: Daemon, alice: Operator, do: str, words: dict[str, object]
) -> None:
    daemon.begins(watch("db", "web"), guard())

    answer = alice.ask(do, signal="HUP", **words)

    assert answer["code"] == 0
    assert answer["left_out"] == [f"guard (a task, without a process to {do})"]
    assert daemon.status("guard").state == "ok"


@pytest.mark.case(58)
def test_a_process_is_not_put_under_a_task(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(guard())

    answer = alice.ask("adopt", name="guard", pid=1)

    assert answer["code"] == 1
    assert "is a task, without a process to adopt; write a watch with" in answer["error"]


def test_monitor_and_unmonitor_are_for_a_task_too(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(guard(autostart=False))

    begun = alice.ask("monitor", names=["guard"])["results"]
    ended = alice.ask("unmonitor", names=["guard"])["results"]

    assert begun == [{"watch": "guard", "code": 0, "say": "guard: up, in state ok"}]
    assert ended == [{"watch": "guard", "code": 0, "say": "guard: unmonitored"}]


@pytest.mark.case(58)
def test_terminate_ends_a_command_and_says_so(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    cleans(daemon)
    before = daemon.pids()

    answer = alice.ask("terminate")

    assert before
    assert (answer["code"], daemon.pids()) == (0, {})


def test_status_shows_its_own_state_and_no_process(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    cleans(daemon)

    task = shown(alice)

    assert (task["kind"], task["state"], task["phase"], task["pid"]) == (
        *("task", "cleaning", "up"),
        None,
    )
    pid = daemon.pids()["guard"]
    assert task["note"] == f"still so; its command runs, pid {pid}"
    assert show.cells(task)[:3] == ["guard", "cleaning", "-"]
    assert "    cleaning: /bin/clean --all" in page.page(task)
    assert not [line for line in page.page(task) if line.startswith("  memory")]


def test_a_command_that_failed_is_seen_in_code_and_table(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    cleans(daemon)
    daemon.processes.die(daemon.pids()["guard"], Exit(1))

    assert alice.ask("status")["code"] == 3
    assert show.cells(shown(alice))[1] == "cleaning (unknown)"
    assert shown(alice)["note"] == "command of cleaning: exit code 1"


def test_why_says_what_kind_of_thing_it_is(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    well = why(shown(alice))
    cleans(daemon)
    daemon.processes.die(daemon.pids()["guard"], Exit(1))
    failed = why(shown(alice))
    alice.ask("unmonitor", names=["guard"])
    left = why(shown(alice))

    assert well.startswith("guard is a task; it is in the state ok (autostart).")
    assert well.endswith("Nothing needs to be done.")
    assert "what that stands for may not be so: command of cleaning: exit code 1." in failed
    assert "The last command ended with exit code 1" in failed
    assert left.startswith("guard is a task that is not monitored (unmonitored by alice): it")
    assert left.endswith("Type: `overseer monitor guard` has it begin.")


def test_wait_for_down_is_not_for_a_task_that_is_monitored(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(guard())
    up = alice.ask("wait", names=["guard"])["code"]
    early = alice.ask("wait", names=["guard"], **{"for": "down"}, timeout=0)["code"]
    alice.ask("unmonitor", names=["guard"])

    assert (up, early) == (0, 1)
    assert alice.ask("wait", names=["guard"], **{"for": "down"}, timeout=0)["code"] == 0


def test_a_task_is_removed_as_it_is_unless_its_command_runs(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    cleans(daemon)

    refused = alice.ask("remove", names=["guard"])["results"]
    removed = alice.ask("remove", names=["guard"], how="stop")

    assert refused[0]["say"] == "guard: the command of its state runs; say --stop or --leave"
    assert removed["code"] == 0
    assert daemon.pids() == {}


def load(alice: Operator) -> tuple[list[str], int]:
    plan = alice.ask("plan", files=["/etc/o.yml"], cwd="/etc")
    return plan["text"], alice.ask("apply", plan=plan["plan"])["code"]


def test_a_program_that_becomes_a_task_is_stopped_first(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("guard"))
    daemon.files.write(guard())

    lines, code = load(alice)

    assert lines == ["guard: removed, will be stopped", "guard: added, will be started"]
    assert (code, daemon.pids()) == (0, {})
    assert shown(alice)["state"] == "ok"


def test_a_task_that_becomes_a_program_ends_its_command(daemon: Daemon, alice: Operator) -> None:
    daemon.patience = 0.0
    daemon.begins(guard())
    cleans(daemon)
    command = daemon.pids()["guard"]
    daemon.patience = 45.0
    daemon.files.write(watch("guard"))

    _, code = load(alice)

    assert code == 0
    assert daemon.pids()["guard"] != command
    assert shown(alice)["phase"] == "up"


def test_a_task_wears_a_change_from_its_next_command_on(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(guard())
    before = daemon.status("guard")
    states = (TaskState("ok"), TaskState("cleaning", ("/bin/clean",), 300.0))
    daemon.files.write(guard(states=states, program=Program(user="deploy")))

    lines, code = load(alice)

    assert lines[0] == "guard: changed (from the next start)"
    assert "  user: none -> deploy (next start)" in lines
    assert "  states: - cleaning: /bin/clean --all, + cleaning: /bin/clean (5m) (graph)" in lines
    assert code == 0
    assert daemon.status("guard").entry == before.entry
