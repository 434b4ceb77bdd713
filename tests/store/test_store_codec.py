"""Statuses as JSON: all of it, and what other versions have written."""

import json
from types import MappingProxyType

import pytest

from overseer.model.process import Exit, Process
from overseer.model.program import Program, StopStep
from overseer.model.state import Goal, Hold, Life
from overseer.model.status import Errand, Flap, Job, LaunchMoment, Stage, Status, Then
from overseer.store.codec import Unreadable, decode, encode

PROCESS = Process(4711, 123_456, "boot-one")
FULL = Status(
    name="web",
    boot="boot-one",
    goal=Goal.UP,
    set_by="alice",
    set_words="@web",
    state="up",
    came_from="start",
    entry=7,
    since=12.5,
    life=Life.ALIVE,
    process=PROCESS,
    program=Program(
        start=("ctl", "start"),
        env={"A": "1", "B": ""},
        stop_signals=(StopStep(3, 30.0), StopStep(15, 10.0)),
        reload=1,
        umask=0,
        nice=0,
    ),
    errand=Errand(
        id="boot-1", job=Job.START, boot="b", ticks=1, began=2.0, stage=Stage.CUT, exit=Exit(0)
    ),
    then=Then.LAUNCH,
    launches=(LaunchMoment(1.0, "up", "start"), LaunchMoment(2.0, "start", "start", ("flapping",))),
    flaps=(Flap(1.5, "flapping"), Flap(2.5, "flapping")),
    hold=Hold.CHECKS,
    last_exit=Exit(signal=9),
    last_ran_for=0.0,
)


@pytest.mark.parametrize("status", [FULL, Status(name="bare")])
def test_what_is_written_is_read_again(status: Status) -> None:
    assert decode(Status, encode(status)) == status


@pytest.mark.parametrize("program", [Program(reload=1), Program(reload=("a", "b")), Program()])
def test_a_value_of_several_kinds_keeps_its_kind(program: Program) -> None:
    assert decode(Program, encode(program)) == program


def test_empty_where_full_is_the_default_is_written() -> None:
    program = Program(stop_signals=(), kill="")

    assert decode(Program, encode(program)) == program


def test_a_mapping_that_is_no_dict_is_written_as_one() -> None:
    program = Program(env=MappingProxyType({"A": "1"}))

    assert decode(Program, encode(program)) == Program(env={"A": "1"})


@pytest.mark.design("4.16")
def test_keys_of_a_later_version_are_passed_over() -> None:
    kept = json.loads(encode(FULL)) | {"mood": "sunny", "process": {"pid": 1, "ticks": 2}}
    kept["process"] = {"pid": 1, "ticks": 2, "boot": "b", "colour": "red"}

    found = decode(Status, json.dumps(kept))

    assert found.process == Process(1, 2, "b")
    assert found.goal is Goal.UP


@pytest.mark.design("4.16")
def test_missing_keys_take_their_default() -> None:
    assert decode(Status, '{"name": "web", "goal": "up"}') == Status(name="web", goal=Goal.UP)


def test_a_word_of_a_later_version_gives_way_to_the_default_and_nothing_else_does() -> None:
    kept = json.loads(encode(FULL)) | {"hold": "on_the_moon"}

    found = decode(Status, json.dumps(kept))

    assert found.hold is Hold.NONE
    assert found.goal is Goal.UP
    assert found.process == PROCESS


@pytest.mark.parametrize("text", ["", "[]", "null", '{"goal": "up"}', '{"name": 3}', "{"])
def test_what_is_no_status_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        decode(Status, text)


def test_counts_of_before_rows_had_their_own_are_read() -> None:
    """Launches still count, for every row; of holds only that of now is known."""
    old = (
        '{"name":"web","hold":"flapping","hold_due":9.5,"flaps":[1.5,2.5],'
        '"launches":[{"at":1.0,"came_from":"up","state":"start"}]}'
    )

    status = decode(Status, old)

    assert status.launches == (LaunchMoment(1.0, "up", "start"),)
    assert (status.hold, status.hold_due, status.flaps) == (Hold.FLAPPING, 9.5, ())
