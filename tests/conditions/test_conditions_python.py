"""A Python function as a condition."""

import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from polls import Polls

from overseer.conditions.python import Python
from overseer.model.event import Answered, Doubted

Place = Callable[[str], str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Write a file with that code; the `call` of its function `ask`."""

    def place(code: str) -> str:
        (tmp_path / "checks.py").write_text(dedent(code))
        return f"{tmp_path}/checks.py:ask"

    return place


@pytest.mark.parametrize(("code", "met"), [("True", True), ("False", False), ("None", None)])
def test_true_is_met_false_is_not_and_none_is_unknown(
    code: str, met: bool | None, place: Place
) -> None:
    assert Polls(Python(call=place(f"def ask(): return {code}"))).met() is met


@pytest.mark.parametrize(("number", "met"), [(100, False), (100.5, True), (101, True)])
def test_a_number_is_compared(number: float, met: bool, place: Place) -> None:
    call = place(f"def ask(): return {number}")

    assert Polls(Python(call=call, above=100.0)).met() is met


def test_it_gets_its_arguments_by_name_and_explains_itself(place: Place) -> None:
    call = place("def ask(queue, factor=2): return len(queue) * factor")
    polls = Polls(Python(call=call, args={"queue": "mail", "factor": 3}, above=10.0))

    (said,) = polls.ask()

    assert isinstance(said, Answered)
    assert said.reason == "ask says 12, above 10"
    assert said.samples == ("*12",)


def test_a_module_is_imported_by_its_name() -> None:
    exists = Python(call="os.path:exists", args={"path": "/"})

    assert Polls(exists).met() is True
    assert Polls(Python(call="pathlib:Path.is_absolute", args={"self": Path("/")})).met() is True


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def ask(): return 1 / 0", "ZeroDivisionError: division by zero"),
        ("def ask(): return 7", "HERE returned int; write above: 100 to compare it"),
        ("def ask(): return 'yes'", "HERE returned str; return True or False"),
        ("import sys\ndef ask(): sys.exit(3)", "HERE called sys.exit(3)"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "AttributeError: module 'overseer check FILE' has no attribute 'ask'"),
    ],
)
def test_what_goes_wrong_is_unknown_and_why(code: str, why: str, place: Place) -> None:
    call = place(code)
    polls = Polls(Python(call=call))

    said = [one for _ in range(3) for one in polls.ask()]

    told = why.replace("HERE", call).replace("FILE", call.removesuffix(":ask"))
    assert said == [Doubted(0, 1, f"python: {told}")]


def test_with_above_only_a_number_will_do(place: Place) -> None:
    polls = Polls(Python(call=place("def ask(): return True"), above=1.0))

    (said,) = [one for _ in range(3) for one in polls.ask()]

    assert isinstance(said, Doubted)
    assert said.why.endswith("returned bool, no number to compare")


def test_a_file_that_is_not_there_is_unknown() -> None:
    (said,) = [
        one for polls in [Polls(Python(call="/no/x.py:f"))] for _ in "123" for one in polls.ask()
    ]

    assert "/no/x.py: no such file or directory" in str(said)


def test_a_file_is_imported_once_and_anew_when_it_has_changed(place: Place) -> None:
    call = place(
        """
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Asked:
            times: int = 0
        asked = Asked()
        def ask():
            asked.times += 1
            return asked.times
        """
    )
    polls = Polls(Python(call=call, above=1.0))
    before = [polls.met(), polls.met()]

    place("def ask(): return 0")
    os.utime(call.removesuffix(":ask"), ns=(1, 1))

    assert before == [False, True]
    assert polls.met() is False
