"""command, python, degrading_lambda and complex, as they are written."""

from collections.abc import Callable
from typing import Any

import pytest

from overseer.conditions.always import Always
from overseer.conditions.base import Ended, Scene, Times
from overseer.conditions.complex import Complex, Join, Part
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.python import Python
from overseer.core import spell
from overseer.model.watch import Watch

MB = 2**20
Problems = Callable[..., list[str]]
Condition = Callable[..., Any]


@pytest.fixture
def condition(watch: Callable[..., Watch]) -> Condition:
    """The one condition of `alert_if`, or of another key."""

    def condition(text: str, key: str = "alert_if") -> Any:
        return watch(f"{key}: {text}").transitions[-1].when

    return condition


@pytest.mark.parametrize(
    ("options", "argv"),
    [
        ("fails: /bin/check 'a b' c", ("/bin/check", "a b", "c")),
        ("fails: [/bin/check, a b]", ("/bin/check", "a b")),
        ("succeeds: 'a | b', shell: true", ("/bin/sh", "-c", "a | b")),
    ],
)
def test_a_command_is_written_as_others_are(
    options: str, argv: tuple[str, ...], condition: Condition
) -> None:
    ran: list[object] = []

    def run(*asked: object) -> Ended:
        ran.extend(asked)
        return Ended(0, "")

    condition(f"{{command: {{{options}, timeout: 3s}}}}").measure(Scene(run=run))

    assert ran == [argv, 3.0]


BOTH = "write {fails: /usr/lib/check_web} or {succeeds: /usr/lib/check_web}"
EXAMPLE = "write {all: [{memory_usage: 100MB}, {not: {cpu_usage: 50%}}]}"
WRONG = [
    ("command: /bin/check", f"1:49: command: '/bin/check' is not understood; {BOTH}"),
    ("command: {}", f"1:49: command: must say which; {BOTH}"),
    ("command", f"1:41: command: must say which; {BOTH}"),
    ("command: {fails: a, succeeds: b}", f"1:49: command: must say one thing only; {BOTH}"),
    ("command: {fails: a | b}", "1:57: command: fails: an unquoted | means something to a shell"),
    ("command: {fails: [a], shell: true}", "1:69: command: shell: a list of words is run as it is"),
    ("command: {fails: []}", "1:57: command: fails: is empty; write a command like"),
    ("command: {fails: a, output: '('}", "1:68: command: output: '(' is no regular expression"),
    ("command: {fails: a, expect: b}", "1:60: command has no option expect"),
    ("lambda: x", "1:40: lambda is Ruby, which overseer does not run; write command: {fails: PROG"),
    ("lambda: x", "or python: {call: module:function}"),
    ("python", "1:41: python: call is missing"),
    ("python: check", "python: call: 'check' is not understood; write package.module:function, or"),
    ("python: {call: checks.py:x y}", "1:55: python: call: 'checks.py:x y' is not understood"),
    (
        "degrading_lambda: {}",
        "degrading_lambda: must say which; write {call: checks.web:healthy} or",
    ),
    ("complex", f"1:41: complex: nothing is not understood; {EXAMPLE}"),
    ("complex: always", f"1:49: complex: 'always' is not understood; {EXAMPLE}"),
    ("complex: {}", f"1:49: complex: says nothing; {EXAMPLE}"),
    ("complex: {all: []}", f"1:55: all: is empty; {EXAMPLE}"),
    ("complex: {all: [[always]]}", f"1:56: complex: a list is not understood; {EXAMPLE}"),
    ("complex: {alll: always}", "1:50: complex has no option alll; did you mean all?"),
    ("complex: {any: {memory: 5MB}}", "1:56: no condition is called 'memory'; did you mean memory"),
    ("complex: {any: {tries: x}}", "1:63: tries: 'x' is not understood; write 5, or [3, 5]"),
    ("complex: {not: {any: {cpu_usage: {}}}}", "1:73: cpu_usage: above is missing; write above"),
    ("complex: {all: process_exits}", "1:55: process_exits: is answered when it happens, not when"),
    ("complex: {all: {always: {interval: 3s}}}", "1:56: always: the parts of complex are asked to"),
    ("complex: {all: {always: {notify: ops}}}", "1:65: always has no option notify"),
    ("complex: {all: always, and: always}", "1:63: complex: and stands beside all; put one of"),
    ("complex: {all: always, times: [5, 3]}", "1:70: complex: times: 5 of 3 would never be met"),
    (
        "complex: {all: {memory_usage: {above: 5MB, tree: true}, cpu_usage: 5%}}",
        "1:49: complex: one part measures the process and another its tree; write tree: true in",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_not_right_is_said_in_its_place(text: str, said: str, problems: Problems) -> None:
    inner = text if ":" in text else f"[{text}]"
    brackets = "{}" if ":" in text else "  "
    found = problems(
        f"watches: {{web: {{command: x, alert_if: {brackets[0]}{inner}{brackets[1]}}}}}\n"
    )

    assert len(found) == 1
    assert said in found[0]


def test_arguments_of_a_function_are_what_yaml_says_they_are(condition: Condition) -> None:
    found = condition(
        "{python: {call: a.b:c, args: {n: 5, f: 0.5, s: '5', t: x, l: [true, null]}}}"
    )

    args = {"n": 5, "f": 0.5, "s": "5", "t": "x", "l": [True, None]}
    assert found == Python(call="a.b:c", args=args)


def memory(times: Times = Times()) -> MemoryUsage:  # noqa: B008 - frozen
    return MemoryUsage(above=100 * MB, times=times)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "{all: [memory_usage: 100MB, always: true]}",
            [(Join.AND, memory()), (Join.AND, Always())],
        ),
        ("{any: {memory_usage: 100MB, always: true}}", [(Join.OR, memory()), (Join.OR, Always())]),
        ("{all: [always, not: always]}", [(Join.AND, Always()), (Join.AND_NOT, Always())]),
        ("{any: [always, not: always]}", [(Join.OR, Always()), (Join.OR_NOT, Always())]),
        ("{not: [always, not: always]}", [(Join.AND_NOT, Always()), (Join.AND, Always())]),
        (
            "{and: always, this: {memory_usage: 100MB}}",
            [(Join.AND, memory()), (Join.AND, Always())],
        ),
        ("{or: always, and_not: always}", [(Join.OR, Always()), (Join.AND_NOT, Always())]),
        ("{all: {complex: {all: always}}}", [(Join.AND, Always())]),
    ],
)
def test_parts_are_joined_as_they_are_written(
    text: str, parts: list[tuple[Join, object]], condition: Condition
) -> None:
    assert condition(f"{{complex: {text}}}").parts == tuple(Part(*one) for one in parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{any: [always, tries: 5], not: always}", "(always or tries (5 times)) and not always"),
        ("{all: [always, any: [always, tries: 2]]}", "always and (always or tries (2 times))"),
        ("{not: {any: [always, tries: 2]}}", "not (always or tries (2 times))"),
        ("{all: [always, {this: always, or: always}]}", "always and (always or always)"),
        ("{all: {complex: {all: always, times: 2}}}", "(always) (2 of 2)"),
        ("{this: {cpu_usage: 50%}, or_not: always}", "cpu_usage above 50% or not always"),
    ],
)
def test_any_depth_is_read_and_spelled(text: str, said: str, condition: Condition) -> None:
    assert spell.when(condition(f"{{complex: {text}}}")) == f"complex {said}"


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("{all: [always, cpu_usage: 5%]}", Times(3, 5)),
        ("{all: [always, cpu_usage: {above: 5%, times: 3}]}", Times()),
        ("{all: [always, not: {any: {cpu_usage: {above: 5%, times: 3}}}]}", Times()),
        ("{all: always, times: 2}", Times(2, 2)),
        ("{all: [always, log_match: {path: /x, pattern: y}]}", Times()),
    ],
)
def test_three_of_five_is_usual_unless_its_parts_say_how_often(
    text: str, times: Times, condition: Condition
) -> None:
    assert condition(f"{{complex: {text}}}", "restart_if").times == times


def test_a_degrading_lambda_counts_by_itself(condition: Condition) -> None:
    assert condition("{degrading_lambda: {fails: x}}", "restart_if").times == Times()


def test_it_has_the_time_that_its_parts_need_one_after_another(condition: Condition) -> None:
    three = "command: {fails: a}}, {command: {fails: b, timeout: 20s}}, {python: 'a.b:c'"

    assert condition(f"{{complex: {{any: [{{{three}}}]}}}}").timeout == 40.0
    assert condition(f"{{complex: {{any: [{{{three}}}], timeout: 5s}}}}").timeout == 5.0


def test_it_reads_the_process_as_its_parts_do(condition: Condition) -> None:
    found = condition("{complex: {any: [always, {all: {cpu_usage: {above: 5%, tree: true}}}]}}")

    assert (found.reads, found.tree) == (True, True)
    assert not Complex(parts=(Part(Join.AND, Always()),)).reads
    assert not Complex(parts=(Part(Join.AND, CpuUsage(above=5.0)),)).tree


def test_else_needs_parts_that_count_alone(problems: Problems) -> None:
    row = "{from: stop, when: {complex: {all: {tries: 2}}}, to: up, else: start}"
    found = problems(
        f"watches: {{web: {{command: x, transitions: {{extend: default, add: [{row}]}}}}}}\n"
    )

    assert found == ["1:123: else needs times: 1, in all that complex is made of"]
