"""One piece of news, all that it is judged by, and the ways to tell of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from overseer.alerts.incident import Alert, Incident, Said
from overseer.core.phase import upcoming
from overseer.model.change import ENDS, Change
from overseer.model.news import Kind, News
from overseer.model.state import Goal, Life
from overseer.model.status import Status
from overseer.model.transition import NOBODY, Notify
from overseer.model.watch import Watch
from overseer.units import show_seconds

HOUR = 3600.0

Labels = tuple[str | None, str | None]
"""Priority and category."""
Resolve = Callable[[tuple[str, ...]], tuple[str, ...]]
"""From names of contacts and contact groups to names of contacts, each once."""
Verdict = tuple[Incident, tuple[Alert, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One piece of news, and all that it is judged by."""

    incident: Incident
    watch: Watch
    status: Status
    news: News
    now: float
    resolve: Resolve
    evidence: str = ""  # of this news

    @property
    def named(self) -> tuple[Notify, ...]:
        """Those whom the transition itself names come last."""
        return (*self.watch.notify.each, *(self.news.notify.each if self.news.notify else ()))

    def own(self, change: Change) -> tuple[str, ...]:
        """Whom the transition itself names."""
        return self._who(self.news.notify.each if self.news.notify else (), change)

    def everybody(self, change: Change) -> tuple[str, ...]:
        """Who is told of that."""
        return self._who(self.named, change)

    def _who(self, named: Iterable[Notify], change: Change) -> tuple[str, ...]:
        names = (name for one in named if one.wants(change) for name in one.contacts)
        return self.resolve(tuple(dict.fromkeys(names)))

    def labels(self, contact: str, change: Change) -> Labels:
        """Priority and category for whom: the transition's, else those beside the name, else the
        watch's."""
        named = (one for one in self.named if one.wants(change))
        beside = next((one for one in named if contact in self.resolve(one.contacts)), NOBODY)
        told = (self.news.notify or NOBODY, beside, self.watch.notify)
        return (
            next((one.priority for one in told if one.priority), None),
            next((one.category for one in told if one.category), None),
        )

    def with_(self, **changes: Any) -> "Case":  # the names are Incident's own
        return replace(self, incident=replace(self.incident, **changes))


def of_this_boot(incident: Incident, boot: str, now: float) -> Incident:
    """Another boot makes moments meaningless and lifts holds; who was told stays known."""
    if incident.boot == boot:
        return incident
    checks = tuple(replace(one, began=now) for one in incident.checks)
    return replace(
        incident, boot=boot, exits=(), gone_since=None, lately=(), said=(), began=now, checks=checks
    )


def recent(incident: Incident, now: float) -> Incident:
    exits = tuple(at for at in incident.exits if now - at < HOUR)
    lately = tuple(said for said in incident.lately if now - said.at < HOUR)
    if exits == incident.exits and lately == incident.lately:
        return incident
    return replace(incident, exits=exits, lately=lately)


def came_back(incident: Incident, status: Status) -> Incident:
    """Add up how long there was no process."""
    gone, back = incident.gone_since, status.launched_at
    if gone is None or back is None or back < gone:
        return incident
    return replace(incident, gone_since=None, away=incident.away + back - gone)


def away(case: Case) -> str:
    """How long there was no process, as the end of a sentence."""
    gone = case.incident.gone_since
    seconds = case.incident.away + (case.now - gone if gone is not None else 0.0)
    return f"; away {show_seconds(max(seconds, 0.1))} in all"


def with_story(case: Case) -> Case:
    """What goes wrong from now on, until it is well, belongs together, whoever is told of it."""
    known = case.incident
    return case.with_(story=known.story or known.id or name_of(case))


def once(case: Case, change: Change, headline: str) -> Verdict:
    """Opens an incident or belongs to the open one, and is told once in it."""
    if change in case.incident.said:
        return case.incident, ()
    return tell(case, change, headline, opens=True)


def hourly(case: Case, change: Change, what: str, headline: str, **facts: Any) -> Verdict:
    if said_lately(case, what):
        return case.incident, ()
    lately = (*case.incident.lately, Said(what, case.now))
    return tell(case.with_(lately=lately), change, headline, opens=False, **facts)


def said_lately(case: Case, what: str) -> bool:
    return any(said.what == what for said in case.incident.lately)


def tell(
    case: Case, change: Change, headline: str, *, opens: bool, message: str = "", **facts: Any
) -> Verdict:  # the facts are Alert's own
    known = case.incident
    if opens:
        known = replace(
            known,
            id=known.id or known.story or name_of(case),
            began=known.began if known.id else case.now,
            headline=headline,
            said=(*known.said, change),
            told=tuple(dict.fromkeys((*known.told, *case.everybody(change)))),
        )
    said = alert(
        replace(case, incident=known), change, headline,
        message=message, contacts=case.everybody(change), open=opens, **facts,
    )  # fmt: skip
    return known, (said,) if said.contacts else ()


def alert(
    case: Case,
    change: Change,
    headline: str,
    *,
    contacts: tuple[str, ...],
    message: str = "",
    **facts: Any,
) -> Alert:  # the facts are Alert's own
    news = case.news
    what, due = upcoming(case.watch, case.status) or ("", None)
    own = facts.get("next") or (news.next and case.status.hold_due is None)
    if own:  # it is something else that happens then
        due = None
    following = news.next or what or ("tried again at once" if is_retried(case) else "")
    given = {
        "exit": news.exit,
        "ran_for": news.ran_for,
        "samples": news.samples,
        "next": following,
        **facts,
    }
    if change not in ENDS:
        given["evidence"] = case.evidence or case.incident.evidence
    return Alert(
        change=change,
        headline=headline,
        message=message or news.message,
        incident=case.incident.id or case.incident.story or name_of(case),
        due=due,
        began=case.incident.began if case.incident.id else None,
        contacts=contacts,
        labels={one: case.labels(one, change) for one in contacts},
        **given,
    )


def is_retried(case: Case) -> bool:
    failed = case.news.kind in (Kind.START_FAILED, Kind.EXITED)
    return failed and case.status.goal is Goal.UP and case.status.life is Life.LAUNCHING


def name_of(case: Case) -> str:
    """Of this incident, or of an alert that stands alone."""
    return f"{case.watch.name}.{case.status.boot[:8]}.{int(case.now * 1000):x}"
