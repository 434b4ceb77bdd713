"""Two people ask something of one watch: what each of them is told."""

from dataclasses import replace

import pytest
from cast import GOD
from days import Days, nightly

from overseer.conditions.process_exits import ProcessExits
from overseer.core.outcome import Outcome, outcome
from overseer.model.event import Verb
from overseer.model.news import News
from overseer.model.process import Exit
from overseer.model.schedule import Schedule
from overseer.model.state import Phase
from overseer.model.status import Job, Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import Life, Lives

START, STOP, RESTART = Verb.START, Verb.STOP, Verb.RESTART
RELOAD, UNMONITOR, TRIGGER = Verb.RELOAD, Verb.UNMONITOR, Verb.TRIGGER
UP, STOPPED, RELOADED = "up, pid", "stopped", "reloaded, pid"
ALONE = "unmonitored"
BUSY = "not reloaded: it is busy"
NO_SCHEDULE = "it has no schedule"
FINISHED = "run finished: exit code 0"
BETWEEN = "came in between"

pytestmark = pytest.mark.field("N3")

TABLE = {
    (START, START): (UP, UP),
    (START, RESTART): (UP, UP),
    (START, STOP): (f"stop by bob {BETWEEN}", STOPPED),
    (START, UNMONITOR): (f"unmonitor by bob {BETWEEN}", ALONE),
    (START, RELOAD): (UP, BUSY),
    (START, TRIGGER): (UP, NO_SCHEDULE),
    (RESTART, START): (UP, UP),
    (RESTART, RESTART): (UP, UP),
    (RESTART, STOP): (f"stop by bob {BETWEEN}", STOPPED),
    (RESTART, UNMONITOR): (f"unmonitor by bob {BETWEEN}", ALONE),
    (RESTART, RELOAD): (UP, BUSY),
    (RESTART, TRIGGER): (UP, NO_SCHEDULE),
    (STOP, START): (f"start by bob {BETWEEN}", UP),
    (STOP, RESTART): (f"restart by bob {BETWEEN}", UP),
    (STOP, STOP): (STOPPED, STOPPED),
    (STOP, UNMONITOR): (f"unmonitor by bob {BETWEEN}", ALONE),
    (STOP, RELOAD): (STOPPED, BUSY),
    (STOP, TRIGGER): (STOPPED, NO_SCHEDULE),
    (RELOAD, START): (RELOADED, UP),
    (RELOAD, RESTART): (f"not reloaded: restart by bob {BETWEEN}", UP),
    (RELOAD, STOP): (f"not reloaded: stop by bob {BETWEEN}", STOPPED),
    (RELOAD, UNMONITOR): (RELOADED, ALONE),
    (RELOAD, RELOAD): (RELOADED, RELOADED),
    (RELOAD, TRIGGER): (RELOADED, NO_SCHEDULE),
}
"""What was asked first and second: how the answers to them begin."""


class Answers:
    """What each request is answered with, by the first status that settles it."""

    def __init__(self, lives: Lives, name: str) -> None:
        self._lives = lives
        self._name = name
        self._open: dict[int, Verb] = {}
        self.outcomes: dict[int, Outcome] = {}
        lives.engine.observers.append(self._hear)

    def ask(self, verb: Verb, by: str) -> int:
        request = self._lives.requests + 1
        self._open[request] = verb
        return self._lives.ask(self._name, verb, by)

    def _hear(self, _: str, watch: Watch, status: Status, __: tuple[News, ...]) -> None:
        for request, verb in tuple(self._open.items()):
            if status.request < request:
                continue
            if became := outcome(verb, watch, status, request):
                del self._open[request]
                self.outcomes[request] = became


def slow(foreground: Watch, **more: object) -> Watch:
    """It counts as up after five seconds, needs SIGKILL to end, and is reloaded by a command."""
    program = replace(foreground.program, reload=("reload-it",))
    return replace(foreground, program=program, start_grace=5.0, **more)  # type: ignore[arg-type]


def ended(life: Lives, job: Job) -> None:
    for pretend in [one for one in life.processes.living.values() if one.job is job]:
        life.processes.die(pretend.process.pid, Exit(code=0))
    life.engine.turn()


@pytest.mark.parametrize(("first", "second"), TABLE)
def test_each_of_two_orders_has_its_answer(foreground: Watch, first: Verb, second: Verb) -> None:
    life = Life(slow(foreground, autostart=first is not START))
    life.passes(10)
    for pretend in life.processes.living.values():
        pretend.ignores_term = True
    answers = Answers(life, life.name)

    one = answers.ask(first, "ada")
    life.passes(1)
    early = dict(answers.outcomes)
    two = answers.ask(second, "bob")
    life.passes(1)
    ended(life, Job.RELOAD)
    life.passes(120)

    expected = TABLE[first, second]
    messages = answers.outcomes[one].message, answers.outcomes[two].message
    assert early == {}
    assert [message[: len(word)] for message, word in zip(messages, expected, strict=True)] == [
        *expected
    ]
    for request, word in zip((one, two), expected, strict=True):
        assert answers.outcomes[request].ok is (word in (UP, STOPPED, RELOADED, ALONE))


@pytest.mark.parametrize("second", [START, RESTART])
@pytest.mark.parametrize("code", [0, 3])
def test_two_who_start_a_one_shot_are_told_how_it_ended(
    foreground: Watch, second: Verb, code: int
) -> None:
    once = (Transition((), ProcessExits(), "stop"),)
    life = Life(replace(foreground, transitions=(*GOD[:3], *once), lifecycle=(), autostart=False))
    answers = Answers(life, life.name)

    one = answers.ask(START, "ada")
    life.passes(1)
    two = answers.ask(second, "bob")
    life.passes(1)
    life.exits(code=code)

    assert answers.outcomes[one] == answers.outcomes[two]
    assert answers.outcomes[one].ok is (code == 0)
    assert f"exit code {code}" in answers.outcomes[one].message


def test_a_start_waits_for_the_restart_that_is_being_checked(foreground: Watch) -> None:
    program = replace(foreground.program, check_before_restart=("check-it",))
    life = Life(replace(foreground, program=program))
    life.passes(5)
    answers = Answers(life, life.name)

    one = answers.ask(RESTART, "ada")
    two = answers.ask(START, "bob")
    early = dict(answers.outcomes)
    ended(life, Job.CHECK)
    life.passes(10)

    assert early == {}
    assert answers.outcomes[one] == answers.outcomes[two]
    assert answers.outcomes[one].message.startswith(UP)


def test_a_reload_of_what_ends_meanwhile_has_not_been_done(foreground: Watch) -> None:
    life = Life(slow(foreground))
    life.passes(10)
    answers = Answers(life, life.name)

    one = answers.ask(RELOAD, "ada")
    life.exits(code=1)
    life.passes(30)

    assert answers.outcomes[one][::2] == (False, "not reloaded: its process did not go on")


RUNS: dict[Verb, tuple[str, str]] = {
    TRIGGER: (FINISHED, "not run: the one before runs since"),
    START: (FINISHED, "running"),
    UNMONITOR: (FINISHED, "running, its run goes on"),
    STOP: ("run: stopped by bob", "stopped"),
    RELOAD: (FINISHED, "it is run by a schedule"),
}


@pytest.mark.parametrize("second", RUNS)
def test_a_run_that_was_asked_for_is_answered_by_its_own_end(second: Verb) -> None:
    days = Days(nightly(Schedule(every=86400.0)), "2026-05-01T00:30", takes=0)
    answers = Answers(days, days.name)

    one = answers.ask(TRIGGER, "ada")
    days.passes(1)
    two = answers.ask(second, "bob")
    days.passes(1)
    ended(days, Job.RUN)
    days.passes(60)

    first, then = RUNS[second]
    assert answers.outcomes[one].message.startswith(first)
    assert answers.outcomes[two].message.startswith(then)
    assert days.phase is not Phase.RUNNING


@pytest.mark.field("N4")
def test_a_load_says_of_a_one_shot_that_it_runs(foreground: Watch) -> None:
    once = (Transition((), ProcessExits(), "stop"),)
    life = Life(replace(foreground, transitions=(*GOD[:3], *once), lifecycle=()))
    life.passes(1)

    answer = outcome(START, life.watch, life.status, 0, to_its_end=False)

    assert answer is not None
    assert answer.message == f"running, pid {life.pid}"
