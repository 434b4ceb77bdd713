"""Stories of what is done before and after; what the launcher does before a command is its own."""

from dataclasses import replace

import pytest

from overseer.core.phase import because
from overseer.model.event import HookFailed, LaunchDelayed, LaunchFailed, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.program import HOOKS
from overseer.model.state import Phase
from overseer.model.status import Job
from overseer.model.watch import RestartDelay, Watch
from overseer.testing import Life

pytestmark = pytest.mark.case(39)
HOOK_RUNS = "its before_start hook is running"


def hooked(watch: Watch, *names: str, **more: object) -> Life:
    hooks = {name: ("/bin/hook", name) for name in names}
    return Life(replace(watch, program=replace(watch.program, hooks=hooks, **more)))  # type: ignore[arg-type]


def over(life: Life, job: Job, code: int = 0) -> None:
    """The command of that kind, which runs, ends."""
    (command,) = [it for it in life.processes.living.values() if it.job is job]
    life.processes.die(command.process.pid, Exit(code=code))
    life.engine.turn()


def test_the_hook_after_a_start_runs_when_it_is_up_and_once(foreground: Watch) -> None:
    life = hooked(foreground, "after_start")
    early = list(life.processes.hooks)
    life.passes(2)
    life.daemon_dies()
    life.daemon_begins()
    life.passes(2)

    assert (early, life.processes.hooks) == ([], ["after_start"])


def test_a_stop_waits_for_the_hook_before_it_and_runs_the_one_after(foreground: Watch) -> None:
    life = hooked(foreground, "before_stop", "after_stop")
    life.passes(2)
    pid = life.pid
    life.asks(Verb.STOP)
    (hook,) = [it for it in life.processes.living.values() if it.job is Job.STOP]
    waiting = list(life.processes.signals)
    life.processes.die(hook.process.pid, Exit(code=3))
    life.engine.turn()

    after = life.phase
    over(life, Job.AFTER_STOP)

    assert waiting == []
    assert life.processes.signals == [(pid, 15)]
    assert life.told(Kind.WARNING) == ["before_stop: exit code 3; SIGTERM follows"]
    assert (after, life.phase) == (Phase.STOPPING, Phase.STOPPED)


def test_a_restart_without_a_command_runs_the_hooks_of_stop_and_start(foreground: Watch) -> None:
    life = hooked(foreground, *(name for name in HOOKS if name != "before_stop"))
    life.passes(2)
    life.asks(Verb.RESTART)
    life.passes(2)
    over(life, Job.AFTER_STOP)
    life.passes(2)

    assert life.processes.hooks == ["after_start", "after_start"]
    assert life.phase is Phase.UP


def test_a_hook_that_fails_afterwards_is_told_and_changes_nothing(foreground: Watch) -> None:
    life = hooked(foreground, "after_start")
    life.passes(2)
    before = life.status
    life.happens(HookFailed("after_start: exit code 3"))

    assert life.told(Kind.WARNING) == ["after_start: exit code 3"]
    assert life.status is before


def test_a_hook_before_that_fails_is_a_failed_start_with_that_reason(foreground: Watch) -> None:
    life = Life(foreground, prompt=False)
    errand = life.status.errand
    assert errand
    life.happens(LaunchFailed(errand.id, "before_start: exit code 3"))

    assert life.told(Kind.START_FAILED) == ["start failed: before_start: exit code 3"]


@pytest.mark.field("J9")
@pytest.mark.parametrize("leaves", [0, 1])
def test_the_hook_after_an_end_runs_after_a_crash_too_and_before_the_next_launch(
    foreground: Watch, leaves: int
) -> None:
    life = hooked(foreground, "after_stop")
    life.passes(2)
    life.processes.living[life.pid or 0].left = leaves

    life.exits(code=1)
    life.passes(20)
    waiting = (life.phase, life.running)
    over(life, Job.AFTER_STOP)
    life.passes(2)

    assert waiting == (Phase.RESTARTING, [])
    assert life.phase is Phase.UP
    assert life.told(Kind.WARNING) == []


@pytest.mark.field("J9")
def test_a_hook_after_an_end_holds_up_the_next_launch_for_a_minute_and_no_longer(
    foreground: Watch,
) -> None:
    life = hooked(foreground, "after_stop")
    life.passes(2)

    life.exits(code=1)
    life.passes(59)
    waiting = life.running
    life.passes(5)

    assert waiting == []
    assert life.phase is Phase.UP
    assert life.told(Kind.WARNING) == ["after_stop: not over in 1m, killed"]


@pytest.mark.field("J15")
@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("kind", ["foreground", "daemon"])
def test_the_hook_after_an_end_runs_whatever_ended_and_whoever_saw_it(
    kind: str, away: bool, request: pytest.FixtureRequest
) -> None:
    life = hooked(request.getfixturevalue(kind), "after_stop")
    life.passes(20)
    for it in [it for it in life.processes.living.values() if it.job is Job.START]:
        life.processes.pid_files["worker"] = life.processes.bear("worker", Job.LAUNCH)
        life.processes.die(it.process.pid, Exit(0))
        life.engine.turn()
    life.passes(20)
    assert life.phase is Phase.UP

    if away:
        life.daemon_dies()
        life.processes.living.clear()
        life.daemon_begins()
    else:
        life.exits(signal=9)
    life.passes(20)
    waiting = (life.phase, life.running)
    (spawn,) = [it for it in life.processes.living.values() if it.job is Job.AFTER_STOP]
    over(life, Job.AFTER_STOP)
    life.passes(2)

    assert waiting == (Phase.RESTARTING, [])
    assert spawn.process.pid
    assert life.processes.spawned[-1][1] is (Job.LAUNCH if kind == "foreground" else Job.START)


@pytest.mark.field("J15")
def test_what_the_hook_is_told_of_an_end_is_how_it_ended(foreground: Watch) -> None:
    from overseer.model.action import Spawn

    life = hooked(foreground, "after_stop")
    life.passes(2)
    told: list[str] = []
    spawn = life.processes.spawn

    def hear(watch: Watch, action: Spawn) -> None:
        told.append(f"{action.errand.job}: {action.reason}")
        spawn(watch, action)

    life.processes.spawn = hear  # type: ignore[method-assign]
    life.exits(signal=9)
    over(life, Job.AFTER_STOP)
    life.passes(2)
    life.asks(Verb.STOP)

    assert told == [
        "after_stop: killed by SIGKILL",
        "launch: killed by SIGKILL",
        "after_stop: stopped by alice",
    ]


@pytest.mark.field("J15")
def test_a_stop_while_the_hook_after_a_crash_runs_ends_what_was_left(foreground: Watch) -> None:
    life = hooked(foreground, "after_stop")
    life.passes(2)
    life.processes.leave("worker")
    life.exits(code=1)
    life.asks(Verb.STOP)
    over(life, Job.AFTER_STOP)
    life.passes(20)

    assert (life.phase, life.processes.behind.get("worker", [])) == (Phase.STOPPED, [])


@pytest.mark.field("J9")
def test_a_second_stop_does_not_wait_for_the_hook_after_the_first(foreground: Watch) -> None:
    life = hooked(foreground, "after_stop")
    life.passes(2)

    life.asks(Verb.STOP)
    life.passes(10)
    waiting = life.phase
    life.asks(Verb.STOP)

    assert (waiting, life.phase) == (Phase.STOPPING, Phase.STOPPED)


@pytest.mark.field("J9")
def test_the_next_daemon_waits_for_a_hook_that_runs_still(foreground: Watch) -> None:
    life = hooked(foreground, "after_stop")
    life.passes(2)
    life.exits(code=1)

    life.daemon_dies()
    life.daemon_begins()
    life.passes(5)
    waiting = life.running
    over(life, Job.AFTER_STOP)
    life.passes(5)

    assert waiting == []
    assert life.phase is Phase.UP


@pytest.mark.field("A14")
@pytest.mark.parametrize("verb", [Verb.STOP, Verb.RESTART])
def test_what_runs_before_a_start_is_named_and_is_cancelled_with_it(
    foreground: Watch, verb: Verb
) -> None:
    life = Life(foreground, prompt=False)
    errand = life.status.errand
    assert errand
    life.happens(LaunchDelayed(errand.id, "its before_start hook is running"))
    named = because(life.status)

    life.asks(verb)
    while life.processes.waiting:
        life.engine.post(*life.processes.waiting.pop(0))
    life.engine.turn()

    assert named == "its before_start hook is running"
    assert life.told(Kind.START_FAILED) == []
    assert life.phase is (Phase.STOPPED if verb is Verb.STOP else Phase.RESTARTING)
    assert len(life.processes.unborn) == (verb is Verb.RESTART)


@pytest.mark.field("N2")
@pytest.mark.parametrize("end", ["failed", "skipped", "launched"])
def test_a_hook_before_a_start_is_not_said_to_run_when_it_is_over(
    foreground: Watch, end: str
) -> None:
    why = "before_start: exit code 5: licence expired"
    life = Life(replace(foreground, restart_delay=RestartDelay(first=60)), prompt=False)
    ((_, spawn),) = life.processes.unborn
    life.happens(LaunchDelayed(spawn.errand.id, HOOK_RUNS))
    running = because(life.status)

    if end == "launched":
        life.processes.launch(*life.processes.unborn.pop())
        life.engine.post(*life.processes.waiting.pop(0))
        life.engine.turn()
    else:
        life.happens(LaunchFailed(spawn.errand.id, why, skipped=end == "skipped"))

    assert running == HOOK_RUNS
    assert (life.status.trouble, life.status.delay) == ("", "")
    expected = {"failed": f"start failed: {why}", "skipped": f"not started: {why}"}
    assert because(life.status) == expected.get(end, "autostart")


@pytest.mark.field("N2")
def test_a_hook_that_runs_long_is_what_a_launch_waits_for(foreground: Watch) -> None:
    life = Life(replace(foreground, start_timeout=10.0), prompt=False)
    ((_, spawn),) = life.processes.unborn
    life.happens(LaunchDelayed(spawn.errand.id, HOOK_RUNS))

    life.passes(40)

    assert because(life.status) == HOOK_RUNS
