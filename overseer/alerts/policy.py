"""Which news is worth an alert, and to whom: one per change, never one per poll.

Pure: no clock, no database. Start reading at RULES.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from overseer.alerts.case import (
    Case,
    Resolve,
    Verdict,
    alert,
    away,
    came_back,
    hourly,
    of_this_boot,
    once,
    recent,
    said_lately,
    tell,
    with_story,
)
from overseer.alerts.ending import check_cleared, check_met, closed, gone_at_last, recovered
from overseer.alerts.incident import CALM, Alert, Incident, Said
from overseer.core import flapping as flapping_rows
from overseer.model.change import Change
from overseer.model.news import Kind, News
from overseer.model.schedule import Result
from overseer.model.state import STOP, UNMONITORED, Goal, Hold
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.units import show_seconds

TOLD_LATER = frozenset(
    {
        *(Kind.EXITED, Kind.START_FAILED, Kind.STOP_FAILED, Kind.RUN_FAILED, Kind.COMMAND_FAILED),
        *(Kind.RESTARTED, Kind.RESTART_FAILED),
    }
)
"""What alerts that come after it are about, too: held, gave up, crashed and up again."""
MOST_EXITS = 100
"""Moments that are kept: each is written again with every exit of the hour."""
TOO_OFTEN = 3
"""Exits within an hour that are told without waiting for the repair to hold."""


def judge(
    incident: Incident | None,
    watch: Watch,
    status: Status,
    news: News,
    now: float,
    resolve: Resolve,
    evidence: str = "",
) -> Verdict:
    """*status* is the one that the news has led to, *now* seconds of CLOCK_BOOTTIME; *evidence*
    is kept of this news."""
    known = of_this_boot(incident or CALM, status.boot, now)
    known = came_back(recent(known, now), status)
    if evidence and news.kind in TOLD_LATER:
        known = replace(known, evidence=evidence)
    case = Case(
        incident=known, watch=watch, status=status, news=news, now=now, resolve=resolve,
        evidence=evidence,
    )  # fmt: skip
    rule = RULES.get(news.kind)
    return rule(case) if rule else (known, ())


def begin_afresh(case: Case) -> Verdict:
    """Somebody takes a hand: what goes wrong from now on is worth telling again."""
    if case.status.goal is Goal.UP:
        story = case.incident.story if case.incident.id else ""
        return case.with_(said=(), story=story).incident, ()
    return closed(case)


def exited(case: Case) -> Verdict:
    """Told when it has been mended, when it happens too often, or when nobody mends it."""
    status, known = case.status, case.incident
    at = case.now if status.last_exit_at is None else status.last_exit_at
    exits = (*known.exits, at)[-MOST_EXITS:]
    case = with_story(case.with_(exits=exits, untold=known.untold + 1, gone_since=at))
    said = to_own(case)
    if status.failed and status.goal is Goal.UP:
        incident, alerts = failed(case)
        return incident, (*said, *alerts)
    if known.id or status.hold is not Hold.NONE or status.goal is not Goal.UP:
        return case.incident, said
    if status.state in (STOP, UNMONITORED):
        headline = "crashed, not started again"
        incident, alerts = crashed(case, headline, case.news.message, opens=True)
        return incident, (*said, *alerts)
    incident, alerts = too_often(case, at, "crashed")
    return incident, (*said, *alerts)


def too_often(case: Case, at: float, what: str) -> Verdict:
    times = len(case.incident.exits)
    if times < TOO_OFTEN or said_lately(case, Change.CRASHED):
        return case.incident, ()
    span = show_seconds(max(at - case.incident.exits[0], 1.0))
    headline = f"{what} {times} times within {span}"
    return crashed(case, headline, f"{case.news.message}{away(case)}", opens=True)


def to_own(case: Case) -> tuple[Alert, ...]:
    """To those whom the transition names: at once, and whatever the rest of us think."""
    own = case.own(Change.EXITED)
    return (alert(case, Change.EXITED, case.news.message, contacts=own),) if own else ()


def finished(case: Case) -> Verdict:
    """It has done what it was for, and is left so: what went wrong before is over."""
    own = to_own(case)
    if case.incident.id:
        incident, alerts = recovered(case, f"completed, {case.news.message}")
        return incident, (*own, *alerts)
    if case.incident.untold and not said_lately(case, Change.CRASHED):
        incident, alerts = mended(case, "completed")
        return incident, (*own, *alerts)
    return case.with_(story="").incident, own


def failed(case: Case) -> Verdict:
    """It is left so, and nobody runs it again by itself: each time is told."""
    incident, alerts = tell(
        case, Change.RUN_FAILED, f"failed: {case.news.message}", opens=True,
        exit=case.status.last_exit, ran_for=case.status.last_ran_for, next=LEFT,
    )  # fmt: skip
    said = tuple(dict.fromkeys(incident.said))
    return replace(incident, untold=0, away=0.0, gone_since=None, said=said), alerts


LEFT = "it is not run again by itself"


def steady(case: Case) -> Verdict:
    """It is well: close the incident, or tell of a crash that was mended."""
    if case.incident.id:
        return recovered(case, "up and steady again")
    if not case.incident.untold or said_lately(case, Change.CRASHED):
        return case.with_(story="", evidence="").incident, ()
    return mended(case, "up again")


def mended(case: Case, how: str) -> Verdict:
    """Of crashes that nobody has been told of yet."""
    times, status = case.incident.untold, case.status
    ran = status.last_ran_for
    last = f"{status.last_exit or case.news.message}" + (
        f" after {show_seconds(ran)}" if ran is not None else ""
    )
    message = f"{last}{away(case)}"
    if times == 1:
        return crashed(case, f"crashed, {how}", message, opens=False)
    return crashed(case, f"crashed {times} times, {how}", f"last: {message}", opens=False)


def crashed(case: Case, headline: str, message: str, opens: bool) -> Verdict:
    incident, alerts = tell(
        case, Change.CRASHED, headline, message=message, opens=opens,
        exit=case.status.last_exit, ran_for=case.status.last_ran_for,
    )  # fmt: skip
    lately = (*incident.lately, Said(Change.CRASHED, case.now))
    story = incident.story if opens else ""  # it is well again
    return replace(incident, untold=0, away=0.0, lately=lately, story=story), alerts


def flapping(case: Case) -> Verdict:
    """A failed retry adds to the open incident without a new mail; but that another row has it held
    for good is news."""
    headline = "flapping, held" if case.status.hold_due is not None else "flapping, held for good"
    if case.status.hold is Hold.CHECKS:
        headline = "flapping by its checks, left running, restarts held"
    last = case.status.hold_due is None and Change.FLAPPING in case.incident.said
    return once(case, Change.GAVE_UP if last else Change.FLAPPING, headline)


def gave_up(case: Case) -> Verdict:
    alive = case.status.hold is Hold.CHECKS
    headline = "gave up restarting it by its checks, left running" if alive else "gave up"
    return once(case, Change.GAVE_UP, headline)


def start_failed(case: Case) -> Verdict:
    """Where overseer tries again by itself, flapping is the news; where nothing ever counts as
    flapping, that it happens again and again."""
    case = with_story(case)
    if case.news.asked or case.news.hopeless:
        return once(case, Change.START_FAILED, case.news.message)
    held = any(flapping_rows.holds(case.watch, row.row) for row in flapping_rows.rows(case.watch))
    if case.incident.id or held:
        return case.incident, ()
    known = case.incident
    case = case.with_(exits=(*known.exits, case.now)[-MOST_EXITS:], untold=known.untold + 1)
    return too_often(case, case.now, "down or not started")


def stop_failed(case: Case) -> Verdict:
    return once(case, Change.STOP_FAILED, f"stop failed: {case.news.message}")


def unknown(case: Case) -> Verdict:
    return once(case, Change.UNKNOWN, f"unknown: {case.news.message}")


def restarted(case: Case) -> Verdict:
    return tell(case, Change.RESTARTED, case.news.message, opens=False)


def restart_failed(case: Case) -> Verdict:
    headline = f"restart failed: {case.news.message.removeprefix('restart command: ')}"
    return hourly(case, Change.RESTART_FAILED, Change.RESTART_FAILED, headline)


def command_failed(case: Case) -> Verdict:
    """Once an hour for each state of a task, which may be in it again and again."""
    what = f"{Change.COMMAND_FAILED}: {case.status.state}"
    return hourly(case, Change.COMMAND_FAILED, what, case.news.message)


def run_failed(case: Case) -> Verdict:
    """Once, until a run is well again."""
    return once(case, Change.RUN_FAILED, case.news.message)


def run_skipped(case: Case) -> Verdict:
    return once(case, Change.RUN_SKIPPED, case.news.message)


def run_missed(case: Case) -> Verdict:
    return once(case, Change.RUN_MISSED, case.news.message)


def run_finished(case: Case) -> Verdict:
    """One that ended well ends the incident, whichever it was; how the others ended is unknown."""
    if case.incident.id and case.news.result is Result.OK:
        return recovered(case, case.news.message)
    return case.incident, ()


def check_unknown(case: Case) -> Verdict:
    what = f"{Change.CHECK_UNKNOWN}: {case.news.message}"
    headline = f"no answer from {case.news.message}"
    return hourly(case, Change.CHECK_UNKNOWN, what, headline, next=UNANSWERED)


UNANSWERED = "nothing is done because of this check until it answers"
Rule = Callable[[Case], Verdict]
RULES: Mapping[Kind, Rule] = {  # what is not listed is for the history alone
    Kind.ASKED: begin_afresh,
    Kind.EXITED: exited,
    Kind.FINISHED: finished,
    Kind.STEADY: steady,
    Kind.STOPPED: gone_at_last,
    Kind.FLAPPING: flapping,
    Kind.GAVE_UP: gave_up,
    Kind.START_FAILED: start_failed,
    Kind.STOP_FAILED: stop_failed,
    Kind.RESTARTED: restarted,
    Kind.RESTART_FAILED: restart_failed,
    Kind.CHECK_MET: check_met,
    Kind.CHECK_CLEARED: check_cleared,
    Kind.COMMAND_FAILED: command_failed,
    Kind.RUN_FAILED: run_failed,
    Kind.RUN_SKIPPED: run_skipped,
    Kind.RUN_MISSED: run_missed,
    Kind.RUN_FINISHED: run_finished,
    Kind.CHECK_UNKNOWN: check_unknown,
    Kind.UNKNOWN: unknown,
}
