"""What the daemon tells of itself: that it lives, that it was killed, that its disk is full."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from overseer import VERSION
from overseer.alerts.alerts import Alerts
from overseer.alerts.letter import Letter
from overseer.alerts.silence import EVERYTHING, Maintenance, covers
from overseer.alerts.waiting import Silenced
from overseer.config import Config
from overseer.config.settings import Maintenance as Wanted
from overseer.contacts.book import Book
from overseer.daemon.handover import Received
from overseer.daemon.signals import aside
from overseer.errors import in_words
from overseer.model.change import Change
from overseer.model.url import Url
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.system.calendar import Window

log = logging.getLogger("overseer")

RUNNING = "running"
"""The setting that holds the boot id of a daemon which has not ended yet."""
CRASHED = "started again; the daemon before this one was killed, or has crashed"
WENT_DOWN = "started again; the machine went down before the last daemon could end"
LOOKED_AFTER = "programs that still run were left running, and are looked after"
REPLACED = "replaced"
"""A word of the history that no news has."""
BEAT_EVERY = 60.0
BEAT_PATIENCE = 10.0
NAMED = 10
"""Watches that a message names; of more it says how many."""


class Herald:
    """*contacts* are told, *heartbeat* is fetched; `configured` says which."""

    def __init__(
        self,
        alerts: Alerts,
        store: StateStore,
        boot: str,
        aside: Callable[[Callable[[], None]], None] = aside,
    ) -> None:
        self._alerts = alerts
        self._store = store
        self._boot = boot
        self._aside = aside
        self.contacts: Collection[str] = ()
        self._watches: Mapping[str, Watch] | None = None
        self.heartbeat: Url | None = None
        self._beats = True
        self._beat_due = 0.0
        self._disk_trouble = ""

    def configured(self, new: Config) -> None:
        """Who can be told, from now on; and that this has changed."""
        self.contacts = tuple(new.contacts)
        self.heartbeat = new.settings.heartbeat_url
        self._alerts.silences.maintenance = maintenance(new.settings.maintenance)
        self._alerts.use(Book(new.contacts, new.contact_groups, new.terms))
        self._aside(self._knock)
        before, self._watches = self._watches, dict(new.watches)
        if before is not None and (what := changes(before, new.watches)):
            self.tell(f"the watch files have changed: {what}", Change.CONFIG_CHANGED)

    def begin(self, notices: Iterable[str], received: Received | None = None) -> None:
        """Once alerts can be delivered. *received*: the same daemon goes on with another program,
        and has told its notices."""
        if received:
            said = f"overseer {received.version} was replaced by {VERSION}"
            return self._store.note("", REPLACED, said, received.by)
        for line in notices:
            self.tell(line)
        if last := self._store.recall(RUNNING):
            message = CRASHED if last == self._boot else WENT_DOWN
            self.tell(message, Change.DAEMON_STARTED_AFTER_CRASH, LOOKED_AFTER)
        return self._store.remember(RUNNING, self._boot)

    def end(self) -> None:
        """As it should; whatever has become of the processes."""
        self._store.remember(RUNNING, "")

    def turn(self, now: float) -> None:
        """While the engine's loop turns, and only then; *now* on its clock."""
        self.mind_the_disk()
        if self.heartbeat and now >= self._beat_due:
            self._beat_due = now + BEAT_EVERY
            self._aside(self.beat)

    def mind_the_disk(self) -> None:
        """What cannot be written down is told at once, or nobody would hear of it."""
        trouble = self._store.trouble
        if trouble and not self._disk_trouble:
            self._aside(lambda: self._alerts.tell_now(trouble, self.contacts, Change.DISK_TROUBLE))
        elif self._disk_trouble and not trouble:
            self.tell("the state can be written again; nothing of it is lost")
        self._disk_trouble = trouble

    def beat(self) -> None:
        """Somebody else notices when this stays away. The URL may be a secret."""
        url = self.heartbeat
        if url is None:
            return
        from overseer.network.http import Request, ask
        from overseer.network.line import Deadline

        try:
            code = ask(Request(url=url), Deadline.after(BEAT_PATIENCE)).code
            trouble = "" if 200 <= code < 300 else f"{code}"
        except OSError as error:
            trouble = in_words(error) or type(error).__name__
        if trouble and self._beats:
            log.warning("heartbeat_url: %s://%s: %s", url.scheme, url.host, trouble)
        elif not trouble and not self._beats:
            log.info("heartbeat_url: %s answers again", url.host)
        self._beats = not trouble

    def tell(self, message: str, change: Change = Change.NOTICE, next: str = "") -> None:
        drafts = self._alerts.notice(message, self.contacts, next, change)
        incidents = [one.facts.incident for one in drafts if isinstance(one, Letter)]
        self._store.enclose(drafts, str(change), message, "".join(incidents[:1]))

    def _knock(self) -> None:
        """Does every contact's server answer? Better known now than at three in the morning."""
        for name, said, answers in self._alerts.knock():
            log.log(logging.INFO if answers else logging.WARNING, "contact %s: %s", name, said)


def changes(before: Mapping[str, Watch], after: Mapping[str, Watch]) -> str:
    """`1 added (web), 2 changed (db, cache)`, "" for nothing."""
    found = {
        "added": [name for name in after if name not in before],
        "changed": [name for name in after if name in before and after[name] != before[name]],
        "removed": [name for name in before if name not in after],
    }
    said = (
        f"{len(names)} {what} ({', '.join(names[:NAMED])}{', …' * (len(names) > NAMED)})"
        for what, names in found.items()
        if names
    )
    return ", ".join(said)


def maintenance(wanted: Iterable[Wanted]) -> Maintenance:
    """By the windows that the watch files name."""
    windows = [
        (
            Window(one.when, one.timezone, one.for_),
            one.watches or (EVERYTHING,),
            f"maintenance ({one.reason})" if one.reason else "maintenance",
        )
        for one in wanted
    ]

    def silenced(name: str, tags: Sequence[str], wall: float) -> Silenced | None:
        found = [
            Silenced(end, why)
            for window, words, why in windows
            if covers(words, name, tags) and (end := window.until(wall)) is not None
        ]
        return max(found, key=lambda one: one.until or 0.0, default=None)

    return silenced
