"""A program's end as a condition."""

import pytest
from polls import Polls, Programs

from overseer.conditions.base import Ended
from overseer.conditions.command import Command
from overseer.model.event import Answered, Doubted

FAILS = Command(fails="/usr/lib/check_web -q")


@pytest.mark.parametrize(
    ("ends", "fails", "sample"),
    [
        (Ended(0, ""), False, "exit 0"),
        (Ended(0, "\n  fine\nmore\n"), False, "exit 0: fine"),
        (Ended(1, "first line of output\nsecond\n"), True, "exit 1: first line of output"),
        (Ended(127, "sh: x: not found"), True, "exit 127: sh: x: not found"),
        (Ended(None, "", 9), True, "ended by SIGKILL"),
        (TimeoutError(), True, "not over within 10s"),
    ],
)
def test_a_code_other_than_0_a_signal_and_a_time_out_are_failures(
    ends: Ended | Exception, fails: bool, sample: str
) -> None:
    failing, succeeding = Polls(FAILS, Programs(ends)), Polls(Command(succeeds="x"), Programs(ends))

    assert failing.met() is fails
    assert succeeding.met() is not fails
    assert failing.sample == "*" * fails + sample


def test_what_cannot_be_run_at_all_is_unknown_and_why() -> None:
    polls = Polls(FAILS, Programs(OSError("no such file: /usr/lib/check_web")))

    said = [one for _ in range(3) for one in polls.ask()]

    assert said == [Doubted(0, 1, "command: no such file: /usr/lib/check_web")]


def test_with_output_it_succeeds_only_where_that_is_found() -> None:
    program = Programs(Ended(0, "state: OK\n"))
    polls = Polls(Command(succeeds="x", output=r"^state: (OK|fine)$"), program)

    assert polls.met() is True
    program.ends = Ended(0, "state: NOT OK\n")
    assert polls.met() is False
    assert polls.sample == "exit 0 without ^state: (OK|fine)$: state: NOT OK"


def test_it_explains_itself_without_its_arguments() -> None:
    """Among them may be a password."""
    polls = Polls(Command(fails="/usr/lib/check_web --password x"), Programs(Ended(2, "refused")))

    (said,) = polls.ask()

    assert isinstance(said, Answered)
    assert said.reason == "check_web: exit 2: refused"
    assert polls.round.tally().limit == "fails"


def test_a_long_line_is_cut_and_what_no_terminal_wants_is_taken_out() -> None:
    polls = Polls(FAILS, Programs(Ended(1, "\x1b[31m" + "x" * 500)))

    polls.ask()

    assert polls.sample == "*exit 1:  [31m" + "x" * 115 + "..."
