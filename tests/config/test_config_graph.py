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

FROM_INIT = "{from: init, when: {process_running: true}, to: up, else: start}"
START_TO_UP = "{from: start, when: {process_running: true}, to: up}"
RESTART_TO_UP = "{from: restart, when: {process_running: true}, to: up}"
TO_UP = "{from: [start, restart], when: {process_running: true}, to: up}"
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

    assert "outside a lifecycle it would never be met; move it to `lifecycle`" in found


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
        ([], "up cannot be reached from init, as nothing is started; add a row like {from: init"),
        (
            ["{from: up, when: process_exits, to: start}"],
            "up cannot be reached from init, as nothing is started; add a row like {from: init",
        ),
        (
            ["{from: init, when: {process_running: true}, to: up}", TO_UP],
            "up cannot be reached from init, as nothing is started; add a row like {from: init",
        ),
        (
            ["{from: init, when: {memory_usage: 1MB}, to: start}", TO_UP],
            "up cannot be reached from init, as nothing is started; add a row like {from: init",
        ),
        (
            [FROM_INIT, "{from: start, when: {tries: 5}, to: start}", RESTART_TO_UP],
            "there is no way out of start; add a row like {from: start, when: {process_run",
        ),
        (
            [FROM_INIT, START_TO_UP],
            "there is no way out of restart; add a row like {from: restart, when: {process",
        ),
        (
            [FROM_INIT, "{from: start, when: {tries: 5}, to: stop}", RESTART_TO_UP],
            "up cannot be reached from start; add a row like {from: start, when: {process_run",
        ),
        (
            [FROM_INIT, "{from: start, when: {process_running: false}, to: up}", RESTART_TO_UP],
            "up cannot be reached from start; add a row like {from: start, when: {process_run",
        ),
    ],
)
@pytest.mark.case(32)
@pytest.mark.case(36)
@pytest.mark.field("B3")
def test_up_can_be_reached_and_no_state_is_a_trap(
    whole: list[str], said: str, problems: Problems
) -> None:
    text = f"watches:\n  web:\n    command: /bin/w\n    transitions: [{', '.join(whole)}]\n"

    assert any(f"web: {said}" in found for found in problems(text))


def test_the_usual_rows_are_a_graph(problems: Problems) -> None:
    rows = f"{FROM_INIT}, {TO_UP}, {{from: up, when: process_exits, to: start}}"
    text = f"watches: {{web: {{command: /bin/w, transitions: [{rows}]}}}}"

    assert problems(text) == []


@pytest.mark.field("B1")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{from: up, to: up}", "up -> up leads nowhere new"),
        ("{from: stop, to: stop}", "stop -> stop leads nowhere new"),
        ("{from: up, when: {uptime: 5m}, to: up}", "up -> up leads nowhere new"),
        (
            "{from: up, when: {socket_responding: {path: /s, responding: false}}, to: start}",
            "up -> start starts nothing, as it runs already; write to: restart",
        ),
        ("{from: up, to: init}", "up -> init starts nothing, as it runs already"),
        ("{from: up, to: init}", "init -> up -> init turns in a circle while it runs"),
        ("{from: init, to: up}", "init -> up is only for what runs"),
        (
            "{from: up, when: {process_running: true}, to: stop}, {from: stop, to: start}",
            "up -> stop -> start -> up turns in a circle while it runs",
        ),
        (
            "{from: start, when: {tries: {times: 5, within: 10s}}, to: stop}",
            "tries: 5 polls, 5s apart, never come within 10s",
        ),
    ],
)
def test_rows_that_are_hardly_meant_are_worth_a_warning(
    row: str, said: str, problems: Problems
) -> None:
    text = "watches: {web: {command: /bin/w, transitions: {extend: default, add: [ROW]}}}"

    assert any(
        f"web: {said}" in found for found in problems(text.replace("ROW", row), warnings=True)
    )


@pytest.mark.field("B1")
@pytest.mark.parametrize("to", ["init", "start", "up"])
def test_a_lifecycle_row_that_leads_nowhere_new_is_worth_a_warning(
    to: str, problems: Problems
) -> None:
    row = f"{{when: {{uptime: 5m}}, to: {to}}}"
    found = problems(f"watches: {{web: {{command: x, lifecycle: [{row}]}}}}", warnings=True)

    assert any(f"web: lifecycle: to: {to} moves what is up already" in one for one in found)


@pytest.mark.field("B1")
@pytest.mark.parametrize(
    "row",
    [
        "{from: up, when: {process_running: false}, to: start}",
        "{from: start, when: {tries: 5}, to: start}",
        "{from: up, when: {memory_usage: 5MB}, to: restart}",
        "{from: stop, when: {disk_usage: {mount_point: /, above: 90%}}, to: start}",
        "{from: start, when: {tries: {times: 5, within: 60s}}, to: stop}",
    ],
)
def test_rows_that_lead_on_need_no_warning(row: str, problems: Problems) -> None:
    text = "watches: {web: {command: /bin/w, transitions: {extend: default, add: [ROW]}}}"

    assert problems(text.replace("ROW", row), warnings=True) == []


@pytest.mark.field("B2")
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("restart_delay: 0s, flapping: off", "launched for ever, twice a second at most"),
        ("restart_delay: {next: 0s}, flapping: off", "launched for ever, twice a second at most"),
        ("restart_delay: {factor: 0}, flapping: off", "launched for ever, twice a second"),
        ("restart_delay: {reset_after: 0s}, flapping: off", "launched for ever, twice a second"),
        ("flapping: {retry_in: 0s}", "retry_in: it is tried again at once"),
    ],
)
def test_launches_without_a_delay_are_worth_a_warning(
    keys: str, said: str, problems: Problems
) -> None:
    (found,) = problems(f"watches: {{web: {{command: /bin/w, {keys}}}}}", warnings=True)

    assert said in found


@pytest.mark.field("B2")
@pytest.mark.parametrize(
    "keys",
    [
        "interval: 1ms",
        "restart_if: [{memory_usage: {above: 5MB, interval: 10ms}}]",
        "restart_at: {every: 1ms}",
        "schedule: {every: 20ms}",
    ],
)
def test_what_is_done_as_fast_as_the_machine_is_an_error(keys: str, problems: Problems) -> None:
    (found,) = problems(f"watches: {{web: {{command: /bin/w, {keys}}}}}")

    assert "is too often; write" in found


@pytest.mark.field("A12")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("to: start", "flapping: to: start holds nothing back, it only tells"),
        ("to: up", "flapping: to: up holds nothing back, it only tells"),
        ("notify: []", "retry_in: a row without `to` holds nothing back"),
    ],
)
def test_what_a_flapping_row_says_in_vain_is_worth_a_warning(
    row: str, said: str, problems: Problems
) -> None:
    limit = "{flapping: {to_state: start, times: 5, within: 5m, retry_in: 5m}}"
    text = f"watches: {{web: {{command: /bin/w, lifecycle: [{{when: {limit}, {row}}}]}}}}"

    (found,) = problems(text, warnings=True)

    assert said in found


@pytest.mark.field("A12")
@pytest.mark.parametrize("row", ["signal: USR1", "to: reload"])
def test_nothing_is_sent_to_what_does_not_run(row: str, problems: Problems) -> None:
    limit = "{flapping: {to_state: start, times: 5, within: 5m}}"
    keys = f"command: /bin/w, reload: HUP, lifecycle: [{{when: {limit}, {row}}}]"

    (found,) = problems(f"watches: {{web: {{{keys}}}}}")

    assert "flapping: nothing runs when it is met; write `run` and a program, or `notify`" in found


@pytest.mark.field("A12")
def test_only_rows_that_hold_are_a_delay(problems: Problems) -> None:
    limit = "{flapping: {to_state: start, times: 5, within: 5m}}"
    keys = f"command: /bin/w, restart_delay: 0s, lifecycle: [{{when: {limit}}}]"

    (found,) = problems(f"watches: {{web: {{{keys}}}}}", warnings=True)

    assert "twice a second at most" in found


@pytest.mark.field("B2")
@pytest.mark.parametrize(
    "keys", ["flapping: off", "restart_delay: 0s", "restart_delay: 1s, flapping: off"]
)
def test_a_delay_or_flapping_is_enough(keys: str, problems: Problems) -> None:
    assert problems(f"watches: {{web: {{command: /bin/w, {keys}}}}}", warnings=True) == []


@pytest.mark.field("B5")
@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("http_response_code: {port: 80, code_is_not: []}", "code_is_not: an empty list would alw"),
        ("http_response_code: {port: 80, code_is: []}", "code_is: an empty list would never be m"),
        ("http_response_code: {port: 80, code_is: 200, body_matches: ''}", "matches everything"),
        ("uptime: 0", "above: 0 would always be met; write"),
        ("uptime: {above: 0s}", "above: 0 would always be met; write"),
        ("memory_usage: 0B", "above: 0 would always be met; write 100MB"),
        ("threads: 0", "above: 0 would always be met"),
        ("open_files: 0", "above: 0 would always be met"),
        ("children: {below: 0}", "below: 0 would never be met"),
        ("children: -1", "above: -1 would always be met"),
        ("host_memory: {above: 0%}", "above: 0 would always be met; write 90%"),
        ("host_memory: {available_below: 0B}", "available_below: 0 would never be met"),
        ("disk_usage: {mount_point: /, above: 0%}", "above: 0 would always be met"),
        ("disk_usage: {mount_point: /, free_below: 0B}", "free_below: 0 would never be met"),
        ("load_average: 0", "above: 0 would always be met"),
        ("file_mtime: {path: /a, max_age: 0}", "max_age: 0 would always be met"),
        ("heartbeat: {file: /a, max_age: 0}", "max_age: 0 would always be met"),
        ("watchdog: 0", "within: 0 would always be met"),
        ("tries: {times: 5, within: 0}", "within: 0 would never be met"),
        ("log_match: {path: /a, pattern: ''}", "matches everything"),
        ("log_match: {path: /a, pattern: '.*'}", "matches everything"),
        ("command: {fails: /bin/x, timeout: 0}", "timeout: nothing is answered in no time"),
        ("complex: {any: []}", "any: is empty"),
        ("complex: {any: [{uptime: 0}]}", "above: 0 would always be met"),
        ("memory_usage: {above: 5MB, times: 0}", "would always be met"),
        ("memory_usage: {above: 5MB, times: [5, 3]}", "would never be met"),
    ],
)
def test_a_condition_that_says_nothing_is_an_error_where_it_stands(
    condition: str, said: str, problems: Problems
) -> None:
    text = f"watches:\n  web:\n    command: /bin/w\n    restart_if:\n    - {{{condition}}}\n"

    (found,) = problems(text)

    assert found.startswith("5:")
    assert said in found


@pytest.mark.field("B5")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("from_state: []", "to_state is missing"),
        ("from_state: [], to_state: [start]", "from_state: an empty list says nothing"),
        ("to_state: []", "to_state"),
        ("within: 0s", "within: 0 would never be met"),
        ("retry_times: 2, retry_within: 0s", "retry_within: 0 would never give up"),
    ],
)
def test_a_flapping_limit_that_says_nothing_is_an_error(
    more: str, said: str, problems: Problems
) -> None:
    (found,) = problems(f"watches: {{web: {{command: /bin/w, flapping: {{{more}}}}}}}")

    assert said in found


@pytest.mark.field("J14")
def test_restarts_of_instances_and_what_is_asked_before_them(read: Callable[..., object]) -> None:
    text = """
        watches:
          web:
            command: x
            instances: 2
            shell: true
            restart_together: true
            check_before_restart: nginx -t
            hooks: {before_start: test -e /etc/web}
            skip_codes: [99, 100]
    """
    web = read(text).watches["web-2"]  # type: ignore[attr-defined]

    assert (web.copy_of, web.restart_together, web.skip_codes) == ("web", True, (99, 100))
    assert web.program.check_before_restart == ("/bin/sh", "-c", "nginx -t")


@pytest.mark.field("J14")
def test_a_skip_code_is_no_success(problems: Problems) -> None:
    (found,) = problems("watches: {web: {command: x, skip_codes: 0}}")

    assert "skip_codes: 0 is not between 1 and 255" in found
