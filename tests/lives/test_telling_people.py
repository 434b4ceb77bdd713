"""Stories of troubles, and of the mails that people get about them."""

from dataclasses import replace

import pytest
from cast import FULL, TIDY, guard, held
from days import nightly

from overseer.alerts.incident import Alert, Incident
from overseer.alerts.policy import judge
from overseer.conditions.always import Always
from overseer.conditions.process_exits import ProcessExits
from overseer.model.change import Change
from overseer.model.event import Adopted, Closing, Scheduled, Verb
from overseer.model.news import News
from overseer.model.process import Exit, Process
from overseer.model.state import Phase
from overseer.model.status import Status
from overseer.model.transition import Notify, Transition
from overseer.model.watch import RestartDelay, Watch
from overseer.testing import Life

pytestmark = [pytest.mark.design("6")]

MEMORY = 4
"""The row of the watches' transitions that restarts for memory."""


class Told:
    """A life whose news is judged, as the store would have it judged."""

    def __init__(self, watch: Watch, *, prompt: bool = True) -> None:
        self.life = Life(replace(watch, notify=Notify(("ops",))), prompt=prompt)
        self.incident: Incident | None = None
        self.alerts: list[Alert] = []
        self.listen()

    def listen(self) -> None:
        self.life.engine.observers.append(self.hear)

    def hear(self, _: str, watch: Watch, status: Status, told: tuple[News, ...]) -> None:
        for news in told:
            self.incident, alerts = judge(
                self.incident, watch, status, news, self.life.world.clock.now(), tuple
            )
            self.alerts.extend(alerts)

    @property
    def changes(self) -> list[Change]:
        return [alert.change for alert in self.alerts]


def flap(told: Told) -> None:
    """Exits at once until it is held."""
    while told.life.pid is not None or told.life.status.due is not None:
        if told.life.pid is None:
            told.life.passes(told.life.status.due - told.life.world.clock.time)
        else:
            told.life.exits(code=1)


def test_a_start_that_goes_well_is_no_news(foreground: Watch) -> None:
    told = Told(foreground)

    told.life.passes(1000)

    assert told.alerts == []


def test_a_crash_is_told_once_the_repair_has_held(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(7200)

    told.life.exits(signal=9)
    told.life.passes(59)
    before = list(told.changes)
    told.life.passes(2)

    assert before == []
    assert told.changes == [Change.CRASHED]
    assert told.alerts[0].headline == "crashed, up again"
    assert told.alerts[0].message == "killed by SIGKILL after 2h; away 0.1s in all"
    told.life.passes(10_000)
    assert len(told.alerts) == 1


def test_a_third_crash_within_an_hour_is_told_at_once_and_its_recovery_too(
    foreground: Watch,
) -> None:
    told = Told(foreground)
    for _ in range(3):
        told.life.passes(50)
        told.life.exits(code=1)

    assert told.changes == [Change.CRASHED]
    assert told.alerts[0].headline.startswith("crashed 3 times within 1m4")
    told.life.passes(100)
    assert told.changes == [Change.CRASHED, Change.RECOVERED]
    assert told.alerts[1].incident == told.alerts[0].incident


def test_crashes_are_told_once_an_hour_with_their_number(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(100)
    for _ in range(5):
        told.life.exits(code=1)
        told.life.passes(900)

    assert [alert.headline for alert in told.alerts] == [
        "crashed, up again",
        "crashed 4 times, up again",
    ]


def test_what_dies_every_61_s_is_heard_of_and_once_an_hour_at_most(foreground: Watch) -> None:
    told = Told(replace(foreground, lifecycle=(held(times=8),)))
    for _ in range(4 * 3600 // 61):
        told.life.passes(61)
        told.life.exits(code=1)

    assert set(told.changes) <= {Change.CRASHED, Change.RECOVERED}
    crashes = [alert for alert in told.alerts if alert.change is Change.CRASHED]
    assert 3 <= len(crashes) <= 5
    assert len(told.alerts) <= 2 * len(crashes)


@pytest.mark.case(139)
@pytest.mark.field("A12")
def test_that_another_row_holds_it_for_good_is_told(foreground: Watch) -> None:
    never = {"retry_times": None, "retry_within": None}
    rows = (
        held(times=2, within=60, retry_in=10, **never),
        replace(held(times=4, within=3600, retry_in=None, **never), to="stop"),
    )
    told = Told(replace(foreground, lifecycle=rows, restart_delay=RestartDelay(next=0, jitter=0)))
    for _ in range(4):
        told.life.passes(11)
        told.life.exits(code=1)

    headlines = [alert.headline for alert in told.alerts]
    assert headlines == ["flapping, held", "flapping, held for good"]
    assert len({alert.incident for alert in told.alerts}) == 1


def test_flapping_is_told_once_whatever_the_retries_do(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(0.5)

    flap(told)
    told.life.passes(600)
    flap(told)

    assert told.changes.count(Change.FLAPPING) == 1
    flapping = next(alert for alert in told.alerts if alert.change is Change.FLAPPING)
    assert flapping.headline == "flapping, held"
    assert flapping.due is not None


@pytest.mark.case(139)
def test_what_its_checks_may_not_restart_has_not_recovered_by_that(foreground: Watch) -> None:
    told = Told(replace(foreground, restart_delay=RestartDelay(next=0.0, jitter=0.0)))
    for _ in range(5):
        told.life.passes(2)
        told.life.answers(MEMORY, "memory 104MB, above 100MB")
    assert told.changes[-1] is Change.FLAPPING
    assert told.alerts[-1].exit is None
    count = len(told.alerts)

    told.life.passes(590)
    assert told.life.phase is Phase.UP
    assert len(told.alerts) == count
    told.life.passes(10 + 59)
    assert len(told.alerts) == count
    told.life.passes(20)

    assert told.changes[count:] == [Change.RECOVERED]


def test_giving_up_is_told_once_and_recovery_once(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(2)
    for _ in range(5):
        flap(told)
        told.life.passes(600)

    assert told.changes == [Change.FLAPPING, Change.GAVE_UP]
    assert told.alerts[1].open
    assert told.alerts[1].next == "nothing more until it is started by hand"
    told.life.passes(10_000)
    told.life.asks(Verb.START)
    told.life.passes(59)
    assert len(told.alerts) == 2
    told.life.passes(10)
    assert told.changes == [Change.FLAPPING, Change.GAVE_UP, Change.RECOVERED]
    assert {alert.incident for alert in told.alerts} == {told.alerts[0].incident}


def test_what_cannot_be_run_is_held_with_the_reason(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(100)
    told.life.processes.broken = "no such file: worker"
    told.life.exits(code=1)
    told.life.passes(60)

    assert told.life.status.reason == "5 launches within 5m, last: no such file: worker"
    (failed,) = (one for one in told.alerts if one.change is Change.START_FAILED)
    assert failed.headline == "start failed: no such file: worker"
    flapping = told.alerts[-1]
    assert flapping.message == "flapping: 5 launches within 5m, last: no such file: worker"


def test_a_first_failure_says_that_it_is_tried_again(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.processes.broken = "no such file: worker"
    told.life.asks(Verb.STOP)
    told.life.passes(60)
    told.life.asks(Verb.START)
    told.life.passes(1)

    failed = next(one for one in told.alerts if one.change is Change.START_FAILED)
    assert failed.next == "tried again at once"


def test_the_moment_of_a_sigkill_is_not_that_of_the_next_process(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(100)
    told.life.answers(MEMORY, "memory 104MB, above 100MB")

    (restarted,) = told.alerts
    assert restarted.next == "a new process"
    assert restarted.due is None


def test_what_an_operator_starts_afresh_is_told_afresh(foreground: Watch) -> None:
    told = Told(foreground)
    flap(told)

    told.life.asks(Verb.START)
    told.life.passes(2)
    flap(told)

    assert told.changes.count(Change.FLAPPING) == 2


def test_a_start_that_an_operator_asked_for_and_that_failed_is_told(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.asks(Verb.STOP)
    told.life.asks(Verb.START)

    told.life.exits(code=3)

    assert told.changes == [Change.START_FAILED]
    assert told.alerts[0].message == "start failed: exit code 3"
    told.life.passes(0.1)
    told.life.exits(code=3)
    assert len(told.alerts) == 1


def test_a_restart_by_a_check_is_told_with_its_samples(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(10)

    told.life.answers(MEMORY, "memory 104MB, above 100MB")

    assert told.changes == [Change.RESTARTED]
    assert told.alerts[0].samples == ("*1",)
    assert told.alerts[0].headline == "restarted: memory 104MB, above 100MB"


def test_what_survives_sigkill_is_told_once(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(100)
    told.life.processes.immortal = True

    told.life.asks(Verb.STOP)
    told.life.passes(1000)

    assert told.changes == [Change.STOP_FAILED]
    assert "survived SIGKILL" in told.alerts[0].headline


def test_a_check_without_an_answer_is_told_once_an_hour(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(10)

    for _ in range(3):
        told.life.doubts(MEMORY, "memory_usage: it cannot be measured")

    assert told.changes == [Change.CHECK_UNKNOWN]
    assert told.alerts[0].headline == "no answer from memory_usage: it cannot be measured"
    told.life.passes(3600)
    told.life.doubts(MEMORY, "memory_usage: it cannot be measured")
    assert len(told.alerts) == 2


def test_an_operators_stop_tells_nobody(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(100)

    told.life.asks(Verb.STOP)
    told.life.passes(100)

    assert told.alerts == []


def test_a_process_put_under_a_held_watch_brings_the_all_clear(foreground: Watch) -> None:
    told = Told(foreground)
    flap(told)

    told.life.happens(Adopted(Process(4242, 1, "boot-one"), "alice", 9))
    told.life.passes(120)

    assert told.changes[-1] is Change.RECOVERED


@pytest.mark.case(138)
def test_given_up_is_told_no_second_time_by_the_next_daemon(foreground: Watch) -> None:
    told = Told(foreground)
    told.life.passes(2)
    for _ in range(5):
        flap(told)
        told.life.passes(600)

    told.life.daemon_dies()
    told.life.daemon_begins()
    told.listen()
    told.life.passes(10_000)

    assert told.changes == [Change.FLAPPING, Change.GAVE_UP]


@pytest.mark.design("4.11")
def test_what_survived_sigkill_and_has_ended_at_last_brings_the_all_clear(
    foreground: Watch,
) -> None:
    told = Told(foreground)
    told.life.passes(100)
    told.life.processes.immortal = True
    told.life.asks(Verb.STOP)
    told.life.passes(100)

    told.life.processes.immortal = False
    told.life.exits(signal=9)

    assert told.changes == [Change.STOP_FAILED, Change.RECOVERED]
    assert told.alerts[1].message == "it has ended after all"
    assert told.alerts[1].incident == told.alerts[0].incident
    told.life.passes(1000)
    assert len(told.alerts) == 2


def test_who_stops_a_held_watch_closes_its_incident(foreground: Watch) -> None:
    told = Told(foreground)
    flap(told)

    told.life.asks(Verb.STOP)

    assert told.changes[-2:] == [Change.FLAPPING, Change.CLOSED]
    assert told.alerts[-1].headline == "stopped by alice"
    assert told.incident is not None
    assert not told.incident.id


def test_an_incident_is_closed_when_the_process_has_ended(foreground: Watch) -> None:
    told = Told(foreground)
    for _ in range(3):
        told.life.passes(50)
        told.life.exits(code=1)
    told.life.passes(5)
    told.life.processes.ignores_term = True
    told.life.processes.living[told.life.running[0]].ignores_term = True

    told.life.asks(Verb.STOP)
    before = told.changes
    told.life.passes(31)

    assert before == [Change.CRASHED]
    assert told.changes == [Change.CRASHED, Change.CLOSED]


def test_unmonitoring_closes_an_incident(foreground: Watch) -> None:
    told = Told(foreground)
    flap(told)

    told.life.asks(Verb.UNMONITOR)

    assert told.changes[-1] is Change.CLOSED
    assert told.alerts[-1].headline == "unmonitored by alice"


def test_a_terminate_closes_no_incident(foreground: Watch) -> None:
    told = Told(foreground)
    for _ in range(3):
        told.life.passes(50)
        told.life.exits(code=1)

    told.life.happens(Closing())
    told.life.passes(100)

    assert told.changes == [Change.CRASHED]
    assert told.incident is not None
    assert told.incident.id


def test_where_nothing_counts_as_flapping_failed_starts_are_told_all_the_same(
    foreground: Watch,
) -> None:
    told = Told(replace(foreground, lifecycle=()))
    told.life.passes(10)
    for _ in range(20):
        if told.life.pid is None:
            told.life.passes(told.life.status.due - told.life.world.clock.time)
        told.life.exits(code=1)

    assert told.changes == [Change.CRASHED]
    assert told.alerts[0].headline.startswith("down or not started 3 times within")


def disk(watch: Watch) -> Watch:
    """With a row that only tells, the last one."""
    return replace(watch, transitions=(*watch.transitions, Transition(("up",), Always(), None)))


def test_alert_if_opens_an_incident_of_its_own_and_closes_it(foreground: Watch) -> None:
    told = Told(disk(foreground))
    told.life.passes(2)
    row = len(told.life.watch.transitions) - 1

    told.life.answers(row, "disk 97%")
    told.life.answers(row, "disk 97%", met=False)

    assert told.changes == [Change.CHECK_MET, Change.RECOVERED]
    assert told.alerts[0].open
    assert told.alerts[1].incident == told.alerts[0].incident
    assert told.alerts[1].headline == "no longer: disk 97%, after 1s"


def test_what_alert_if_asks_is_told_once_whatever_happens_meanwhile(foreground: Watch) -> None:
    told = Told(disk(foreground))
    told.life.passes(2)
    row = len(told.life.watch.transitions) - 1
    told.life.answers(row, "disk 97%")

    told.life.exits(code=1)
    told.life.passes(2)
    told.life.answers(row, "disk 98%")
    told.life.daemon_dies()
    told.life.daemon_begins()
    told.listen()
    told.life.passes(2)
    told.life.answers(row, "disk 98%")

    assert told.changes == [Change.CHECK_MET]
    told.life.answers(row, "disk 98%", met=False)
    assert told.changes == [Change.CHECK_MET, Change.RECOVERED]


def test_a_task_that_a_check_moves_is_told_of() -> None:
    told = Told(guard())

    told.life.answers(FULL, "/: disk 92% full, above 90%")

    assert [alert.headline for alert in told.alerts] == ["/: disk 92% full, above 90%: cleaning"]


def test_a_tasks_command_that_fails_is_told_once_an_hour() -> None:
    told = Told(guard())
    for _ in range(3):
        told.life.answers(FULL, "full")
        told.life.processes.die(next(iter(told.life.processes.living)), Exit(code=1))
        told.life.engine.turn()
        told.life.answers(TIDY, "not met", met=False)

    failed = [alert for alert in told.alerts if alert.change is Change.COMMAND_FAILED]
    assert [alert.headline for alert in failed] == ["command of cleaning: exit code 1"]


def test_a_task_that_flaps_no_more_has_recovered() -> None:
    row = held(times=2, within=60.0, retry_in=600.0, to_state=("cleaning",))
    told = Told(replace(guard(), lifecycle=(row,)))
    for _ in range(3):
        told.life.answers(FULL, "full")
        for pid in list(told.life.processes.living):
            told.life.processes.die(pid, Exit(code=0))
        told.life.engine.turn()
        if told.life.status.state == "cleaning":
            told.life.answers(TIDY, "not met", met=False)
    told.life.passes(600 + 60)

    assert told.changes[-2:] == [Change.FLAPPING, Change.RECOVERED]


def runs(told: Told, moment: float, code: int | None = 0) -> None:
    """A moment comes; its run ends at once, or with None goes on."""
    told.life.happens(Scheduled("30 2 * * *", moment))
    if code is not None:
        for pid in list(told.life.processes.living):
            told.life.processes.die(pid, Exit(code=code))
        told.life.engine.turn()


def test_runs_that_fail_are_told_once_until_one_ends_well() -> None:
    told = Told(nightly())
    for moment, code in enumerate((0, 1, 2, 0, 0, 3)):
        runs(told, 60.0 * moment, code)

    assert told.changes == [Change.RUN_FAILED, Change.RECOVERED, Change.RUN_FAILED]
    assert told.alerts[0].headline == "run failed: exit code 1 after 0s"


def test_runs_that_are_left_out_are_told_once_too() -> None:
    told = Told(nightly())
    for moment in range(4):
        runs(told, 60.0 * moment, None)
    runs(told, 240.0, 0)

    assert told.changes == [Change.RUN_SKIPPED, Change.RECOVERED]


def test_a_run_that_somebody_stops_is_no_failure() -> None:
    told = Told(nightly())
    runs(told, 0.0, None)
    told.life.asks(Verb.STOP)

    assert told.changes == []


def one_shot(foreground: Watch) -> Watch:
    rows = (*foreground.transitions[:2], Transition(("start", "up"), ProcessExits(), "stop"))
    return replace(foreground, transitions=rows)


@pytest.mark.field("A4")
def test_each_failure_of_a_one_shot_is_told_and_a_good_run_closes_it(foreground: Watch) -> None:
    told = Told(one_shot(foreground))
    for code in (3, 3, 0, 4):
        told.life.passes(100)
        told.life.exits(code=code)
        told.life.asks(Verb.START)

    assert [(one.change, one.headline[:19]) for one in told.alerts] == [
        (Change.RUN_FAILED, "failed: exit code 3"),
        (Change.RUN_FAILED, "failed: exit code 3"),
        (Change.RECOVERED, "recovered after 3m2"),
        (Change.RUN_FAILED, "failed: exit code 4"),
    ]
    assert len({one.incident for one in told.alerts}) == 2
    assert told.alerts[0].next == "it is not run again by itself"


@pytest.mark.field("A4")
def test_a_long_run_is_no_recovery_before_its_end(foreground: Watch) -> None:
    told = Told(one_shot(foreground))
    told.life.exits(code=3)
    told.life.asks(Verb.START)
    told.life.passes(10_000)

    assert told.changes == [Change.RUN_FAILED]


@pytest.mark.field("A4")
def test_retries_that_end_well_are_told_as_mended(foreground: Watch) -> None:
    rows = (
        *foreground.transitions[:2],
        Transition(("start", "up"), ProcessExits(expected=True), "stop"),
        Transition(("up",), ProcessExits(expected=False), "start"),
    )
    told = Told(replace(foreground, transitions=rows))
    told.life.passes(10)
    told.life.exits(code=3)
    told.life.passes(10)
    told.life.exits(code=0)

    assert [one.headline for one in told.alerts] == ["crashed, completed"]
