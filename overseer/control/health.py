"""What the daemon knows of its own health, for `overseer doctor`."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

from overseer.control.load import Loader
from overseer.control.moments import told
from overseer.control.office import Office
from overseer.control.protocol import Answer, done

Say = Callable[[Answer], None]
KEPT = 10.0
"""Seconds that an answer serves all who are no admins: for it the servers of all contacts are asked
and all files read."""


class Health:
    def __init__(self, office: Office, loader: Loader) -> None:
        self._office = office
        self._loader = loader
        self._lock = threading.Lock()
        self._latest: tuple[Answer, ...] = ()
        self._at = -KEPT

    def answer(self, say: Say, *, live: bool = True) -> Answer:
        """Each contact as its server answers, one after another; then all the rest at once. Unless
        *live* it may be some seconds old, and one asks at a time."""
        if live:
            *contacts, last = self._look(say)
            return last
        with self._lock:
            if not self._latest or time.monotonic() - self._at > KEPT:
                self._latest, self._at = tuple(self._look(lambda _: None)), time.monotonic()
            *contacts, last = self._latest
        for contact in contacts:
            say(contact)
        return dict(last)

    def _look(self, say: Say) -> Iterator[Answer]:
        for name, said, answers in self._office.knock():
            contact: Answer = {"contact": name, "said": said, "answers": answers}
            say(contact)
            yield contact
        yield done(health=self._facts())

    def _suspended(self) -> list[Answer]:
        living = [(name, one.process) for name, one in list(self._office.engine.statuses.items())]
        return [
            {"name": name, "pid": process.pid}
            for name, process in living
            if process and self._office.is_suspended(process)
        ]

    def _facts(self) -> Answer:
        office, facts = self._office, self._office.facts
        undelivered = office.undelivered()
        return {
            "version": facts.version,
            "pid": facts.pid,
            "python": list(sys.version_info[:3]),
            "since": told(facts.since),
            "socket": facts.socket,
            "access": office.access(),
            "sockets": dict(office.sockets()),
            "state_dir": facts.state_dir,
            "log_dir": facts.log_dir,
            "trouble": office.trouble(),
            "undelivered": str(undelivered) if undelivered else "",
            "left_over": [one._asdict() for one in office.left_over()],
            "suspended": self._suspended(),
            "lost_records": list(office.lost_records()),
            "moved_logs": list(office.moved_logs()),
            "self": dict(office.of_itself()),
            "watches": len(office.engine.watches),
            "files": list(self._loader.files()),
            "allowed": list(self._loader.reader.allowed),
            "load": self._loader.differs(),
        }
