"""Stories of what is done before and after; what the launcher does before a command is its own."""

from dataclasses import replace

import pytest

from overseer.model.event import HookFailed, LaunchFailed, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.program import HOOKS
from overseer.model.state import Phase
from overseer.model.status import Job
from overseer.model.watch import Watch
from overseer.testing import Life

pytestmark = pytest.mark.case(39)


def hooked(watch: Watch, *names: str, **more: object) -> Life:
    hooks = {name: ("/bin/hook", name) for name in names}
    return Life(replace(watch, program=replace(watch.program, hooks=hooks, **more)))  # type: ignore[arg-type]


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

    assert waiting == []
    assert life.processes.signals == [(pid, 15)]
    assert life.processes.hooks == ["after_stop"]
    assert life.told(Kind.WARNING) == ["before_stop: exit code 3"]
    assert life.phase is Phase.STOPPED


def test_a_restart_without_a_command_runs_the_hooks_of_stop_and_start(foreground: Watch) -> None:
    life = hooked(foreground, *(name for name in HOOKS if name != "before_stop"))
    life.passes(2)
    life.asks(Verb.RESTART)
    life.passes(2)

    assert life.processes.hooks == ["after_start", "after_stop", "after_start"]


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
