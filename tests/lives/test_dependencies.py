"""Stories of watches that depend on others: a launch waits, and what is up runs on."""

from dataclasses import replace

import pytest
from cast import DAEMON, FOREGROUND, GOD, held
from days import nightly

from overseer.conditions.always import Always
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.core.outcome import outcome
from overseer.core.standing import standing
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.event import Answered, Asked, Closing, Readied, Reshaped, Scheduled, Verb
from overseer.model.news import Kind
from overseer.model.process import Exit
from overseer.model.state import Goal, Phase
from overseer.model.state import Life as Living
from overseer.model.status import Job, Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import Life, Lives


def watch(name: str, *needs: Dependency | str) -> Watch:
    wanted = tuple(Dependency(one) if isinstance(one, str) else one for one in needs)
    return Watch(
        name=name, program=FOREGROUND, transitions=GOD, lifecycle=(held(),), depends_on=wanted
    )


DB = replace(watch("db"), ready=(Always(),))
APP = watch("app", "db")
WEB = watch("web", "app")
ONCE = replace(
    watch("migrate"),
    transitions=(
        Transition(("init",), ProcessRunning(running=True), "up", "start"),
        Transition(("start", "restart"), ProcessRunning(running=True), "up"),
        Transition(("start", "restart", "up"), ProcessExits(), "stop"),
    ),
)


def pid(lives: Lives, name: str) -> int | None:
    process = lives.engine.statuses[name].process
    return process.pid if process else None


def status(lives: Lives, name: str) -> Status:
    return lives.engine.statuses[name]


def phases(lives: Lives) -> dict[str, Phase]:
    return {name: lives.phase_of(name) for name in lives.engine.watches}


def get_ready(lives: Lives, name: str = "db") -> None:
    process = lives.engine.statuses[name].process
    assert process
    lives.tell(name, Readied(process, 0, True))
    lives.passes(1)


def dies(lives: Lives, name: str, code: int = 1) -> None:
    number = pid(lives, name)
    assert number
    lives.processes.die(number, Exit(code))
    lives.engine.turn()


def waits_for(lives: Lives, name: str) -> list[str]:
    return list(map(str, lives.engine.statuses[name].lacking))


@pytest.fixture
def up() -> Lives:
    """db, app and web, all of them up."""
    lives = Lives(WEB, APP, DB)
    lives.passes(1)
    get_ready(lives)
    lives.passes(1)
    assert set(phases(lives).values()) == {Phase.UP}
    return lives


# The start


def test_each_is_launched_when_what_it_depends_on_is_there() -> None:
    lives = Lives(WEB, APP, DB)
    first = phases(lives)
    get_ready(lives)

    assert first == {"web": Phase.WAITING, "app": Phase.WAITING, "db": Phase.STARTING}
    assert [name for name, _ in lives.processes.spawned] == ["db", "app", "web"]


def test_status_says_for_whom_it_waits() -> None:
    lives = Lives(WEB, APP, DB)

    assert waits_for(lives, "app") == ["db to be ready"]
    assert waits_for(lives, "web") == ["app to be started (it waits for db)"]
    waiting = [item.message for _, item in lives.world.store.news if item.kind is Kind.WAITING]
    assert "waiting for db to be ready" in waiting


def test_what_has_no_ready_is_waited_for_until_it_is_started() -> None:
    lives = Lives(watch("cache"), watch("web", "cache"))

    assert [name for name, _ in lives.processes.spawned] == ["cache", "web"]
    assert phases(lives) == {"cache": Phase.STARTING, "web": Phase.STARTING}


def test_ready_of_what_has_no_ready_is_that_it_has_stayed_up() -> None:
    lives = Lives(watch("cache"), watch("web", Dependency("cache", Need.READY)))
    early = lives.phase_of("web")
    lives.passes(1)

    assert (early, lives.phase_of("web")) == (Phase.WAITING, Phase.STARTING)


def test_what_is_to_be_completed_is_waited_for_until_it_has_ended_as_expected() -> None:
    lives = Lives(ONCE, watch("web", Dependency("migrate", Need.COMPLETED)))
    lives.passes(5)
    early = lives.phase_of("web"), waits_for(lives, "web")
    dies(lives, "migrate", code=0)

    assert early == (Phase.WAITING, ["migrate to be completed"])
    assert (lives.phase_of("migrate"), lives.phase_of("web")) == (Phase.COMPLETED, Phase.STARTING)


def test_what_failed_to_complete_is_told_of_and_waited_for() -> None:
    lives = Lives(ONCE, watch("web", Dependency("migrate", Need.COMPLETED)))
    lives.passes(5)
    dies(lives, "migrate", code=2)

    assert waits_for(lives, "web") == ["migrate to be completed (it failed, exit code 2)"]
    assert status(lives, "web").lacking[0].stuck
    lives.ask("migrate", Verb.START)
    lives.passes(5)
    dies(lives, "migrate", code=0)
    assert lives.phase_of("web") is Phase.STARTING


def test_a_tag_means_all_that_have_it() -> None:
    first, second = (replace(watch(name), tags=("store",)) for name in ("one", "two"))
    lives = Lives(watch("web", Dependency("@store", Need.READY)), first, second)
    lives.processes.die(pid(lives, "one") or 0, Exit(1))
    lives.engine.turn()
    lives.passes(0.5)
    early = waits_for(lives, "web")
    lives.passes(5)

    assert early == ["one to be ready", "two to be ready"]
    assert lives.phase_of("web") is Phase.UP


def test_those_that_do_not_wait_for_each_other_start_at_once() -> None:
    lives = Lives(DB, watch("a", "db"), watch("b", "db"), watch("c"))
    before = len(lives.processes.spawned)
    get_ready(lives)

    assert before == 2
    assert [name for name, _ in lives.processes.spawned[2:]] in (["a", "b"], ["b", "a"])


def test_what_is_not_there_at_all_is_waited_for() -> None:
    lives = Lives(watch("web", "gone"))

    assert waits_for(lives, "web") == ["gone to be started (there is no such watch)"]


# Once it is up


def test_what_is_up_runs_on_when_what_it_depends_on_goes(up: Lives) -> None:
    web, app = pid(up, "web"), pid(up, "app")
    up.ask("db", Verb.STOP)
    up.passes(100)

    assert (pid(up, "web"), pid(up, "app")) == (web, app)
    assert phases(up) == {"web": Phase.UP, "app": Phase.UP, "db": Phase.STOPPED}
    assert waits_for(up, "app") == ["db to be ready (stopped by alice)"]


def test_a_crash_is_repaired_when_what_it_depends_on_is_back(up: Lives) -> None:
    dies(up, "db")
    dies(up, "app")
    early = up.phase_of("app"), waits_for(up, "app")
    get_ready(up)

    assert early == (Phase.WAITING, ["db to be ready"])
    assert up.phase_of("app") in (Phase.STARTING, Phase.UP)
    assert len(up.processes.living) == 3


def test_what_gives_up_leaves_the_others_waiting_and_they_say_why() -> None:
    lives = Lives(DB, APP)
    lives.processes.broken = "no such file: worker"
    for _ in range(8):
        lives.ask("db", Verb.START) if lives.phase_of("db") is Phase.GAVE_UP else None
        lives.passes(500)
        if lives.phase_of("db") is Phase.HELD:
            break

    assert waits_for(lives, "app") == ["db to be ready (held back, it flaps)"]
    lives.processes.broken = ""
    lives.ask("db", Verb.START)
    get_ready(lives)
    assert lives.phase_of("app") is Phase.STARTING


def test_the_pause_and_the_wait_are_both_served(up: Lives) -> None:
    up.ask("db", Verb.STOP)
    for _ in range(3):
        up.passes(1)
        if pid(up, "app"):
            dies(up, "app")
        up.passes(100)
    early = up.phase_of("app")
    up.ask("db", Verb.START)
    get_ready(up)

    assert (early, up.phase_of("app")) == (Phase.WAITING, Phase.STARTING)


def test_the_calendar_does_not_take_down_what_could_not_start_again(up: Lives) -> None:
    up.ask("db", Verb.STOP)
    app = pid(up, "app")
    up.tell("app", Scheduled("0 4 * * *"))

    assert pid(up, "app") == app
    told = [item.message for _, item in up.world.store.news if item.kind is Kind.WARNING]
    assert told == [
        "not restarted, restart_at 0 4 * * *: it would wait for db to be ready (being stopped)"
    ] or told == [
        "not restarted, restart_at 0 4 * * *: it would wait for db to be ready (stopped by alice)"
    ]


def test_a_restart_command_waits_too(up: Lives) -> None:
    lives = Lives(DB, replace(APP, program=DAEMON))
    get_ready(lives)
    lives.processes.pid_files["app"] = lives.processes.bear("app", Job.LAUNCH)
    start = next(p for p in lives.processes.living.values() if p.job is Job.START)
    lives.processes.die(start.process.pid, Exit(0))
    lives.engine.turn()
    lives.passes(20)
    assert lives.phase_of("app") is Phase.UP
    lives.ask("db", Verb.STOP)
    lives.ask("app", Verb.RESTART)
    for it in list(lives.processes.living.values()):
        if it.job is Job.STOP:
            lives.processes.die(it.process.pid, Exit(0))
    lives.engine.turn()
    lives.passes(60)

    assert lives.phase_of("app") is Phase.WAITING
    assert ("app", Job.RESTART) not in lives.processes.spawned


# propagate


def test_a_restart_is_passed_on_when_it_is_back_to_those_that_ask_for_it() -> None:
    asking = watch("asking", Dependency("db", propagate=Propagate.RESTART))
    lives = Lives(DB, asking, watch("other", "db"))
    get_ready(lives)
    lives.passes(5)
    before = pid(lives, "asking"), pid(lives, "other")
    dies(lives, "db")
    meanwhile = pid(lives, "asking")
    get_ready(lives)
    lives.passes(5)

    assert meanwhile == before[0]
    assert pid(lives, "other") == before[1]
    assert pid(lives, "asking") not in (None, before[0])
    assert (lives.phase_of("asking"), status(lives, "asking").restarts) == (Phase.UP, 0)


def test_a_stop_is_passed_on_to_those_that_ask_for_it_and_their_goal_stays() -> None:
    asking = watch("asking", Dependency("db", propagate=Propagate.STOP))
    lives = Lives(DB, asking)
    get_ready(lives)
    lives.passes(5)
    lives.ask("db", Verb.STOP)
    lives.passes(1)
    early = lives.phase_of("asking"), status(lives, "asking").goal
    lives.ask("db", Verb.START)
    get_ready(lives)
    lives.passes(5)

    assert early == (Phase.WAITING, Goal.UP)
    assert lives.phase_of("asking") is Phase.UP


def test_what_was_stopped_by_an_operator_is_not_started_by_what_it_depends_on() -> None:
    for propagate in Propagate:
        lives = Lives(DB, watch("web", Dependency("db", propagate=propagate)))
        get_ready(lives)
        lives.ask("web", Verb.STOP)
        lives.ask("db", Verb.RESTART)
        get_ready(lives)
        lives.passes(100)

        assert lives.phase_of("web") is Phase.STOPPED


def test_a_daemon_that_begins_passes_nothing_on(up: Lives) -> None:
    """It only has not looked yet."""
    for propagate in (Propagate.RESTART, Propagate.STOP):
        lives = Lives(DB, watch("web", Dependency("db", propagate=propagate)))
        get_ready(lives)
        lives.passes(5)
        before = dict(lives.processes.living)
        lives.daemon_dies()
        lives.daemon_follows()
        get_ready(lives)
        lives.passes(5)

        assert lives.processes.living == before
        assert phases(lives) == {"db": Phase.UP, "web": Phase.UP}


# The operator


def test_a_start_waits_while_it_is_on_its_way_and_says_so_where_it_is_not() -> None:
    lives = Lives(DB, APP)
    lives.ask("app", Verb.STOP)
    request = lives.ask("app", Verb.START)
    on_its_way = outcome(Verb.START, APP, status(lives, "app"), request)
    lives.ask("db", Verb.STOP)
    in_vain = outcome(Verb.START, APP, status(lives, "app"), request)

    assert on_its_way is None
    assert in_vain is not None
    assert in_vain.message == "waiting for db to be ready (stopped by alice)"
    assert in_vain.code == 3


def test_a_stop_ends_the_wait() -> None:
    lives = Lives(DB, APP)
    lives.ask("app", Verb.STOP)
    get_ready(lives)
    lives.passes(10)

    assert lives.phase_of("app") is Phase.STOPPED


def test_a_check_that_restarts_it_meanwhile_has_it_wait(up: Lives) -> None:
    up.ask("db", Verb.STOP)
    up.tell("app", Answered(4, status(up, "app").entry, True, "memory"))
    up.passes(5)

    assert up.phase_of("app") is Phase.WAITING


def test_nothing_is_launched_while_the_daemon_ends(up: Lives) -> None:
    for name in ("web", "app", "db"):
        up.tell(name, Closing(stop=False))
    dies(up, "app")
    up.passes(5)
    for name in ("web", "app", "db"):
        up.tell(name, Closing())
    up.passes(5)

    assert not up.processes.living


# Loads and daemons


def test_a_load_that_takes_the_dependency_away_launches_what_waited_for_it() -> None:
    lives = Lives(DB, APP)
    lives.engine.replace(replace(APP, depends_on=()), hard=False, restart=True)
    lives.engine.turn()

    assert lives.phase_of("app") is Phase.STARTING


def test_a_load_that_adds_one_leaves_alone_what_is_up(up: Lives) -> None:
    late = watch("late")
    lives = Lives(late)
    lives.passes(5)
    before = pid(lives, "late")
    lives.engine.add(DB)
    lives.engine.replace(watch("late", "db"), hard=False, restart=True)
    lives.engine.turn()

    assert (pid(lives, "late"), lives.phase_of("late")) == (before, Phase.UP)
    assert waits_for(lives, "late") == ["db to be ready"]


def test_a_watch_of_the_group_that_goes_is_waited_for_no_more() -> None:
    one, two = (replace(watch(name), tags=("store",), autostart=name == "one") for name in "ab")
    one = replace(one, autostart=True)
    two = replace(two, autostart=False)
    lives = Lives(watch("web", "@store"), one, two)
    early = waits_for(lives, "web")
    lives.engine.remove("b")
    lives.engine.turn()

    assert early == ["b to be started (unmonitored)"]
    assert lives.phase_of("web") is Phase.STARTING


@pytest.mark.design("4.16")
def test_a_wait_survives_the_daemon() -> None:
    lives = Lives(DB, APP)
    lives.daemon_dies()
    lives.daemon_follows()
    waiting = lives.phase_of("app")
    get_ready(lives)

    assert (waiting, lives.phase_of("app")) == (Phase.WAITING, Phase.STARTING)
    assert len(lives.processes.living) == 2


def test_a_wait_is_over_where_the_next_daemon_knows_of_no_dependency() -> None:
    lives = Lives(DB, APP)
    lives.daemon_dies()
    lives.daemon_follows(DB, replace(APP, depends_on=()))

    assert lives.phase_of("app") is Phase.STARTING


def test_what_is_on_disk_is_not_believed_before_it_has_been_seen(up: Lives) -> None:
    up.daemon_dies()
    for it in list(up.processes.living.values()):
        up.processes.die(it.process.pid, Exit(signal=9))
    up.daemon_follows()
    up.passes(0.1)

    assert phases(up) == {"web": Phase.WAITING, "app": Phase.WAITING, "db": Phase.STARTING}
    get_ready(up)
    up.passes(5)
    assert set(phases(up).values()) == {Phase.UP}


def test_a_watch_without_any_is_told_nothing() -> None:
    life = Life(watch("alone"))
    life.happens(Reshaped(hard=False))

    assert life.status.lacking == ()


def test_a_run_waits_for_what_it_needs_and_the_next_one_does_not_pile_up() -> None:
    night = replace(nightly(), name="night", depends_on=(Dependency("db"),))
    lives = Lives(DB, night)
    lives.tell("night", Scheduled("0 3 * * *", moment=1000.0))
    lives.tell("night", Scheduled("0 3 * * *", moment=87_400.0))

    assert lives.phase_of("night") is Phase.WAITING
    told = [news.message for name, news in lives.world.store.news if name == "night"]
    assert told[-2:] == [
        "run by schedule 0 3 * * * waits for db to be ready",
        "not run: it waits for db to be ready",
    ]

    lives.passes(2)
    get_ready(lives, "db")

    assert lives.phase_of("db") is Phase.UP
    assert lives.phase_of("night") is Phase.RUNNING


def test_of_a_run_that_waits_long_people_are_told_and_it_begins_all_the_same() -> None:
    night = replace(nightly(), name="night", depends_on=(Dependency("db"),))
    lives = Lives(DB, night)
    lives.tell("db", Asked(Verb.STOP, "ada"))
    lives.tell("night", Scheduled("0 3 * * *", moment=1000.0))

    lives.passes(599)
    assert told(lives, "night", Kind.RUN_MISSED) == []
    lives.passes(2000)
    assert told(lives, "night", Kind.RUN_MISSED) == [
        "not run yet: for 10m it waits for db to be ready (stopped by ada)"
    ]

    lives.tell("db", Asked(Verb.START, "ada"))
    lives.passes(2)
    get_ready(lives, "db")
    assert lives.phase_of("night") is Phase.RUNNING


def told(lives: Lives, name: str, kind: Kind) -> list[str]:
    news = lives.world.store.news
    return [one.message for watch, one in news if (watch, one.kind) == (name, kind)]


@pytest.mark.field("N4")
def test_nobody_stops_what_has_ended_and_leaves_something_behind() -> None:
    status = Status(name="migrate", goal=Goal.UP, state="up", life=Living.STOPPING, sweeping=True)

    seen = standing(ONCE, status)
    stopped = standing(ONCE, replace(status, goal=Goal.DOWN))

    assert (seen.stuck, seen.why) == (False, "what it has left is being ended")
    assert (stopped.stuck, stopped.why) == (True, "being stopped")
