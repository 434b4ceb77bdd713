"""Stories of tasks: states of their own, a command for each, and no process."""

from dataclasses import replace

import pytest
from cast import FULL, TIDY, guard, held

from overseer.conditions.always import Always
from overseer.core.outcome import outcome
from overseer.core.phase import because
from overseer.model.event import Answered, Closing, LaunchFailed, Reshaped, Verb
from overseer.model.news import Kind
from overseer.model.process import ENDED, Exit
from overseer.model.state import Goal, Hold, Phase
from overseer.model.state import Life as Living
from overseer.model.status import Job
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.testing import Life


def commands(life: Life) -> list[int]:
    return list(life.processes.living)


def ends(life: Life, code: int = 0) -> None:
    [pid] = commands(life)
    life.processes.die(pid, Exit(code))
    life.engine.turn()


def run(life: Life) -> list[str]:
    """The programs that have been run so far, in order."""
    return [words[0] for words in life.processes.argvs if words]


def where(life: Life) -> tuple[str, Phase]:
    return life.status.state, life.phase


@pytest.mark.case(9)
def test_it_begins_in_its_initial_state_without_a_process() -> None:
    life = Life(guard())

    assert where(life) == ("ok", Phase.UP)
    assert (life.pid, commands(life), life.status.goal) == (None, [], Goal.UP)


@pytest.mark.case(46)
def test_entering_a_state_runs_its_command_once() -> None:
    life = Life(guard())
    life.answers(FULL, "/: disk 92% full, above 90%")

    assert where(life) == ("cleaning", Phase.UP)
    assert run(life) == ["clean-tmp"]
    assert life.processes.spawned == [("guard", Job.STATE)]


@pytest.mark.case(46)
def test_a_command_is_told_its_state_and_why() -> None:
    life = Life(guard(), prompt=False)
    life.answers(FULL, "/: disk 92% full, above 90%")

    [(_, spawn)] = life.processes.unborn
    assert (spawn.state, spawn.reason) == ("cleaning", "/: disk 92% full, above 90%")
    assert spawn.program.user == "deploy"


@pytest.mark.case(76)
def test_when_its_command_has_helped_it_returns() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    ends(life)
    life.answers(TIDY, "disk_usage not met", met=False)

    assert where(life) == ("ok", Phase.UP)
    assert run(life) == ["clean-tmp"]


def test_when_its_command_has_not_helped_it_goes_on() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    ends(life)
    life.answers(TIDY, "still full")

    assert where(life) == ("full", Phase.UP)
    assert run(life) == ["clean-tmp", "page-me"]


def test_that_a_check_moves_it_is_told_and_that_it_returns_is_not() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    ends(life)
    life.answers(TIDY, "disk_usage not met", met=False)

    assert life.told(Kind.CHECK_MET) == ["full: cleaning"]


def test_a_command_that_fails_is_told_and_wedges_nothing() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    ends(life, code=1)
    failed = (*where(life), because(life.status))
    life.answers(TIDY, "disk_usage not met", met=False)

    assert failed == ("cleaning", Phase.UNKNOWN, "command of cleaning: exit code 1")
    assert life.told(Kind.COMMAND_FAILED) == ["command of cleaning: exit code 1"]
    assert where(life) == ("ok", Phase.UP)


def test_a_command_that_cannot_be_run_is_told_and_wedges_nothing() -> None:
    life = Life(guard())
    life.processes.broken = "no such file: clean-tmp"
    life.answers(FULL, "full")

    assert where(life) == ("cleaning", Phase.UNKNOWN)
    assert life.told(Kind.COMMAND_FAILED) == ["command of cleaning: no such file: clean-tmp"]


def test_a_command_that_takes_too_long_is_cut_short() -> None:
    life = Life(guard())
    life.processes.ignores_term = True
    life.answers(FULL, "full")
    life.passes(60)
    polite = life.processes.signals[:]
    life.passes(5)

    assert [signal for _, signal in polite] == [15]
    assert commands(life) == []
    assert life.told(Kind.COMMAND_FAILED) == [
        "command of cleaning: cut short, it took longer than 1m"
    ]


def test_a_state_may_have_a_time_limit_of_its_own() -> None:
    slow = TaskState("cleaning", ("clean-tmp",), 600.0)
    states = tuple(slow if state.name == "cleaning" else state for state in guard().states)
    life = Life(replace(guard(), states=states))
    life.answers(FULL, "full")
    life.passes(599)
    before = commands(life)
    life.passes(1)

    assert len(before) == 1
    assert commands(life) == []


def test_leaving_a_state_ends_its_command_before_the_next_is_run() -> None:
    life = Life(guard())
    life.processes.ignores_term = True
    life.answers(FULL, "full")
    life.answers(0, "above 99%", lifecycle=True)
    meanwhile = (life.status.state, run(life))
    life.passes(5)

    assert meanwhile == ("full", ["clean-tmp"])
    assert [signal for _, signal in life.processes.signals] == [15, 9]
    assert run(life) == ["clean-tmp", "page-me"]
    assert life.told(Kind.COMMAND_FAILED) == []


def test_of_states_passed_through_meanwhile_only_the_last_has_its_command_run() -> None:
    life = Life(guard(), prompt=False)
    life.answers(FULL, "full")
    life.answers(0, "above 99%", lifecycle=True)
    life.asks(Verb.START)
    while life.processes.unborn:
        life.processes.launch(*life.processes.unborn.pop(0))
    while life.processes.waiting:
        life.engine.post(*life.processes.waiting.pop(0))
        life.engine.turn()

    assert where(life) == ("ok", Phase.UP)
    assert (run(life), commands(life)) == ([], [])


def test_what_survives_sigkill_is_told_and_nothing_is_run_beside_it() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.processes.immortal = True
    life.answers(0, "above 99%", lifecycle=True)
    life.passes(15)

    assert life.phase is Phase.STOP_FAILED
    assert len(life.told(Kind.STOP_FAILED)) == 1
    assert life.processes.unborn == []


@pytest.mark.case(43)
def test_an_answer_to_a_question_of_an_earlier_state_moves_nothing() -> None:
    life = Life(guard())
    entry = life.status.entry
    life.asks(Verb.START)
    life.happens(Answered(FULL, entry, True, "full"))

    assert where(life) == ("ok", Phase.UP)


def test_a_lifecycle_row_that_leads_where_it_is_does_nothing() -> None:
    life = Life(guard())
    life.answers(0, "above 99%", lifecycle=True)
    ends(life)
    life.answers(0, "above 99%", lifecycle=True)

    assert run(life) == ["page-me"]


def test_a_row_from_a_state_to_itself_runs_its_command_again() -> None:
    again = Transition(("full",), Always(), "full")
    life = Life(replace(guard(), transitions=(*guard().transitions, again)))
    life.answers(0, "above 99%", lifecycle=True)
    ends(life)
    life.answers(2, "always")

    assert run(life) == ["page-me", "page-me"]


@pytest.mark.case(58)
@pytest.mark.parametrize("verb", [Verb.RESTART, Verb.RELOAD])
def test_what_needs_a_process_is_refused(verb: Verb) -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    request = life.asks(verb)

    said = outcome(verb, life.watch, life.status, request)
    assert said
    assert (said.ok, said.code) == (False, 1)
    assert said.message == f"it is a task, without a process to {verb}"
    assert life.status.state == "cleaning"


def test_unmonitor_leaves_every_state_and_ends_the_command() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    request = life.asks(Verb.UNMONITOR)

    assert where(life) == ("unmonitored", Phase.UNMONITORED)
    assert commands(life) == []
    assert outcome(Verb.UNMONITOR, life.watch, life.status, request)


def test_start_by_name_leads_back_to_the_initial_state() -> None:
    life = Life(guard())
    life.answers(0, "above 99%", lifecycle=True)
    request = life.asks(Verb.START, words="guard")

    said = outcome(Verb.START, life.watch, life.status, request)
    assert where(life) == ("ok", Phase.UP)
    assert said
    assert (said.code, said.message) == (0, "up, in state ok")


def test_start_of_everything_leaves_a_task_where_it_is() -> None:
    life = Life(guard())
    life.answers(0, "above 99%", lifecycle=True)
    life.asks(Verb.START, words="--all")

    assert life.status.state == "full"


def test_start_answers_when_the_command_of_the_initial_state_is_over() -> None:
    life = Life(replace(guard(), initial_state="full", autostart=False))
    request = life.asks(Verb.START)
    early = outcome(Verb.START, life.watch, life.status, request)
    ends(life, code=1)

    said = outcome(Verb.START, life.watch, life.status, request)
    assert early is None
    assert said
    assert (said.code, said.message) == (3, "unknown: command of full: exit code 1")


@pytest.mark.case(58)
def test_terminate_ends_the_command_and_the_next_daemon_runs_it_again() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.happens(Closing())
    ended = (commands(life), life.status.life, life.told(Kind.COMMAND_FAILED))
    life.answers(FULL, "full")
    life.daemon_begins()

    assert ended == ([], Living.DOWN, [])
    assert where(life) == ("cleaning", Phase.UP)
    assert run(life) == ["clean-tmp", "clean-tmp"]


@pytest.mark.design("4.16")
def test_after_a_kill_of_the_daemon_a_running_command_is_followed() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    before = commands(life)
    life.daemon_dies()
    life.daemon_begins()
    followed = commands(life)
    ends(life, code=1)

    assert before == followed
    assert run(life) == ["clean-tmp"]
    assert where(life) == ("cleaning", Phase.UNKNOWN)


@pytest.mark.design("4.16")
def test_the_next_daemon_asks_what_is_asked_in_its_state() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.daemon_dies()
    life.world.rounds.arranged.clear()
    life.daemon_begins()

    assert life.world.rounds.arranged["guard"].state == "cleaning"


@pytest.mark.design("4.16")
def test_a_command_that_ended_while_no_daemon_was_there_is_not_run_again() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.daemon_dies()
    life.processes.die(commands(life)[0], ENDED)
    life.daemon_begins()

    assert where(life) == ("cleaning", Phase.UP)
    assert run(life) == ["clean-tmp"]


@pytest.mark.design("4.6")
def test_a_command_whose_process_was_never_recorded_is_found_and_followed() -> None:
    life = Life(guard(), prompt=False)
    life.answers(FULL, "full")
    _, spawn = life.processes.unborn[0]
    life.processes.bear("guard", Job.STATE, spawn.errand.id)
    life.daemon_dies()
    life.processes.prompt = True
    life.daemon_begins()
    followed = life.status.errand
    ends(life)

    assert followed
    assert followed.process
    assert where(life) == ("cleaning", Phase.UP)
    assert run(life) == []


@pytest.mark.design("4.6")
def test_a_command_of_which_only_the_intent_is_left_is_not_run_twice() -> None:
    life = Life(guard(), prompt=False)
    life.answers(FULL, "full")
    life.daemon_dies()
    life.processes.prompt = True
    life.daemon_begins()

    assert where(life) == ("cleaning", Phase.UNKNOWN)
    assert run(life) == []
    assert life.told(Kind.COMMAND_FAILED) == [
        "command of cleaning: overseer was killed meanwhile, and nothing of it runs now"
    ]


@pytest.mark.design("4.6")
def test_where_it_cannot_be_told_whether_a_command_runs_none_is_run() -> None:
    life = Life(guard(), prompt=False)
    life.answers(FULL, "full")
    life.daemon_dies()
    life.processes.prompt, life.processes.looks_fail = True, "unreadable"
    life.daemon_begins()
    life.answers(0, "above 99%", lifecycle=True)
    doubtful = (life.phase, run(life))
    life.processes.looks_fail = ""
    life.passes(30)

    assert doubtful == (Phase.UNKNOWN, [])
    assert (where(life), run(life)) == (("full", Phase.UP), ["page-me"])


def test_another_boot_begins_with_the_initial_state() -> None:
    life = Life(guard())
    life.answers(0, "above 99%", lifecycle=True)
    life.world.store.disk["guard"] = replace(life.status, boot="the boot before", errand=None)
    life.processes.living.clear()
    life.daemon_dies()
    life.daemon_begins()

    assert where(life) == ("ok", Phase.UP)


def test_a_state_that_a_load_takes_away_leads_to_the_initial_state() -> None:
    life = Life(guard())
    life.answers(0, "above 99%", lifecycle=True)
    kept = tuple(state for state in guard().states if state.name != "full")
    life.engine.watches["guard"] = replace(guard(), states=kept)
    life.happens(Reshaped(hard=False))

    assert where(life) == ("ok", Phase.UP)
    assert commands(life) == []


def flaps(life: Life, times: int) -> None:
    for _ in range(times):
        life.answers(FULL, "full")
        for _ in commands(life):
            ends(life)
        if life.status.state == "cleaning":
            life.answers(TIDY, "not met", met=False)
        life.passes(1)


def test_too_many_moves_into_a_state_hold_it_back_and_it_is_tried_again() -> None:
    row = held(times=3, within=60.0, retry_in=600.0, to_state=("cleaning",))
    life = Life(replace(guard(), lifecycle=(row,)))
    flaps(life, 4)
    back = (where(life), life.status.hold, len(run(life)))
    life.passes(600)

    assert back == (("unmonitored", Phase.HELD), Hold.FLAPPING, 3)
    assert where(life) == ("ok", Phase.UP)
    [said] = life.told(Kind.FLAPPING)
    assert said == "flapping: 3 moves within 1m, full"


def test_flapping_may_lead_to_a_state_of_its_own() -> None:
    row = replace(held(times=3, within=60.0, to_state=("cleaning",)), to="full")
    life = Life(replace(guard(), lifecycle=(row,)))
    flaps(life, 4)

    assert life.status.state == "full"
    assert run(life) == ["clean-tmp", "clean-tmp", "clean-tmp", "page-me"]


def test_moves_that_are_not_counted_hold_nothing_back() -> None:
    row = held(times=3, within=60.0, to_state=("full",))
    life = Life(replace(guard(), lifecycle=(row,)))
    flaps(life, 10)

    assert (life.status.state, len(run(life))) == ("ok", 10)


def test_a_task_that_was_a_program_leaves_its_process_to_itself(foreground: object) -> None:
    life = Life(replace(foreground, name="guard"))  # type: ignore[type-var]
    life.passes(2)
    pid = life.pid
    life.daemon_dies()
    life.daemon_begins(guard())

    assert where(life) == ("ok", Phase.UP)
    assert life.told(Kind.WARNING) == [f"it is a task now; pid {pid} is left to itself"]


def test_a_program_that_was_a_task_is_started(foreground: object) -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.daemon_dies()
    life.daemon_begins(replace(foreground, name="guard"))  # type: ignore[type-var]
    life.passes(2)

    assert life.phase is Phase.UP
    assert life.pid


def test_a_late_failure_of_another_launch_is_ignored() -> None:
    life = Life(guard())
    life.answers(FULL, "full")
    life.happens(LaunchFailed("another", "no such file"))

    assert life.phase is Phase.UP
