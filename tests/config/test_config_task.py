"""A task in a watch file: its states, their commands, and what it cannot have."""

from collections.abc import Callable
from textwrap import indent

import pytest
from machines import machine

from overseer.config import Config
from overseer.config.explicit import render
from overseer.model.task import TaskState
from overseer.model.watch import Watch

Problems = Callable[..., list[str]]

ROWS = """\
transitions:
  - {from: ok, when: {disk_usage: {mount_point: /, above: 90%}}, to: cleaning}
  - {from: cleaning, when: {disk_usage: {mount_point: /, above: 80%}}, to: full, else: ok}
"""
STATES = "states: {ok: null, cleaning: /bin/clean --all, full: {command: /bin/page, timeout: 5m}}\n"
WHOLE = STATES + "initial_state: ok\n" + ROWS


def file(text: str) -> str:
    """The lines of *text* begin in line 3, in column 5."""
    return f"watches:\n  guard:\n{indent(text, '    ')}"


@pytest.fixture
def task(read: Callable[..., Config]) -> Callable[[str], Watch]:
    return lambda text: read(file(text)).watches["guard"]


def test_states_have_a_command_each_or_none(task: Callable[[str], Watch]) -> None:
    guard = task(WHOLE)

    assert guard.states == (
        TaskState("ok"),
        TaskState("cleaning", ("/bin/clean", "--all")),
        TaskState("full", ("/bin/page",), 300.0),
    )
    assert (guard.initial_state, guard.is_task) == ("ok", True)
    assert (guard.transitions[1].to, guard.transitions[1].otherwise) == ("full", "ok")


def test_states_without_commands_may_be_a_list(task: Callable[[str], Watch]) -> None:
    guard = task("states: [calm, busy]\ninitial_state: calm\ntransitions: {from: calm, to: busy}\n")

    assert guard.states == (TaskState("calm"), TaskState("busy"))


def test_nothing_is_added_to_what_is_written(task: Callable[[str], Watch]) -> None:
    guard = task(WHOLE)

    assert (len(guard.transitions), guard.lifecycle, guard.behaviors) == (2, (), ())


def test_a_shell_may_run_its_commands(task: Callable[[str], Watch]) -> None:
    text = "states: {ok: 'echo | cat', bad: {command: a & b}, list: [x, $y], none: }\n"
    guard = task(text + "shell: true\ninitial_state: ok\n")

    assert [state.command for state in guard.states] == [
        ("/bin/sh", "-c", "echo | cat"),
        ("/bin/sh", "-c", "a & b"),
        ("x", "$y"),
        None,
    ]


@pytest.mark.case(9)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STATES, "3:5: guard: initial_state is missing; write initial_state: ok"),
        (
            STATES + "initial_state: okay\n",
            "4:20: guard: initial_state: there is no state okay; did you mean ok?",
        ),
        (
            "states: {}\ninitial_state: ok\n",
            "3:13: states: an empty mapping is not understood; write {ok: null, cleaning: "
            "/usr/local/bin/clean-tmp}",
        ),
        (
            "initial_state: ok\ncommand: /bin/x\n",
            "3:5: guard: initial_state is a task's; write states: {ok: null} too, or leave it out",
        ),
    ],
)
def test_a_task_has_states_and_says_where_it_begins(
    text: str, said: str, problems: Problems
) -> None:
    assert said in problems(file(text))


def test_every_task_has_a_name(problems: Problems) -> None:
    (found,) = problems("watches:\n  '':\n" + indent(WHOLE, "    "))

    assert found.startswith("2:3: '' is no name for a watch")


@pytest.mark.case(20)
@pytest.mark.case(21)
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{from: okk, to: full}", "from: there is no state okk; did you mean ok?"),
        ("{from: up, to: full}", "from: there is no state up; there are ok, cleaning, full"),
        ("{from: ok, to: fall}", "to: there is no state fall; did you mean full?"),
        ("{from: ok, when: {tries: 1}, to: full, else: stop}", "else: there is no state stop;"),
        ("{from: ok, to: reload}", "to: there is no state reload;"),
        ("{when: {tries: 5}, to: ok}", "from is missing; write from: ok"),
        ("{from: ok, when: {load_average: 5}, signal: HUP}", "signal is about a process"),
        ("{from: ok, when: process_exits, to: full}", "process_exits is about a process, and a"),
        ("{from: ok, when: {process_running: true}, to: full}", "process_running is about a"),
        ("{from: ok, when: {memory_usage: 5MB}, to: full}", "memory_usage is about a process, "),
        (
            "{from: ok, when: {complex: {all: [{cpu_usage: 5%}, {load_average: 5}]}}, to: full}",
            "cpu_usage is about a process, and a task has none; ask the machine, a file or a "
            "program: disk_usage, file_mtime, command",
        ),
    ],
)
def test_a_row_that_a_task_cannot_have_is_an_error(row: str, said: str, problems: Problems) -> None:
    (found,) = problems(file(f"{WHOLE}  - {row}\n"))

    assert found.startswith("8:")
    assert said in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("command: /bin/x", "guard: command and states exclude each other; write command for a"),
        ("start: /bin/x", "guard: start and states exclude each other; write start for a program"),
        ("pid_file: /run/x", "guard: pid_file is about a process, and a task has none; leave it"),
        ("memory: 5MB", "guard: memory is about a process, and a task has none; leave it out"),
        ("stop_timeout: 5s", "guard: stop_timeout is about a process, and a task has none"),
        ("restart_if: {swap: 5%}", "write a row, {from: ok, when: …, to: …}"),
        ("flapping: off", "guard: flapping is a row of lifecycle in a task; write to_state: and"),
        ("behaviors: clean_pid_file", "guard: behaviors is about a process"),
        ("on_exit: stop", "guard: on_exit is about a process"),
    ],
)
def test_a_key_that_a_task_cannot_have_is_an_error(
    line: str, said: str, problems: Problems
) -> None:
    (found,) = problems(file(f"{WHOLE}{line}\n"))

    assert found.startswith("8:5: ")
    assert said in found


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("{ok: null, unmonitored: x}", "3:24: states: unmonitored is where every task is"),
        ("{ok: null, reload: x}", "3:24: states: reload is no state in `to`; choose another name"),
        ("{ok: null, a b: x}", "states: 'a b' is not understood; write a name like ok"),
        ("{ok: {}}", "3:18: states: ok: command is missing; write command: a command like"),
        ("{ok: {comand: x}}", "states: ok has no option comand; did you mean command?"),
        ("{ok: {command: x, timeout: 0}}", "states: ok: timeout: 0 would leave no time"),
        ("{ok: {command: x, timeout: soon}}", "states: ok: timeout: 'soon' is not understood"),
        ("{ok: a | b}", "states: ok: an unquoted | means something to a shell only"),
        ("[ok, [b]]", "states: a list is not understood"),
        ("ok", "states: 'ok' is not understood; write {ok: null, cleaning:"),
    ],
)
def test_a_state_that_is_not_understood_is_said(states: str, said: str, problems: Problems) -> None:
    found = problems(file(f"states: {states}\ninitial_state: ok\n"))

    assert [one for one in found if said in one], found


def test_a_state_that_nothing_leads_to_is_a_warning(problems: Problems) -> None:
    found = problems(file("states: [ok, bad]\ninitial_state: ok\n"), warnings=True)

    assert "3:18: warning: guard: nothing leads to the state bad; add a row with to: bad" in found


def test_a_row_of_the_lifecycle_leads_to_a_state_too(problems: Problems) -> None:
    lines = "states: [ok, bad]\ninitial_state: ok\nuser: root\n"

    assert (
        problems(file(f"{lines}lifecycle: {{when: {{swap: 5%}}, to: bad}}\n"), warnings=True) == []
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "{flapping: {times: 5, within: 5m}}, to: ok",
            "flapping: to_state is missing; write to_st",
        ),
        ("{flapping: {times: 5, within: 5m, to_state: up}}", "flapping: there is no state up"),
        (
            "{flapping: {times: 5, within: 5m, to_state: full, retry_in: 5m}}, to: ok",
            "flapping: retry_in beside to: ok; leave it out, or write to: unmonitored",
        ),
    ],
)
def test_flapping_is_about_its_own_states(row: str, said: str, problems: Problems) -> None:
    (found,) = problems(file(f"{WHOLE}lifecycle:\n  - {{when: {row}}}\n"))

    assert said in found


def test_the_usual_rows_are_no_rows_of_a_task(problems: Problems) -> None:
    text = f"{STATES}initial_state: ok\ntransitions: {{extend: default}}\n"

    assert problems(file(text)) == [
        "5:5: guard: transitions: a task has no rows but its own; write a list of rows"
    ]


def test_defaults_for_programs_are_nothing_to_a_task(read: Callable[..., Config]) -> None:
    defaults = (
        "defaults: {memory: 5MB, stop_timeout: 5s, transitions: [], notify: ops, user: deploy}\n"
    )
    contacts = "contacts: {ops: {email: a@b.example}}\n"
    guard = read(defaults + contacts + file(WHOLE)).watches["guard"]

    assert guard.program.user == "deploy"
    assert guard.notify.contacts == ("ops",)
    assert len(guard.transitions) == 2


def test_a_program_takes_no_states_from_the_defaults(read: Callable[..., Config]) -> None:
    text = "defaults: {states: [ok], initial_state: ok}\nwatches: {web: {command: /bin/x}}\n"

    assert not read(text).watches["web"].is_task


def test_rows_that_two_watches_share_are_read_for_each(problems: Problems) -> None:
    text = (
        "x-rows: &rows [{from: up, when: {swap: 5%}, to: stop}]\n"
        "watches:\n"
        "  web: {command: /bin/x, transitions: {extend: default, add: *rows}}\n"
        "  guard: {states: [ok], initial_state: ok, transitions: *rows}\n"
    )

    assert len(problems(text)) == 2
    assert all("there is no state" in one for one in problems(text))


def test_spelled_out_it_is_the_same_task(read: Callable[..., Config]) -> None:
    config = read(file(f"{WHOLE}shell: true\nenv: {{A: 1}}\n"))

    again = render("guard", config)

    assert read(again).watches == config.watches
    assert "stop_signals" not in again


def test_it_runs_as_root_only_where_that_is_said(read: Callable[..., Config]) -> None:
    (warning,) = read(file(WHOLE), host=machine(uid=0)).warnings

    assert "guard runs as root" in warning.message
