"""Stories of the graph: where answers lead, and which of them are too late."""

import signal
from dataclasses import replace
from typing import Any

import pytest
from cast import FOREGROUND, GOD, MEMORY, TRIES

from overseer.conditions.always import Always
from overseer.conditions.file_touched import FileTouched
from overseer.conditions.process_running import ProcessRunning
from overseer.core.outcome import outcome
from overseer.model.event import Answered, Reloading, TimerRang, Verb
from overseer.model.event import Timer as Rings
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Goal, Phase
from overseer.model.status import Job
from overseer.model.transition import Notify, Transition
from overseer.model.watch import Watch
from overseer.testing import Life


@pytest.mark.case(31)
def test_a_watch_that_is_not_to_start_by_itself_is_left_alone(foreground: Watch) -> None:
    life = Life(replace(foreground, autostart=False))
    life.passes(1000)

    assert (life.status.state, life.status.goal) == ("unmonitored", Goal.UNMONITORED)
    assert life.processes.spawned == []


@pytest.mark.case(33)
@pytest.mark.case(37)
def test_entering_a_state_arranges_what_is_polled_there(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    up = life.world.rounds.arranged["worker"]

    life.asks(Verb.UNMONITOR)

    assert up.state == "up"
    assert life.world.rounds.arranged["worker"].state == "unmonitored"


@pytest.mark.case(35)
@pytest.mark.case(79)
def test_moving_to_start_launches_exactly_once(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(0.5)
    life.answers(TRIES, "still so after 5 tries")
    life.passes(2)

    assert life.processes.spawned == [("worker", Job.LAUNCH)]


@pytest.mark.case(42)
def test_an_answer_that_is_met_moves_and_one_that_is_late_does_not(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    first, entry = life.pid, life.status.entry

    life.answers(MEMORY, "memory 104MB")
    life.passes(2)
    second = life.pid
    life.happens(Answered(MEMORY, entry, True, "memory 104MB"))

    assert first != second == life.pid


@pytest.mark.case(43)
def test_a_check_without_an_answer_moves_nothing(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    pid = life.pid

    life.doubts(MEMORY, "memory_usage: it cannot be measured")

    assert (life.pid, life.phase) == (pid, Phase.UP)
    assert len(life.told(Kind.CHECK_UNKNOWN)) == 1


@pytest.mark.case(45)
def test_a_row_that_only_tells_tells_those_it_names(foreground: Watch) -> None:
    row = Transition(("up",), Always(), None, None, Notify(("ops",)))
    life = Life(replace(foreground, transitions=(*GOD, row)))
    life.passes(2)

    life.answers(len(GOD), "always")

    [told] = [news for _, news in life.world.store.news if news.kind is Kind.CHECK_MET]
    assert told.notify == Notify(("ops",))
    assert life.phase is Phase.UP


@pytest.mark.case(48)
def test_a_timer_that_was_replaced_rings_for_nothing(foreground: Watch) -> None:
    life = Life(foreground)
    stale = life.status.due
    life.passes(2)
    assert stale is not None

    life.happens(TimerRang(Rings.LIFE, stale))

    assert life.phase is Phase.UP


@pytest.mark.case(54)
def test_what_makes_a_launch_fail_is_seen_and_tried_again(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    life.processes.broken = "cannot write /gone/worker.log (log): no such folder"

    life.asks(Verb.RESTART)
    failed = (life.phase, life.status.reason)
    life.processes.broken = ""
    life.passes(120)

    assert failed[0] is Phase.BACKOFF or failed[0] is Phase.STARTING
    assert "/gone/worker.log" in failed[1]
    assert life.phase is Phase.UP


@pytest.mark.case(60)
def test_of_two_checks_met_at_once_one_acts(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    entry = life.status.entry
    for row in (MEMORY, MEMORY + 1):
        life.engine.post("worker", Answered(row, entry, True, "too much"))

    life.engine.turn()
    life.passes(2)

    assert life.processes.spawned == [("worker", Job.LAUNCH)] * 2


@pytest.mark.case(7)
def test_a_watch_defined_again_replaces_the_one_before(foreground: Watch) -> None:
    life = Life(foreground)
    life.passes(2)
    pid = life.pid

    life.engine.replace(replace(foreground, interval=1.0), hard=False, restart=False)
    life.engine.turn()

    assert (life.watch.interval, life.pid) == (1.0, pid)
    assert life.watch.program == FOREGROUND


@pytest.mark.case(108)
@pytest.mark.parametrize("running", [True, False])
def test_process_running_is_met_by_what_is_known_and_by_nothing_else(
    foreground: Watch, running: bool
) -> None:
    """god took an unknown pid for a dead one."""
    row = Transition(("start",), ProcessRunning(running=running), "stop")
    life = Life(replace(foreground, transitions=(*GOD[:1], row), start_grace=5.0), prompt=False)

    launching = life.status.state
    life.processes.launch(*life.processes.unborn.pop())
    for name, event in life.processes.waiting:
        life.engine.post(name, event)
    life.engine.turn()
    in_grace = life.status.state
    life.passes(10)

    assert (launching, in_grace) == ("start", "start")
    assert life.status.state == ("stop" if running else "start")


TOUCHED = FileTouched(path="/srv/app/restart")


def noticing(foreground: Watch, how: object, **does: object) -> Life:
    """Up, with a row that does something to the process that goes on."""
    row = Transition(("up",), TOUCHED, **does)  # type: ignore[arg-type]
    program = replace(foreground.program, reload=how)
    life = Life(replace(foreground, program=program, transitions=(*GOD, row)))
    life.passes(2)
    for pretend in life.processes.living.values():
        pretend.ignores_term = True
    return life


def test_a_row_may_reload_and_leaves_process_and_state(foreground: Watch) -> None:
    life = noticing(foreground, signal.SIGHUP, reload=True)
    pid, entry = life.pid, life.status.entry

    life.answers(len(GOD), "touched")

    assert (life.pid, life.status.entry) == (pid, entry)
    assert life.processes.signals == [(pid, signal.SIGHUP)]
    assert life.told(Kind.RELOADED) == ["reload: touched"]


def test_a_row_may_reload_by_a_command_that_is_told_why(foreground: Watch) -> None:
    life = noticing(foreground, ("/bin/reload",), reload=True)

    life.answers(len(GOD), "touched")
    life.answers(len(GOD), "touched again")

    assert life.processes.spawned[1:] == [("worker", Job.RELOAD)]
    assert life.told(Kind.WARNING) == ["not reloaded: it is busy: touched again"]


def test_a_row_may_send_a_signal(foreground: Watch) -> None:
    life = noticing(foreground, None, signal=signal.SIGUSR1)

    life.answers(len(GOD), "memory 104MB")
    life.answers(len(GOD), "memory 99MB", met=False)

    assert life.processes.signals == [(life.pid, signal.SIGUSR1)]
    assert life.told(Kind.CHECK_MET)[0] == "SIGUSR1 sent: memory 104MB"


def test_a_row_may_run_a_program_and_nothing_else_happens(foreground: Watch) -> None:
    life = noticing(foreground, None, run=("/usr/bin/dump", "heap"))
    pid = life.pid

    life.answers(len(GOD), "memory 300MB")

    assert life.processes.hooks == ["/usr/bin/dump heap"]
    assert (life.pid, life.told(Kind.CHECK_MET)) == (pid, ["/usr/bin/dump heap run: memory 300MB"])


@pytest.mark.field("A1")
@pytest.mark.parametrize("lifecycle", [False, True], ids=["row", "lifecycle"])
@pytest.mark.parametrize("what", [{"signal": 10}, {"run": ("/usr/bin/dump",)}, {"reload": True}])
def test_a_row_acts_once_each_time_it_begins_to_be_met_over_daemons_too(
    foreground: Watch, what: dict[str, Any], lifecycle: bool
) -> None:
    watch = replace(foreground, program=replace(FOREGROUND, reload=1))
    row = Transition(() if lifecycle else ("up",), GOD[MEMORY].when, **what)
    rows = {"lifecycle" if lifecycle else "transitions": (row,) if lifecycle else (*GOD, row)}
    life = Life(replace(watch, **rows))
    life.passes(5)
    place = 0 if lifecycle else len(GOD)

    def acted() -> int:
        return len(life.processes.signals) + len(life.processes.hooks)

    def asks(*, met: bool = True) -> None:
        for pretend in life.processes.living.values():
            pretend.ignores_term = True
        life.answers(place, "memory 104MB", met=met, lifecycle=lifecycle)

    asks()
    assert acted() == 1
    for end in (life.daemon_dies, life.daemon_quits, life.daemon_dies):
        end()
        life.daemon_begins()
        asks()
        assert acted() == 1
    assert len(life.told(Kind.CHECK_MET, Kind.RELOADED)) == 1
    asks(met=False)
    life.daemon_dies()
    life.daemon_begins()
    asks(met=False)
    asks()
    assert acted() == 2

    if not lifecycle:  # about the process that is there
        life.exits(1)
        life.passes(10)
        asks()
        assert acted() == 3
    life.machine_restarts()
    life.daemon_begins()
    life.passes(10)
    asks()
    assert acted() == 4 - lifecycle


@pytest.mark.field("A1")
def test_what_is_met_for_a_moment_is_met_again_by_the_next_touch(foreground: Watch) -> None:
    life = noticing(foreground, None, run=("/usr/bin/dump",))
    life.answers(len(GOD), "touched")
    assert life.status.acted[0].at == life.world.clock.time
    life.daemon_dies()
    life.daemon_begins()
    life.answers(len(GOD), "touched")

    assert life.processes.hooks == ["/usr/bin/dump"] * 2


NOTIFYING = replace(FOREGROUND, reload=1, notify_socket=True)


def hears(watch: Watch) -> Life:
    """It lives on after HUP."""
    life = Life(watch)
    assert life.pid
    life.processes.living[life.pid].ignores_term = True
    life.passes(5)
    return life


def says(life: Life, *, over: bool) -> None:
    assert life.status.process
    life.happens(Reloading(life.status.process, over))


def reloaded(life: Life, request: int) -> tuple[int, str] | None:
    said = outcome(Verb.RELOAD, life.watch, life.status, request)
    return said and (said.code, said.message)


@pytest.mark.field("J10")
@pytest.mark.parametrize("by_command", [False, True])
def test_a_reload_is_over_when_the_program_says_so(foreground: Watch, by_command: bool) -> None:
    how = ("control", "reload") if by_command else 1
    watch = replace(foreground, program=replace(NOTIFYING, reload=how))
    life = hears(watch)
    request = life.asks(Verb.RELOAD)
    says(life, over=False)
    if by_command:
        (command,) = (pid for pid in life.processes.living if pid != life.pid)
        life.processes.die(command, Exit(0))
        life.engine.turn()
    life.passes(30)
    before = life.phase, reloaded(life, request)

    says(life, over=True)

    assert before == (Phase.RELOADING, None)
    assert (life.phase, reloaded(life, request)) == (Phase.UP, (0, f"reloaded, pid {life.pid}"))
    assert len(life.told(Kind.RELOADED)) == 1


@pytest.mark.field("J10")
def test_a_program_that_says_nothing_of_its_reload_is_not_waited_for(foreground: Watch) -> None:
    life = hears(replace(foreground, program=NOTIFYING))
    request = life.asks(Verb.RELOAD)
    at_once = reloaded(life, request)

    life.passes(1.5)

    assert at_once is None
    assert reloaded(life, request) == (0, f"reloaded, pid {life.pid}")


@pytest.mark.field("J10")
def test_one_that_never_gets_ready_again_is_told(foreground: Watch) -> None:
    life = hears(replace(foreground, program=NOTIFYING, restart_timeout=60.0))
    request = life.asks(Verb.RELOAD)
    says(life, over=False)

    life.passes(61)

    why = "it said RELOADING=1, and no READY=1 within 1m"
    assert reloaded(life, request) == (1, why)
    assert life.told(Kind.WARNING) == [why]
    assert life.status.trouble == why
    says(life, over=True)
    assert life.status.trouble == ""


@pytest.mark.field("J10")
def test_what_ends_reloads_no_longer(foreground: Watch) -> None:
    life = Life(replace(foreground, program=NOTIFYING))
    life.passes(5)
    says(life, over=False)

    life.exits(code=1)
    life.passes(5)

    assert (life.phase, life.status.reloading) == (Phase.UP, None)
