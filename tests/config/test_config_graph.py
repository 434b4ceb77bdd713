"""The explicit form, and whether its rows make a graph."""

from collections.abc import Callable
from textwrap import indent

import pytest

from overseer.conditions.always import Always
from overseer.conditions.base import Times
from overseer.conditions.tries import Tries
from overseer.model.transition import Transition
from overseer.model.watch import Watch

Problems = Callable[..., list[str]]

WHOLE = """\
- {from: init, when: {process_running: true}, to: up, else: start}
- {from: [start, restart], when: {process_running: true}, to: up}
"""


def file(rows: str, whole: str = WHOLE) -> str:
    """A file whose third line is `transitions:`; *rows* begin in line 6."""
    text = indent(whole + rows, "      ")
    return f"watches:\n  web: \n    transitions:\n{text}\n    command: x\n"


@pytest.fixture
def rows(read: Callable[..., object]) -> Callable[[str], tuple[Transition, ...]]:
    def rows(text: str) -> tuple[Transition, ...]:
        web: Watch = read(file(text)).watches["web"]  # type: ignore[attr-defined]
        return web.transitions[2:]

    return rows


Rows = Callable[[str], tuple[Transition, ...]]


def test_the_original_of_a_mail_worker_is_a_graph(problems: Problems) -> None:
    assert problems(file("- {from: up, when: process_exits, to: start}")) == []


@pytest.mark.case(18)
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("when: memory, to: stop", "no condition is called 'memory'; did you mean memory_usage?"),
        ("when: {zzz: 5}, to: stop", "no condition is called 'zzz'; there are always, "),
        ("when: {cpu_usage: {}}, to: stop", "cpu_usage: above is missing; write above: 50%"),
        ("when: {cpu_usage: {above: 5%, abve: 6%}}", "cpu_usage has no option abve; did you mean"),
        ("when: {process_exits: {times: 5}}", "process_exits has no option times; it has expected"),
        ("when: {cpu_usage: 5%, tries: 5}, to: stop", "when: has one condition; write one row for"),
        ("when: [tries], to: stop", "when: a list is not understood; write process_exits, or"),
        ("when: process_running, to: stop", "process_running: running is missing; write running:"),
    ],
)
def test_a_condition_that_is_unknown_or_incomplete_is_an_error(
    row: str, said: str, problems: Problems
) -> None:
    (found,) = problems(file(f"- {{from: up, {row}}}"))

    assert found.startswith("6:")
    assert said in found


@pytest.mark.case(19)
def test_an_unknown_behavior_is_an_error(problems: Problems) -> None:
    found = problems("watches: {web: {command: x, behaviors: [clean_pid_files]}}\n")

    assert found == ["1:41: no behavior is called 'clean_pid_files'; did you mean clean_pid_file?"]


@pytest.mark.parametrize("text", ["clean_pid_file", "[clean_pid_file]", "{clean_pid_file: {}}"])
def test_behaviors_are_named_alone_or_with_options(text: str, watch: Callable[..., Watch]) -> None:
    assert len(watch(f"behaviors: {text}").behaviors) == 1


@pytest.mark.case(20)
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("upp", "from: there is no state upp; did you mean up?"),
        ("unmonitored", "from: nothing is asked while unmonitored"),
        ("[up, zzz]", "from: there is no state zzz; there are init, start, up, restart, stop"),
    ],
)
def test_a_row_from_a_state_that_is_not_there_is_an_error(
    state: str, said: str, problems: Problems
) -> None:
    (found,) = problems(file(f"- {{from: {state}, when: process_exits, to: start}}"))

    assert said in found


@pytest.mark.case(21)
@pytest.mark.parametrize("key", ["to", "else", "transition"])
def test_a_row_to_a_state_that_is_not_there_is_an_error(key: str, problems: Problems) -> None:
    row = {
        "to": "when: {cpu_usage: 5%}, to: strat",
        "else": "when: {cpu_usage: 5%}, to: stop, else: strat",
        "transition": "when: {cpu_usage: {above: 5%, transition: strat}}",
    }[key]

    (found,) = problems(file(f"- {{from: up, {row}}}"))

    assert f"{key}: there is no state strat; did you mean start?" in found


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{when: process_exits, to: start}", "from is missing; write from: up"),
        ("{from: up, whn: process_exits}", "a row has no option whn; did you mean when?"),
        ("process_exits", "transitions: 'process_exits' is not understood; write {from: up,"),
        ("{from: up, to: [a]}", "to: a list is not understood; write a state like up"),
    ],
)
def test_a_row_that_is_not_understood_is_said(row: str, said: str, problems: Problems) -> None:
    (found,) = problems(file(f"- {row}"))

    assert said in found


@pytest.mark.case(27)
def test_flapping_outside_a_lifecycle_is_an_error(problems: Problems) -> None:
    limit = "{flapping: {to_state: start, times: 5, within: 5m}}"

    (found,) = problems(file(f"- {{from: up, when: {limit}, to: unmonitored}}"))

    assert "outside a lifecycle it would never be met; move it to lifecycle:" in found


def test_flapping_needs_a_state_to_count(problems: Problems) -> None:
    (found,) = problems(
        "watches: {web: {command: x, lifecycle: [{when: {flapping: {times: 5, within: 5m}}}]}}\n"
    )

    assert found.endswith("flapping: to_state is missing; write to_state: [start, restart]")


def test_a_lifecycle_row_has_no_from(problems: Problems) -> None:
    (found,) = problems("watches: {web: {command: x, lifecycle: {from: up, when: always}}}\n")

    assert "a row has no option from" in found


def test_else_needs_an_answer_that_counts_alone(problems: Problems) -> None:
    row = "{from: up, when: {cpu_usage: {above: 5%, times: [3, 5]}}, to: stop, else: restart}"

    (found,) = problems(file(f"- {row}"))

    assert found == "6:77: else needs times: 1; 3 of 5 not met says nothing yet"


def test_a_condition_may_override_where_its_row_leads_and_whom_it_tells(
    read: Callable[..., object],
) -> None:
    config = read(
        "contacts: {ops: {email: o@b.c}}\n"
        + file("- {from: up, when: {tries: {times: 5, transition: stop, notify: ops}}, to: start}")
    )

    row = config.watches["web"].transitions[-1]  # type: ignore[attr-defined]
    assert (row.to, row.notify.contacts) == ("stop", ("ops",))
    assert row.when == Tries(times=Times(5, 5))


@pytest.mark.case(41)
def test_a_row_without_a_condition_is_met_at_the_first_check(rows: Rows) -> None:
    (row,) = rows("- {from: up, to: stop}")

    assert row.when == Always()


@pytest.mark.case(40)
def test_a_row_leads_to_one_state_or_to_one_of_two(rows: Rows) -> None:
    first, second = rows(
        "- {from: up, when: {cpu_usage: 5%}, to: stop}\n"
        "- {from: up, when: {cpu_usage: 5%}, to: stop, else: restart}\n"
    )

    assert (first.to, first.otherwise) == ("stop", None)
    assert (second.to, second.otherwise) == ("stop", "restart")


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (
            "- {from: init, when: {process_running: true}, to: stop}\n",
            "web: up cannot be reached from init; add a row like {from: init, when: {process_run",
        ),
        (
            "- {from: start, when: {tries: 5}, to: start}\n",
            "web: there is no way out of start; add a row like {from: start, when: {process_run",
        ),
        (
            "- {from: restart, when: {cpu_usage: 5%}}\n",
            "web: there is no way out of restart; add a row like {from: restart, when: {process",
        ),
    ],
)
def test_up_can_be_reached_and_no_state_is_a_trap(
    whole: str, said: str, problems: Problems
) -> None:
    (found,) = problems(file("", whole))

    assert found.startswith(f"3:5: {said}")


@pytest.mark.case(32)
@pytest.mark.case(36)
def test_states_without_rows_lead_to_up(problems: Problems) -> None:
    assert problems(file("", "- {from: up, when: process_exits, to: start}\n")) == []
