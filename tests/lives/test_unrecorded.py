"""Stories of records that are older than the truth: a full disk, a copy of the database that was
put back, a database that is gone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cast import FOREGROUND, GOD, guard, held
from days import nightly

from overseer.core import unrecorded
from overseer.core.unrecorded import LaunchedProcess
from overseer.model.event import Verb
from overseer.model.news import Kind
from overseer.model.process import ENDED, Process
from overseer.model.schedule import Missed, Result
from overseer.model.state import Goal, Hold, Phase
from overseer.model.status import Job, Status
from overseer.model.task import TaskState
from overseer.model.watch import Watch
from overseer.testing import Life

PLAIN = Watch(name="worker", program=FOREGROUND, transitions=GOD, lifecycle=(held(),))
GIVES_UP = replace(PLAIN, lifecycle=(held(times=2, retry_in=60.0, retry_times=2),))
TASK = replace(
    guard(),
    name="worker",
    states=(TaskState("ok"), TaskState("cleaning", ("clean-tmp",), 100_000.0)),
    lifecycle=(),
)
RUNS = replace(nightly(missed=Missed.SKIP), name="worker")


def up(life: Life) -> None:
    life.passes(20)
    assert life.phase is Phase.UP


def starting(life: Life) -> None:
    up(life)
    life.exits(1)
    assert life.phase is Phase.STARTING


def being_launched(life: Life) -> None:
    up(life)
    life.asks(Verb.STOP)
    life.processes.prompt = False
    life.asks(Verb.START)
    assert life.status.errand
    life.processes.prompt = True


def stopping(life: Life) -> None:
    up(life)
    assert life.pid
    life.processes.living[life.pid].ignores_term = True
    life.asks(Verb.STOP)
    assert life.phase is Phase.STOPPING


def restarting(life: Life) -> None:
    up(life)
    assert life.pid
    life.processes.living[life.pid].ignores_term = True
    life.asks(Verb.RESTART)
    assert life.phase is Phase.RESTARTING


def stopped(life: Life) -> None:
    up(life)
    life.asks(Verb.STOP)
    assert life.phase is Phase.STOPPED


def unmonitored(life: Life) -> None:
    up(life)
    life.asks(Verb.UNMONITOR)
    assert life.phase is Phase.UNMONITORED


def waiting(life: Life) -> None:
    starting(life)
    life.exits(1)
    assert life.phase is Phase.BACKOFF


def held_back(life: Life) -> None:
    for _ in range(400):
        if life.status.hold is not Hold.NONE:
            break
        if life.pid:
            life.exits(1)
        life.passes(0.5)
    assert life.phase is Phase.HELD


def given_up(life: Life) -> None:
    for _ in range(4000):
        if life.phase is Phase.GAVE_UP:
            break
        if life.pid:
            life.exits(1)
        life.passes(1)
    assert life.phase is Phase.GAVE_UP


def without_any(life: Life) -> None:
    up(life)


RECORDS: dict[Callable[[Life], None], Watch] = dict.fromkeys(
    (up, starting, being_launched, stopping, restarting, stopped, unmonitored, waiting), PLAIN
) | {held_back: PLAIN, given_up: GIVES_UP, without_any: PLAIN}


def launched_later(life: Life, job: Job = Job.LAUNCH) -> LaunchedProcess:
    """By the daemon before, after the last record; all that ran before is gone."""
    life.processes.living.clear()
    life.processes.unborn.clear()
    life.passes_without_daemon(30)
    id = f"{life.processes.boot[:8]}-{int(life.world.clock.time * 1e6):x}-99"
    life.passes_without_daemon(0.5)
    process = life.processes.bear("worker", job, id)
    life.processes.unrecorded.setdefault("worker", []).append(process)
    return LaunchedProcess(process, id)


class Story(Life):
    def passes_without_daemon(self, seconds: float) -> None:
        self.world.clock.time += seconds

    def daemon_begins_with(self, record: Status | None, *living: LaunchedProcess) -> None:
        boot, now = self.processes.boot, self.world.clock.time
        newer = unrecorded.since(record, living, boot)
        if newer:
            record = unrecorded.taken_over(self.watch, record, newer, boot, now)
        self.world.store.disk.clear()
        if record:
            self.world.store.disk["worker"] = record
        self.daemon_begins()


@pytest.mark.field("K3")
@pytest.mark.parametrize("rebooted", [False, True], ids=["", "record of an earlier boot"])
@pytest.mark.parametrize("reach", RECORDS, ids=lambda reach: reach.__name__)
def test_what_was_launched_after_the_record_is_taken_over(
    reach: Callable[[Life], None], rebooted: bool
) -> None:
    life = Story(RECORDS[reach])
    reach(life)
    record = None if reach is without_any else life.status
    life.daemon_dies()
    if rebooted:
        life.machine_restarts()
    newer = launched_later(life)
    spawned, signals = len(life.processes.spawned), len(life.processes.signals)
    life.daemon_begins_with(record, newer)
    life.passes(20)

    assert (life.phase, life.pid, life.status.goal) == (Phase.UP, newer.process.pid, Goal.UP)
    assert life.told(Kind.ADOPTED) == [f"found running, pid {newer.process.pid}"]
    assert "init -> up (found running, without a record)" in life.told(Kind.MOVED)
    life.passes(500)
    assert life.running == [newer.process.pid]
    assert len(life.processes.spawned) == spawned
    assert len(life.processes.signals) == signals
    assert life.status.restarts == (record.restarts if record else 0)

    life.daemon_dies()  # it has a record now
    life.daemon_begins()
    life.passes(20)
    assert (life.phase, life.pid) == (Phase.UP, newer.process.pid)


@pytest.mark.field("K3")
@pytest.mark.parametrize("reach", RECORDS, ids=lambda reach: reach.__name__)
def test_of_several_that_were_launched_after_the_record_none_is_chosen(
    reach: Callable[[Life], None],
) -> None:
    life = Story(RECORDS[reach])
    reach(life)
    record = None if reach is without_any else life.status
    life.daemon_dies()
    first, second = launched_later(life), None
    life.passes_without_daemon(1)
    other = life.processes.bear("worker", Job.LAUNCH, first.id)
    life.processes.unrecorded["worker"].append(other)
    second = LaunchedProcess(other, first.id)
    spawned = len(life.processes.spawned)
    life.daemon_begins_with(record, first, second)
    life.passes(100)

    assert (life.phase, len(life.processes.spawned)) == (Phase.UNKNOWN, spawned)
    life.processes.living.pop(other.pid)  # as the operator has it
    life.passes(31)
    assert (life.phase, life.pid) == (Phase.UP, first.process.pid)


@pytest.mark.field("K3")
@pytest.mark.parametrize("reach", [up, stopped, waiting, given_up, being_launched])
def test_what_a_recorded_launch_has_left_is_no_later_launch(reach: Callable[[Life], None]) -> None:
    life = Story(RECORDS[reach])
    reach(life)
    record = life.status
    at = unrecorded.newest_launch(record, life.processes.boot) + 0.009  # to a tick
    id = f"{life.processes.boot[:8]}-{int(at * 1e6):x}-3"
    child = Process(999, int(at * 100) + 500, life.processes.boot)

    assert unrecorded.since(record, [LaunchedProcess(child, id)], life.processes.boot) == []


@pytest.mark.field("K3")
def test_a_launch_of_another_boot_and_what_is_no_launch_id_count_for_nothing() -> None:
    process = Process(999, 5, "boot-one")
    for id in ("", "x", "boot-two-5-1", "boot-one", "boot-one-zz-1", "other-ffffffffff-1"):
        assert unrecorded.since(None, [LaunchedProcess(process, id)], "boot-one") == []


@pytest.mark.field("K3")
@pytest.mark.parametrize("recorded", [False, True])
def test_a_run_of_which_no_record_is_left_goes_on_and_its_end_is_told(recorded: bool) -> None:
    life = Story(RUNS)
    life.passes(10)
    record = life.status if recorded else None
    life.daemon_dies()
    newer = launched_later(life, Job.RUN)
    life.daemon_begins_with(record, newer)

    assert (life.phase, life.told(Kind.RUN_FAILED)) == (Phase.RUNNING, [])
    assert (life.status.goal, life.processes.spawned) == (Goal.UP, [])
    life.processes.die(newer.process.pid, ENDED)
    life.engine.turn()
    assert life.status.last_run
    assert life.status.last_run.result is Result.UNKNOWN
    assert life.phase is Phase.FAILED


@pytest.mark.field("K3")
@pytest.mark.parametrize("recorded", [False, True])
def test_a_command_of_a_task_of_which_no_record_is_left_goes_on_in_its_state(
    recorded: bool,
) -> None:
    life = Story(TASK)
    life.passes(10)
    record = life.status if recorded else None
    life.daemon_dies()
    newer = launched_later(life, Job.STATE)._replace(state="cleaning")
    spawned = len(life.processes.spawned)
    life.daemon_begins_with(record, newer)
    life.passes(60)

    assert (life.status.state, life.processes.signals) == ("cleaning", [])
    assert len(life.processes.spawned) == spawned
    life.processes.die(newer.process.pid, ENDED)
    life.engine.turn()
    assert (life.status.state, life.phase) == ("cleaning", Phase.UP)
    assert life.told(Kind.COMMAND_FAILED) == []
