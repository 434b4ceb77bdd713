"""Every phase has its sentence: what happened, what shows it, what follows, what to type."""

from dataclasses import replace
from typing import Any

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.control.advice import TYPE
from overseer.control.moments import Moments
from overseer.control.phrases import PHRASES
from overseer.control.why import why
from overseer.core.phase import is_about_another
from overseer.model.dependency import Dependency
from overseer.model.news import Kind, News
from overseer.model.process import Exit, Process
from overseer.model.state import RESTART, START, STOP, UNMONITORED, UP, Goal, Hold, Life, Phase
from overseer.model.status import Errand, Job, Status, Then
from overseer.store.history import Entry

PROCESS = Process(4107, 40_000, "boot-one")
NOW = 1_000.0
RELOAD = Errand(id="1", job=Job.RELOAD, boot="boot-one", ticks=1, began=NOW)
WANTED = Status(
    name="web",
    boot="boot-one",
    goal=Goal.UP,
    set_by="alice",
    set_words="@front",
    set_at=NOW - 3600,
    state=UP,
    since=NOW - 60,
)
ALIVE = replace(WANTED, life=Life.ALIVE, process=PROCESS, reason="start by alice")
FAILING = replace(
    WANTED,
    state=START,
    reason="start failed: exit code 1",
    last_exit=Exit(code=1),
    last_exit_at=NOW - 2,
    last_ran_for=0.3,
)


def told(daemon: Daemon, alice: Operator, status: Status) -> str:
    """Why the watch is where *status* says."""
    if "web" not in daemon.engine.watches:
        daemon.begins(watch("web"))
        daemon.clock.time = NOW
        daemon.store.news.clear()
    daemon.engine.statuses["web"] = status
    answer = alice.ask("status", names=["web"], full=True, entries=200)
    return why(answer["status"]["watches"][0])


def at(daemon: Daemon, moment: float) -> str:
    text = Moments(daemon.clock).text(moment)
    assert text is not None
    return text[:19].replace("T", " ")


def test_up(daemon: Daemon, alice: Operator) -> None:
    text = told(daemon, alice, ALIVE)

    assert text == (
        "web has been up for 10m, pid 4107 (start by alice)."
        f" It has been wanted up since {at(daemon, NOW - 3600)} by alice, who said '@front'."
        " Nothing needs to be done."
    )


def test_up_until_the_calendar_restarts_it(daemon: Daemon, alice: Operator) -> None:
    daemon.moments["web"] = daemon.clock.wall() + 300

    text = told(daemon, alice, ALIVE)

    assert f"Next: it is restarted at {at(daemon, NOW + 300)}, in 5m." in text


def test_up_but_held_from_restarts_by_its_checks(daemon: Daemon, alice: Operator) -> None:
    text = told(daemon, alice, replace(ALIVE, hold=Hold.CHECKS, hold_due=NOW + 300))

    assert "have restarted it too often: until they may again it is left running." in text
    assert f"Next: checks may restart it again at {at(daemon, NOW + 300)}, in 5m." in text
    assert text.endswith("Type: `overseer restart web` restarts it all the same.")


@pytest.mark.field("J1")
def test_checks_that_gave_up_are_not_said_to_restart_it_some_day(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.moments["web"] = daemon.clock.wall() + 300  # restart_at leaves what is held
    held = replace(ALIVE, hold=Hold.CHECKS, held_by="memory_usage above 100MB (5 times)")

    text = told(daemon, alice, held)

    assert "for now" not in text
    assert "Next:" not in text
    assert (
        "and are given up: it is left running, and they restart it no more until it is started by"
        " hand, or until memory_usage above 100MB (5 times) is not met." in text
    )
    assert text.endswith(
        "Type: `overseer restart web` restarts it all the same;"
        " `overseer start web` lets its checks restart it again."
    )


def test_up_again_after_a_crash_says_how_the_last_one_ended(
    daemon: Daemon, alice: Operator
) -> None:
    again = replace(
        ALIVE, last_exit=Exit(signal=9), last_exit_at=NOW - 700, last_ran_for=7200.0, restarts=1
    )

    text = told(daemon, alice, again)

    assert (
        "The last process before this one was killed by SIGKILL after it had run for 2h,"
        f" at {at(daemon, NOW - 700)}." in text
    )


def test_starting(daemon: Daemon, alice: Operator) -> None:
    status = replace(ALIVE, state=START, life=Life.GRACE, due=NOW + 1)

    text = told(daemon, alice, status)

    assert text.startswith("web is starting, pid 4107 (start by alice): it runs, but is not yet")
    assert f"Next: it counts as up at {at(daemon, NOW + 1)}, in 1s." in text
    launching = replace(WANTED, state=START, life=Life.LAUNCHING)
    assert "it has no process yet" in told(daemon, alice, launching)


def test_reloading(daemon: Daemon, alice: Operator) -> None:
    assert "is reading its configuration again" in told(
        daemon, alice, replace(ALIVE, errand=RELOAD)
    )


def test_restarting(daemon: Daemon, alice: Operator) -> None:
    status = replace(
        ALIVE,
        state=RESTART,
        life=Life.STOPPING,
        then=Then.RENEW,
        reason="memory 104MB, above 100MB (3 of 5)",
        due=NOW + 30,
        stop_step=1,
        stop_deadline=NOW + 30,
    )

    text = told(daemon, alice, status)

    assert text.startswith(
        "web is being restarted (memory 104MB, above 100MB (3 of 5));"
        " the old process (pid 4107) has to end first."
    )
    assert f"Next: SIGKILL at {at(daemon, NOW + 30)}, in 30s." in text


def test_stopping(daemon: Daemon, alice: Operator) -> None:
    status = replace(
        ALIVE, goal=Goal.DOWN, state=STOP, life=Life.STOPPING, reason="stopped by alice"
    )

    assert told(daemon, alice, status).startswith(
        "web is being stopped, pid 4107 (stopped by alice): it has been told to end"
    )


def test_stopped(daemon: Daemon, alice: Operator) -> None:
    status = replace(WANTED, goal=Goal.DOWN, state=STOP, life=Life.DOWN)

    text = told(daemon, alice, status)

    assert text.startswith("web is down because it is wanted down.")
    assert f"It has been wanted down since {at(daemon, NOW - 3600)} by alice" in text
    assert text.endswith("Type: `overseer start web` brings it up.")


def test_stopped_by_a_check_although_it_is_wanted_up(daemon: Daemon, alice: Operator) -> None:
    status = replace(WANTED, state=STOP, life=Life.DOWN, reason="disk 97%, above 95%")

    assert told(daemon, alice, status).startswith(
        "web is down although it is wanted up (disk 97%, above 95%)."
    )


def test_backoff(daemon: Daemon, alice: Operator) -> None:
    text = told(daemon, alice, replace(FAILING, life=Life.WAITING, due=NOW + 4))

    assert text.startswith("web does not stay up: start failed: exit code 1.")
    assert "ended with exit code 1 after it had run for 0.3s" in text
    assert f"Next: it is tried again at {at(daemon, NOW + 4)}, in 4s." in text
    assert "`overseer logs web` shows what it said" in text


def test_backoff_says_how_often_it_failed_since_it_was_well(
    daemon: Daemon, alice: Operator
) -> None:
    told(daemon, alice, FAILING)
    kinds = (Kind.START_FAILED, Kind.STEADY, *[Kind.START_FAILED] * 3)
    daemon.store.news += [("web", News(kind=kind, message="exit code 1")) for kind in kinds]

    text = told(daemon, alice, replace(FAILING, life=Life.WAITING, due=NOW + 4))

    assert f"It has failed to start 3 times since {at(daemon, NOW)}." in text


def test_held(daemon: Daemon, alice: Operator) -> None:
    status = replace(
        FAILING,
        state=UNMONITORED,
        hold=Hold.FLAPPING,
        hold_due=NOW + 600,
        reason="5 launches within 5m, last exit code 1",
    )

    text = told(daemon, alice, status)

    assert text.startswith(
        "web is held back because it flaps: 5 launches within 5m, last exit code 1."
    )
    assert f"Next: it is tried again at {at(daemon, NOW + 600)}, in 10m." in text
    assert "`overseer start web` tries at once" in text


def test_held_for_good(daemon: Daemon, alice: Operator) -> None:
    by = "; by the row `any state -> stop when flapping within 5m (5 times)`"
    status = replace(FAILING, state=STOP, hold=Hold.FLAPPING, reason=f"5 launches within 5m{by}")

    text = told(daemon, alice, status)

    assert text.startswith(f"web is held back because it flaps: 5 launches within 5m{by}.")
    assert "It does nothing more by itself." in text
    assert "`overseer start web` tries once more" in text


def test_gave_up(daemon: Daemon, alice: Operator) -> None:
    status = replace(FAILING, state=UNMONITORED, hold=Hold.GAVE_UP, reason="5 launches within 5m")

    text = told(daemon, alice, status)

    assert text.startswith("overseer has given up on web: 5 launches within 5m.")
    assert "Next:" not in text
    assert "`overseer start web` tries once more" in text


def test_exited(daemon: Daemon, alice: Operator) -> None:
    status = replace(FAILING, state=STOP, finished=True, last_exit=Exit(code=0), reason="done")

    text = told(daemon, alice, status)

    assert text.startswith("web has completed (done), and is not started again by itself.")
    assert "ended with exit code 0" in text


def test_unmonitored(daemon: Daemon, alice: Operator) -> None:
    status = replace(ALIVE, goal=Goal.UNMONITORED, state=UNMONITORED)

    text = told(daemon, alice, status)

    assert text.startswith(
        "web is not monitored (start by alice): its process (pid 4107) is left alone."
    )

    assert "It has been left alone since" in text
    assert text.endswith("Type: `overseer monitor web` has it looked after.")
    assert "has no process" in told(daemon, alice, Status(name="web"))


@pytest.mark.field("A10")
@pytest.mark.parametrize("of", [ALIVE, FAILING])
def test_what_a_row_has_unmonitored_names_the_row(
    daemon: Daemon, alice: Operator, of: Status
) -> None:
    by = "exit code 3; by the row `up -> unmonitored when process_exits`"

    text = told(daemon, alice, replace(of, state=UNMONITORED, reason=by))

    assert text.startswith(f"web is not monitored ({by}): ")
    assert text.endswith("Type: `overseer monitor web` has it looked after.")


def test_waiting(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("db", autostart=False), watch("web", depends_on=(Dependency("db"),)))
    (one,) = alice.ask("status", names=["web"], full=True)["status"]["watches"]

    text = why(one)

    assert text.startswith("web waits for db to be started (unmonitored); then it is launched.")
    assert text.endswith("`overseer why db` says what keeps it; `overseer start db` brings it up.")


def test_unknown(daemon: Daemon, alice: Operator) -> None:
    doubt = "2 processes have its launch id"

    text = told(daemon, alice, replace(WANTED, life=Life.UNKNOWN, trouble=doubt, due=NOW + 30))

    assert text.startswith(f"Whether web runs cannot be told: {doubt}.")
    assert text.count(doubt) == 1
    assert "`overseer adopt web PID` says which one it is" in text


def test_stop_failed(daemon: Daemon, alice: Operator) -> None:
    trouble = "pid 4107 survived SIGKILL"
    status = replace(ALIVE, life=Life.STUCK, trouble=trouble, due=NOW + 30, goal=Goal.DOWN)

    text = told(daemon, alice, status)

    assert text.startswith(f"web could not be stopped: {trouble}.")
    assert "nothing is launched while it lives" in text
    assert f"Next: it is looked at again at {at(daemon, NOW + 30)}, in 30s." in text


def test_trouble_of_a_watch_that_is_up_is_not_kept_back(daemon: Daemon, alice: Operator) -> None:
    trouble = "its pid file names the start command itself"

    assert f"Trouble: {trouble}." in told(daemon, alice, replace(ALIVE, trouble=trouble))


def test_what_a_check_caused_comes_with_its_samples(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    samples = ("61MB", "*104MB", "*104MB", "*104MB")
    news = News(kind=Kind.RESTARTED, message="restarted: memory 104MB", samples=samples)
    daemon.store.news.append(("web", news))

    assert (
        f"At {at(daemon, NOW)}: restarted: memory 104MB; samples 61MB, *104MB, *104MB, *104MB."
        in told(daemon, alice, ALIVE)
    )


def test_without_samples_the_history_has_the_words(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    daemon.store.news.append(("web", News(kind=Kind.RESTARTED, message="restarted: memory 104MB")))

    assert f"At {at(daemon, NOW)}: restarted: memory 104MB." in told(daemon, alice, ALIVE)


def test_what_could_not_be_run_at_all_has_no_log_to_look_at(
    daemon: Daemon, alice: Operator
) -> None:
    told(daemon, alice, ALIVE)
    why_not = "start failed: no such file: /nowhere"
    daemon.store.news.append(("web", News(kind=Kind.START_FAILED, message=why_not)))
    waiting = replace(FAILING, life=Life.WAITING, reason=why_not, last_exit=None, due=NOW + 4)

    text = told(daemon, alice, waiting)

    assert "Mend that, or /etc/o.yml:1 and type `overseer load`;" in text
    assert "overseer logs" not in text


def test_a_restart_that_failed_is_no_peace_either(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    message, following = "restart command: exit code 7", "the old process goes on"
    failed = News(kind=Kind.RESTART_FAILED, message=message, next=following)
    daemon.store.news.append(("web", failed))

    text = told(daemon, alice, ALIVE)
    daemon.store.news.append(("web", News(kind=Kind.STEADY, message="up and steady")))

    assert f"{message}; {following}." in text
    assert text.endswith("Type: `overseer logs web` shows what the command said.")
    assert told(daemon, alice, ALIVE).endswith("Nothing needs to be done.")


def seen(one: Any, **sample: object) -> Any:
    """A watch that is up, with one check."""
    plain = {"condition": "http", "limit": "not 200", "values": [], "met": False, "doubt": ""}
    return {**one, "samples": [plain | sample]}


def test_a_check_without_an_answer_is_no_peace(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    one = alice.ask("status", names=["web"], full=True)["status"]["watches"][0]

    blind = why(seen(one, doubt="no address"))
    alerting = why(seen(one, met=True, values=["*503"]))

    assert "Its check http has no answer (no address); nothing is done because of it" in blind
    assert "http is met now: *503, limit not 200." in alerting
    for text in blind, alerting:
        assert text.endswith("Type: `overseer status web` shows its checks.")


def test_of_what_a_check_said_once_nothing_is_told_when_it_is_over(
    daemon: Daemon, alice: Operator
) -> None:
    told(daemon, alice, ALIVE)
    for kind in Kind.CHECK_MET, Kind.CHECK_CLEARED:
        daemon.store.news.append(("web", News(kind=kind, message=f"{kind} of the disk")))

    assert "of the disk" not in told(daemon, alice, ALIVE)


def test_of_today_the_time_is_enough(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    one = alice.ask("status", names=["web"], full=True)["status"]["watches"][0]
    date, clock = at(daemon, NOW - 3600).split(" ")

    assert f"wanted up since {clock} by alice" in why(one, date)


@pytest.mark.parametrize("word", Phase)
def test_every_phase_has_its_own_sentence_and_advice_that_fits(word: Phase) -> None:
    assert word in PHRASES
    assert (word in TYPE) is (word not in (Phase.UP, Phase.RELOADING, Phase.WAITING))


def test_a_phase_of_a_newer_daemon_is_told_as_it_is(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    one: dict[str, Any] = alice.ask("status", names=["web"], full=True)["status"]["watches"][0]

    assert why({**one, "phase": "draining", "reason": "by hand"}).startswith(
        "web is draining: by hand."
    )


def kept(daemon: Daemon, **facts: object) -> None:
    at = daemon.clock.wall() - 2
    daemon.files.evidence["web"] = Entry(
        at=at, watch="web", kind="exited", message="exit code 1", facts=facts
    )


@pytest.mark.field("A5")
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"lines": ["a", "in use"], "error_line": "in use"}, 'Its log said: "in use".'),
        ({"lines": ["a", "b\x1b"]}, 'The last line of its log was "b\ufffd".'),
        ({"note": "nothing was written to /l"}, "Nothing was written to /l."),
        ({}, ""),
    ],
)
def test_what_its_log_said_when_it_ended(
    daemon: Daemon, alice: Operator, facts: dict[str, object], said: str
) -> None:
    told(daemon, alice, FAILING)
    kept(daemon, **facts)

    assert said in told(daemon, alice, FAILING)


@pytest.mark.field("A5")
def test_what_the_log_said_another_time_is_not_repeated(daemon: Daemon, alice: Operator) -> None:
    told(daemon, alice, ALIVE)
    kept(daemon, lines=["a"], error_line="a")
    since = replace(ALIVE, last_exit=Exit(code=1), last_exit_at=NOW - 500)

    assert "Its log" not in told(daemon, alice, since)


@pytest.mark.field("D3")
@pytest.mark.parametrize(
    ("reason", "another"),
    [
        ("exit code 1", True),
        ("killed by SIGKILL", True),
        ("start failed: killed by SIGUSR1", True),
        ("memory 241MB, above 200MB (3 of 5)", True),
        ("autostart", False),
        ("start by alice", False),
        ("restart by load", False),
        ("", False),
    ],
)
def test_a_reason_is_about_the_process_before_or_says_who_wanted_this_one(
    reason: str, another: bool
) -> None:
    assert is_about_another(reason) is another


@pytest.mark.field("D3")
def test_what_a_check_saw_of_the_process_before_is_not_said_of_this_one(
    daemon: Daemon, alice: Operator
) -> None:
    text = told(daemon, alice, replace(ALIVE, reason="memory 241MB, above 200MB"))

    assert "pid 4107, after this: memory 241MB, above 200MB." in text
