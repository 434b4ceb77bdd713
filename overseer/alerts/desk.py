"""Where news becomes letters: judged, addressed, and written with the change they tell of."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from overseer.alerts import mailbag, silence, tray
from overseer.alerts.case import Labels
from overseer.alerts.exhibits import Exhibits, written
from overseer.alerts.incident import CALM, Alert, Incident, OpenIncident, belongs_to
from overseer.alerts.letter import Facts, Letter, facts_of, message_id
from overseer.alerts.policy import judge
from overseer.alerts.silence import Memo as Silencing
from overseer.alerts.silence import Silences
from overseer.contacts.book import Book
from overseer.model.change import ENDS, Change
from overseer.model.log_file import LogMark
from overseer.model.news import Kind, News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock, Judged

log = logging.getLogger(__name__)

LogsOf = Callable[[Watch, Status], Sequence[LogMark]]
"""Where the output of the last process of a watch begins, and where its errors do."""
SHOWN = frozenset(
    {
        *(Kind.EXITED, Kind.START_FAILED, Kind.STOP_FAILED, Kind.RUN_FAILED, Kind.RUN_SKIPPED),
        *(Kind.COMMAND_FAILED, Kind.RESTARTED, Kind.RESTART_FAILED, Kind.WARNING, Kind.UNKNOWN),
        *(Kind.CHECK_MET, Kind.CHECK_UNKNOWN),
    }
)
"""With these the last lines of the log are kept."""
NOT_RUN = frozenset({Kind.START_FAILED, Kind.RUN_FAILED, Kind.COMMAND_FAILED})
"""These may be about what could not be run, and has written nothing."""
Wake = Callable[[bool], None]
"""Told after a commit with letters in it; and whether the database is another file."""


@dataclass(frozen=True, slots=True)
class Memo:
    """What is remembered about a watch from now on."""

    watch: str
    incident: Incident


Draft = Letter | Memo | Silencing


class Desk:
    """The store's secretary. Its methods are called by the store, one at a time.

    *book* may be replaced at any time, from any thread.
    """

    def __init__(
        self,
        clock: Clock,
        host: str,
        book: Book,
        logs_of: LogsOf,
        exhibits: Exhibits,
        silences: Silences,
        wake: Wake,
    ) -> None:
        self.book = book
        self._clock = clock
        self._host = host
        self._logs_of = logs_of
        self._exhibits = exhibits
        self._silences = silences
        self._wake = wake
        self._incidents: dict[str, Incident] = {}
        self._loaded = False
        self._put = 0
        self._something_to_do = False  # for the clerk, once it is committed

    @property
    def incidents(self) -> Mapping[str, Incident]:
        """Of watches about which there is something to remember."""
        return self._incidents

    def open_incidents(self) -> frozenset[str]:
        """Their ids; from any thread."""
        known = list(self._incidents.values())
        ids = [one.id or one.story for one in known]
        ids += [check.id for one in known for check in one.checks]
        return frozenset(filter(None, ids))

    def open_incidents_of(self, name: str, boot: str) -> tuple[OpenIncident, ...]:
        """From any thread."""
        return tuple(self._incidents.get(name, CALM).open_at(boot))

    def prepare(self, db: sqlite3.Connection) -> None:
        mailbag.prepare(db)
        if not self._loaded:
            self._incidents = {**mailbag.incidents(db), **self._incidents}
            self._silences.recall(silence.read(db))
            self._loaded = True

    def judge(self, watch: Watch, status: Status, news: News) -> Judged:
        before = self._incidents.get(watch.name, CALM)
        now, logs = self._clock.now(), self._written(watch, status, news)
        evidence = self._expect(watch.name) if logs and news.kind in SHOWN else ""
        after, alerts = judge(before, watch, status, news, now, self.book.resolve, evidence)
        if logs and not evidence and lacks_evidence(before, after, alerts):
            evidence = self._expect(watch.name)
            after = replace(after, evidence=after.evidence or evidence)
            alerts = tuple(replace(one, evidence=one.evidence or evidence) for one in alerts)
        drafts: list[Draft] = []
        if after != before and not (mailbag.is_calm(after) and mailbag.is_calm(before)):
            self._incidents[watch.name] = after
            drafts.append(Memo(watch.name, after))
        for alert in alerts:
            drafts.extend(self._letters(alert, now, watch.name, logs))
        silenced = None
        if any(alert.change not in ENDS for alert in alerts):
            silenced = self._silences.of(watch.name, self._clock.wall())
        self._something_to_do = self._something_to_do or bool(evidence)
        incident = belongs_to(before, after, news.check)
        return Judged(
            drafts=drafts,
            silenced=silenced.why if silenced else "",
            incident=incident or next((alert.incident for alert in alerts), ""),
            log=written(logs) if evidence else "",
            evidence=evidence,
        )

    def _written(self, watch: Watch, status: Status, news: News) -> Sequence[LogMark]:
        """The logs that tell of it; none where nothing could be run, or never is."""
        if watch.is_task and not any(one.command for one in watch.states):
            return ()
        ran = news.kind not in NOT_RUN or news.exit is not None or status.log is not None
        return self._logs_of(watch, status) if ran else ()

    def _expect(self, name: str) -> str:
        """By what the end of the log will be found."""
        self._put += 1
        evidence = f"{name}.{int(self._clock.wall() * 1000):x}.{self._put:x}"
        self._exhibits.expect(evidence, name)
        return evidence

    def forget(self, name: str) -> Sequence[Draft]:
        known = self._incidents.pop(name, CALM)
        now = self._clock.now()
        ends = [(known.id, known.told, "")]
        ends += [(one.id, one.told, one.check) for one in known.checks]
        letters = [
            letter
            for id, told, check in ends
            if id and told
            for letter in self._letters(removed(id, told, check), now, name)
        ]
        return (Memo(name, CALM), *letters)

    def notice(
        self,
        message: str,
        contacts: Iterable[str],
        next: str = "",
        change: Change = Change.NOTICE,
    ) -> Sequence[Draft]:
        """About overseer itself: a watch file that had to be left out, a damaged database."""
        now = self._clock.now()
        alert = Alert(
            change=change,
            headline=message.splitlines()[0],
            message=message,
            contacts=self.book.resolve(contacts),
            incident=f"overseer.{int(self._clock.wall() * 1000):x}",
            next=next,
        )
        return tuple(self._letters(alert, now))

    def write(self, db: sqlite3.Connection, drafts: Sequence[object]) -> None:
        memos = {draft.watch: draft.incident for draft in drafts if isinstance(draft, Memo)}
        letters = [draft for draft in drafts if isinstance(draft, Letter)]
        silencing = [draft for draft in drafts if isinstance(draft, Silencing)]
        mailbag.remember(db, memos)
        tray.put(db, letters)
        if silencing:
            silence.write(db, silencing[-1])
        self._something_to_do = self._something_to_do or bool(letters or silencing)

    def wake(self, renewed: bool) -> None:
        something, self._something_to_do = self._something_to_do, False
        if something or renewed:
            self._wake(renewed)

    def _letters(
        self, alert: Alert, now: float, name: str = "", logs: Sequence[LogMark] = ()
    ) -> Iterable[Letter]:
        log_file = logs[0].path if logs else None
        facts = facts_of(alert, name, log_file, now, self._clock.wall())
        labelled: dict[Labels, Facts] = {}  # the same for all that have the same labels
        for contact, (wait, labels) in self._addressed(alert).items():
            terms = self.book.terms_of(contact)
            if wait is not None and terms.wants(alert.change, *labels):
                if labels not in labelled:
                    labelled[labels] = replace(facts, priority=labels[0], category=labels[1])
                yield self._letter(contact, labelled[labels], wait)

    def _addressed(self, alert: Alert) -> Mapping[str, tuple[float | None, Labels]]:
        """Whom it is for, what each has to wait for, and with which labels."""
        found: dict[str, tuple[float | None, Labels]] = {}
        for one in alert.contacts:
            found[one] = self._patience(one, alert), alert.labels.get(one, (None, None))
        for one in alert.contacts:
            for other, late in self._escalated(one, alert):
                found.setdefault(other, (late, found[one][1]))
        return found

    def _patience(self, contact: str, alert: Alert) -> float | None:
        """None: who is told of incidents alone, and late, hears nothing of what is none."""
        after = self.book.terms_of(contact).after
        if after is None:
            return 0.0
        return after if alert.open or alert.change in ENDS else None

    def _escalated(self, contact: str, alert: Alert) -> Iterable[tuple[str, float]]:
        further = self.book.terms_of(contact).escalate
        if further and (alert.open or alert.change in ENDS):
            for other in self.book.resolve(further.to):
                yield other, further.after

    def _letter(self, contact: str, facts: Facts, patience: float) -> Letter:
        self._put += 1
        name = f"{int(facts.at * 1000):x}.{self._put:x}.{facts.change}.{contact}"
        id = message_id(name, self._host)
        return Letter(contact=contact, message_id=id, facts=facts, patience=patience)


def lacks_evidence(before: Incident, after: Incident, alerts: Iterable[Alert]) -> bool:
    """Something is worth an alarm, and nothing that shows it has been kept."""
    alarm = bool(set(after.said) - set(before.said)) and not after.evidence
    return alarm or any(not one.evidence and one.change not in ENDS for one in alerts)


def removed(incident: str, told: tuple[str, ...], check: str) -> Alert:
    return Alert(
        change=Change.CLOSED,
        headline="no longer watched",
        message="it has been removed from the watch files; nothing more follows about it",
        contacts=told,
        incident=incident,
        check=check,
    )
