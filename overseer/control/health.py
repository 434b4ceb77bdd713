"""What the daemon knows of its own health, for `overseer doctor`."""

import sys
from collections.abc import Callable

from overseer.control.load import Loader
from overseer.control.moments import told
from overseer.control.office import Office
from overseer.control.protocol import Answer, done

Say = Callable[[Answer], None]


class Health:
    def __init__(self, office: Office, loader: Loader) -> None:
        self._office = office
        self._loader = loader

    def answer(self, say: Say) -> Answer:
        """Each contact as its server answers, one after another; then all the rest at once."""
        for name, said, answers in self._office.knock():
            say({"contact": name, "said": said, "answers": answers})
        return done(health=self._facts())

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
            "state_dir": facts.state_dir,
            "log_dir": facts.log_dir,
            "trouble": office.trouble(),
            "undelivered": str(undelivered) if undelivered else "",
            "left_over": [one._asdict() for one in office.left_over()],
            "suspended": self._suspended(),
            "lost_records": list(office.lost_records()),
            "moved_logs": list(office.moved_logs()),
            "watches": len(office.engine.watches),
            "files": list(self._loader.files()),
            "load": self._loader.differs(),
        }
