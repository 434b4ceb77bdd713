"""Moves letters from the trays into mails, when their time has come; outside the engine's way."""

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from overseer.alerts import mailbag, reminders, tray
from overseer.alerts.exhibits import Exhibits
from overseer.alerts.facts import mail_of
from overseer.alerts.scene import SilencedAt, look
from overseer.alerts.sorting import sort
from overseer.alerts.waiting import Item, Mail, Plan
from overseer.contacts.book import Book
from overseer.crew import begin
from overseer.errors import OverseerError
from overseer.model.change import Change
from overseer.outbox.database import Database
from overseer.ports import Clock

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0
"""Seconds at most between two looks while something waits: the clock may be set."""
GATHER = 0.05
"""Seconds it waits when it is woken: what is done about the news goes first, and news that come
together are read together."""
LOCK_PATIENCE = 1.0
TRY_AGAIN = 5.0
MOST_SHOWN = 20
"""Alerts of a mail that are shown in full, with the last lines of their logs."""

Texts = Mapping[int, tuple[str, str]]
"""Of letters: Message-ID, and facts as they are written."""


@dataclass(frozen=True, slots=True)
class Served:
    mails: int
    due: float | None  # when to look again, in seconds since the epoch


class Clerk:
    """`turn` does all there is to do; the thread calls it when it is woken or something is due.

    *deliver* is told for whom there are new mails, and whether the database is another file.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        book: Callable[[], Book],
        clock: Clock,
        host: str,
        silenced: SilencedAt,
        deliver: Callable[[Sequence[str], bool], None],
        exhibits: Exhibits,
    ) -> None:
        self._database = Database(connect, mailbag.PREFIX, name="alerts", patience=LOCK_PATIENCE)
        self._book = book
        self._clock = clock
        self._host = host
        self._silenced = silenced
        self._deliver = deliver
        self._exhibits = exhibits
        self._seen: dict[str, set[int]] = {}  # letters whose log has been looked at
        self._bell = threading.Event()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._renewed = False
        self._trouble = ""

    def wake(self, renewed: bool = False) -> None:
        """There may be something to do. From any thread, never waits."""
        self._renewed |= renewed
        self._bell.set()
        with self._lock:
            if self._thread is None and not self._ending.is_set():
                self._thread = begin(self._run, "alerts-clerk")

    def stop(self, timeout: float) -> None:
        self._ending.set()
        self._bell.set()
        if self._thread and self._thread.ident:
            self._thread.join(timeout)
        self._database.close()

    def _run(self) -> None:
        while not self._ending.wait(GATHER):
            self._bell.clear()
            self._bell.wait(self._one_turn())

    def _one_turn(self) -> float | None:
        """Seconds until the next one, None: when somebody wakes us."""
        try:
            due = self.turn()
        except OverseerError as error:
            self._complain(str(error))
            return TRY_AGAIN
        except Exception:  # alerts are needed most when something is wrong
            log.exception("the alerts stumbled")
            return LOOK_EVERY
        self._complain("")
        return None if due is None else min(max(due - self._clock.wall(), 0.0), LOOK_EVERY)

    def _complain(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("alerts wait: %s", trouble)
        self._trouble = trouble

    def turn(self) -> float | None:
        """When to look again, in seconds since the epoch; None: nothing waits."""
        renewed, self._renewed = self._renewed, False
        if renewed:
            self._database.close()
            self._seen.clear()
        now = self._clock.wall()
        more = self._exhibits.collect(self._database, now)
        with self._database.reading() as db:
            names = sorted(tray.contacts(db) | mailbag.recallable(db))
        served = {name: self._serve(name, now) for name in names}
        busy = [name for name, one in served.items() if one.mails]
        if busy or renewed:
            self._deliver(busy, renewed)
        dues = (more, *(one.due for one in served.values()))
        return min((due for due in dues if due is not None), default=None)

    def _serve(self, name: str, now: float) -> Served:
        book = self._book()
        if name not in book.contacts:
            lost = self._database.write(lambda db: tray.forget(db, name))
            if lost:
                log.error("%d alerts are lost: there is no contact %s any more", lost, name)
            return Served(0, None)
        if self._has_old_news(name):
            self._database.write(lambda db: mailbag.recall(db, name))
        repeat = book.terms_of(name).repeat
        due = reminders.due(self._database, name, repeat, now, self._host) if repeat else None
        self._let_none_overtake(name)
        with self._database.reading() as db:
            items = tray.items(db, name)
            scene = look(db, name, now, book, self._silenced)
        plan = sort(items, scene)
        self._carry_out(name, items, plan, now)
        looks = (due, plan.due, now + LOOK_EVERY if plan.waits else None)
        return Served(len(plan.mails), min((one for one in looks if one is not None), default=None))

    def _has_old_news(self, name: str) -> bool:
        with self._database.reading() as db:
            return name in mailbag.recallable(db)

    def _let_none_overtake(self, name: str) -> None:
        with self._database.reading() as db:
            if not mailbag.has_refused(db, name):
                return
            incidents = {item.incident for item in tray.items(db, name)}
        if incidents:
            self._database.write(lambda db: mailbag.recall_refused(db, name, incidents))

    def _carry_out(self, name: str, items: Sequence[Item], plan: Plan, now: float) -> None:
        """In one transaction, if it changes anything."""
        evidence = self._gather(name, items, plan)
        before = {item.id: item for item in items}
        changed = [item for item in plan.kept if item != before[item.id]]
        kept = {item.id for item in plan.kept}
        stays = {id: text for id, text in evidence.items() if id in kept}
        if not (plan.mails or plan.dropped or changed or stays):
            return

        def change(db: sqlite3.Connection) -> None:
            for mail in plan.mails:
                self._compose(db, name, mail, evidence, now)
            tray.take(db, plan.dropped)
            tray.keep(db, changed)
            tray.add_evidence(db, stays)
            if plan.window:
                tray.remember_window(db, name, plan.window)

        self._database.write(change)
        for id, why in plan.dropped.items():
            item = before[id]
            log.info("alert to %s about %s (%s) not sent: %s", name, item.watch, item.change, why)

    def _gather(self, name: str, items: Sequence[Item], plan: Plan) -> dict[int, str]:
        """The facts of letters with the last lines of the log: those that the history keeps, once
        the letter goes, else those of now, once it has come."""
        seen = self._seen.get(name, set())
        new = [one.id for one in items if one.id not in seen and one.id not in plan.dropped]
        self._seen[name] = {item.id for item in plan.kept}  # ids of others are given again
        going = {one.id for mail in plan.mails for one in mail.items[:MOST_SHOWN]}
        count = self._book().contacts[name].log_lines
        if not count:
            return {}
        found = {}
        with self._database.reading() as db:
            texts = tray.texts(db, dict.fromkeys((*new[:MOST_SHOWN], *sorted(going))))
            for id, (_, text) in texts.items():
                told = json.loads(text)
                if told.get("lines") is None and (id in going or not told.get("evidence")):
                    told |= self._exhibits.shown(db, told, count, self._clock.wall())
                    found[id] = json.dumps(told, separators=(",", ":"))
        return found

    def _compose(
        self, db: sqlite3.Connection, name: str, mail: Mail, evidence: Mapping[int, str], now: float
    ) -> None:
        ids = [item.id for item in mail.items]
        texts = tray.texts(db, ids)
        told = {id: evidence.get(id, text) for id, (_, text) in texts.items()}
        id = texts[ids[0]][0]
        mailbag.put(db, name, id, mail_of([told[id] for id in ids], mail.why), now)
        tray.count_mail(db, name, now, id)
        tray.take(db, ids)
        remember(db, name, mail.items, told, now)


def remember(
    db: sqlite3.Connection, name: str, items: Iterable[Item], texts: Mapping[int, str], now: float
) -> None:
    """Who has had the alarm, and so gets reminders and the last word."""
    for item in items:
        if item.ends:
            tray.close(db, name, [item.incident])
        elif item.change == Change.REMINDER:
            tray.remind(db, name, [item.incident], now)
        elif item.open:
            tray.tell(db, name, item.incident, texts[item.id], now)
