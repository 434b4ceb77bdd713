"""How incidents end: the last word goes to those who got the alarm, and to nobody else."""

from dataclasses import replace

from overseer.alerts.case import Case, Verdict, alert, name_of, tell
from overseer.alerts.incident import Alert, Incident, Standing
from overseer.model.change import Change
from overseer.model.state import STOP, Goal, Life
from overseer.units import show_seconds

ONLY_TOLD = "nothing is done about it; you are told when it is over"


def recovered(case: Case, message: str) -> Verdict:
    lasted = show_seconds(max(case.now - case.incident.began, 1.0))
    return ended(case, Change.RECOVERED, f"recovered after {lasted}", message)


def ended(case: Case, change: Change, headline: str, message: str) -> Verdict:
    known = case.incident
    said = alert(case, change, headline, message=message, contacts=known.told)
    return over(known), (said,) if known.told else ()


def over(known: Incident) -> Incident:
    """What is remembered when no incident is open any more."""
    return replace(
        known,
        id="",
        began=0.0,
        headline="",
        said=(),
        told=(),
        untold=0,
        away=0.0,
        gone_since=None,
        evidence="",
        story="",
    )


def gone_at_last(case: Case) -> Verdict:
    """A stop has come to its end; that of a daemon which ends itself changes nothing."""
    status = case.status
    if status.closing:
        return case.incident, ()
    if Change.STOP_FAILED in case.incident.said and not_wanted(case):
        return recovered(case, "it has ended after all")
    return (case.incident, ()) if status.goal is Goal.UP else closed(case)


def not_wanted(case: Case) -> bool:
    return case.status.goal is not Goal.UP or case.status.state == STOP


def closed(case: Case) -> Verdict:
    """Somebody has stopped or unmonitored it: nobody is to wait for a recovery. While it is being
    stopped, or cannot be, that is not over yet."""
    known, status = case.incident, case.status
    if status.goal is Goal.DOWN and status.life is not Life.DOWN:
        return case.with_(gone_since=None).incident, ()
    cleared = [cleared_alert(case, one, Change.CLOSED, status.reason) for one in known.checks]
    case = case.with_(checks=())
    if not known.id:
        return case.with_(gone_since=None, story="").incident, tuple(filter(None, cleared))
    incident, alerts = ended(case, Change.CLOSED, status.reason, "nothing more follows about it")
    return incident, (*alerts, *filter(None, cleared))


def check_met(case: Case) -> Verdict:
    """What `alert_if` asks: an incident of its own. A row that leads somewhere stands alone."""
    news, known = case.news, case.incident
    if not news.check:
        return tell(case, Change.CHECK_MET, news.message, opens=False)
    if any(one.check == news.check for one in known.checks):
        return known, ()
    id = f"{name_of(case)}.{len(known.checks):x}"
    told = case.everybody(Change.CHECK_MET)
    standing = Standing(check=news.check, id=id, began=case.now, told=told, headline=news.message)
    said = alert(
        case.with_(id=id, began=case.now), Change.CHECK_MET, news.message,
        contacts=told, open=True, check=news.check, next=news.next or ONLY_TOLD,
    )  # fmt: skip
    kept = replace(known, checks=(*known.checks, standing))
    return kept, (said,) if said.contacts else ()


def check_cleared(case: Case) -> Verdict:
    known = case.incident
    found = next((one for one in known.checks if one.check == case.news.check), None)
    if found is None:
        return known, ()
    lasted = show_seconds(max(case.now - found.began, 1.0))
    said = cleared_alert(case, found, Change.RECOVERED, f"{case.news.message}, after {lasted}")
    kept = tuple(one for one in known.checks if one is not found)
    return replace(known, checks=kept), (said,) if said else ()


def cleared_alert(case: Case, one: Standing, change: Change, headline: str) -> Alert | None:
    if not one.told:
        return None
    own = case.with_(id=one.id, began=one.began)
    message = case.news.message if change is Change.RECOVERED else f"{one.check} is asked no more"
    return alert(own, change, headline, message=message, contacts=one.told, check=one.check)
