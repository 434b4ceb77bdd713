"""Stories of a daemon that only observes: whatever happens, nothing is touched."""

from collections.abc import Callable

import pytest
from cast import DAEMON, FOREGROUND, GOD, MEMORY, held
from hypothesis import given, settings
from hypothesis import strategies as st

from overseer.core import observing
from overseer.model.event import Adopted, Asked, Begun, Closing, Event, Reshaped, Scheduled, Verb
from overseer.model.news import Kind
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.state import Phase
from overseer.model.status import Job
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import BOOT, Life

pytestmark = pytest.mark.design("4.16")


def observed(watch: Watch) -> Life:
    return Life(watch, step=observing.step)


def running(watch: Watch) -> Life:
    """Its pid file leads to a process that somebody else has started."""
    life = observed(watch)
    life.processes.pid_files[watch.name] = life.processes.bear(watch.name, Job.LAUNCH)
    life.passes(observing.LOOK_EVERY)
    assert life.phase is Phase.UP
    return life


def untouched(life: Life) -> bool:
    return life.processes.spawned == [] == life.processes.signals


def test_what_another_supervisor_keeps_is_found_and_judged(daemon: Watch) -> None:
    life = running(daemon)

    life.answers(MEMORY, "memory 300MB, above 100MB")
    life.answers(MEMORY, "memory 310MB, above 100MB")

    assert life.told(Kind.CHECK_MET) == ["memory 300MB, above 100MB: restart would follow"]
    assert untouched(life)


def test_an_end_is_told_and_the_next_process_found(daemon: Watch) -> None:
    life = running(daemon)

    life.exits(code=1)

    assert life.phase is Phase.STOPPED
    assert life.told(Kind.EXITED) == ["exit code 1"]
    life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
    life.passes(observing.LOOK_EVERY)
    assert life.phase is Phase.UP
    life.passes(daemon.restart_delay.reset_after)
    assert life.told(Kind.STEADY) == ["up and steady"]
    assert untouched(life)


def test_without_a_pid_file_it_has_to_be_shown(foreground: Watch) -> None:
    life = observed(foreground)
    life.passes(100)
    assert "adopt" in life.status.reason
    process = life.processes.bear("worker", Job.LAUNCH)
    life.processes.followed.add(process)

    life.happens(Adopted(process, "alice", 1))

    assert (life.phase, life.pid) == (Phase.UP, process.pid)
    life.daemon_dies()
    life.daemon_begins()
    assert (life.phase, life.pid) == (Phase.UP, process.pid)
    assert untouched(life)


EVENTS = st.one_of(
    st.sampled_from(Verb).map(lambda verb: Asked(verb, "alice", "worker", 1)),
    st.sampled_from([Closing(), Reshaped(True, True), Scheduled("0 4 * * *"), Begun(BOOT)]),
    st.just(Adopted(Process(999_999, 1, BOOT), "alice", 1)),
)
SIGNALS = Transition(("up",), GOD[MEMORY].when, None, signal=10)


def exits(life: Life) -> None:
    if life.pid in life.processes.living:
        life.exits(code=1)


def begins_again(life: Life) -> None:
    life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)


def is_met(life: Life) -> None:
    for row in range(len(life.watch.transitions)):
        life.answers(row, "it is met")


DOINGS = [exits, begins_again, is_met, lambda life: life.passes(40)]


@settings(max_examples=150, deadline=None)
@given(
    does=st.lists(st.one_of(EVENTS, st.sampled_from(DOINGS))),
    program=st.sampled_from([DAEMON, FOREGROUND]),
)
def test_whatever_happens_nothing_is_touched(
    does: list[Event | Callable[[Life], None]], program: Program
) -> None:
    rows = (*GOD, SIGNALS)
    life = observed(Watch(name="worker", program=program, transitions=rows, lifecycle=(held(),)))
    for one in does:
        if callable(one):
            one(life)
        else:
            life.happens(one)
    assert untouched(life)
