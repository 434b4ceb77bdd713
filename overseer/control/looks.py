"""What only looks: the verbs of viewers, each answered from what the daemon knows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from overseer.control.ear import Ear
from overseer.control.feed import Reader
from overseer.control.fields import Fields
from overseer.control.health import Health
from overseer.control.load import Loader
from overseer.control.names import fuzzy
from overseer.control.office import Office
from overseer.control.protocol import Answer, done
from overseer.control.roles import Role
from overseer.control.runs import Runs
from overseer.control.telling import Asked, Telling
from overseer.control.verbs import Verbs
from overseer.control.view import ENTRIES, View, code
from overseer.control.waiting import UP, Waiting
from overseer.errors import UsageError

LAST = 10  # lines of a log in the full status
MOST_LINES = 100_000
"""Of all logs that are asked for at a time by somebody who is no admin."""


class Viewer(Reader, Protocol):
    """Who asks."""

    role: Role


Look = Callable[[Fields, Viewer], Answer]


class Looks:
    def __init__(
        self, office: Office, ear: Ear, telling: Telling, verbs: Verbs, loader: Loader
    ) -> None:
        self._office = office
        self._ear = ear
        self._telling = telling
        self._verbs = verbs
        self._scales = loader.scales
        self._health = Health(office, loader)
        self._runs = Runs(office)
        self._view = View(
            office,
            loader.notices,
            loader.scales,
            loader.removed.notices,
            lambda: loader.roots.left_out,
        )

    def verbs(self) -> Mapping[str, Look]:
        return {
            "status": self.status,
            "schedule": self.schedule,
            "history": self.history,
            "incidents": self.incidents,
            "events": self.events,
            "log": self.log,
            "logs": self.logs,
            "doctor": self.doctor,
            "wait": self.wait,
        }

    def status(self, fields: Fields, caller: Viewer) -> Answer:
        words = fields.words()
        known = list(self._office.engine.watches)
        names = self._verbs.choose("status", words, False).names if words else known
        status = self._view.whole(names)
        if fields.flag("tree"):
            self._view.count_families(status["watches"])
        if fields.flag("full"):
            lines, entries = (
                lines_of_each(names, fields, LAST, caller),
                fields.count("entries", ENTRIES),
            )
            for one in status["watches"]:
                full = self._view.full(one["name"], entries)
                one["full"] = full | {"output": self._telling.last_lines(one["name"], lines)}
        return done(code(status, named=bool(words)), status=status)

    def schedule(self, fields: Fields, _: Viewer) -> Answer:
        words = fields.words()
        choice = self._verbs.choose("schedule", words, not words)
        return done(schedule=self._runs.of(choice, bool(words), fields.count("runs", 1)))

    def history(self, fields: Fields, caller: Viewer) -> Answer:
        if incident := fields.maybe_text("incident"):
            return self._telling.incident(incident, fields.count("limit", 50), caller)
        return self._tell_of(self._chosen(fields), fields, caller)

    def incidents(self, fields: Fields, _: Viewer) -> Answer:
        since, limit = fields.moment("since"), fields.count("limit", 50)
        return self._telling.incidents(self._chosen(fields), since, limit)

    def log(self, fields: Fields, caller: Viewer) -> Answer:
        """God's: one watch by some of its letters, with what overseer did about it."""
        word = fields.text("name")
        if word.startswith("@"):
            names = self._verbs.choose("history", [word], False).names
        else:
            names = [fuzzy(word, self._office.engine.watches)]
        return self._telling.output(_asked(names, fields, caller, history=True), caller)

    def _tell_of(self, names: list[str], fields: Fields, caller: Viewer) -> Answer:
        tell = self._telling.follow if fields.flag("follow") else self._telling.history
        return tell(names, fields.moment("since"), fields.count("limit", 50), caller)

    def events(self, fields: Fields, caller: Viewer) -> Answer:
        since, limit = fields.moment("since"), fields.count("limit", 0)
        return self._telling.events(self._chosen(fields), since, limit, caller)

    def _chosen(self, fields: Fields) -> list[str]:
        words, copies = fields.words(), self._scales.copies
        made = [word for word in words if word in copies]
        rest = [word for word in words if word not in copies or copies[word].instances]
        return [*(self._verbs.choose("history", rest, False).names if rest else ()), *made]

    def logs(self, fields: Fields, caller: Viewer) -> Answer:
        names = self._verbs.choose("logs", fields.words(), fields.flag("all")).names
        if fields.flag("paths"):
            return self._telling.paths(names, fields.flag("err"), caller)
        return self._telling.output(_asked(names, fields, caller, fields.flag("history")), caller)

    def wait(self, fields: Fields, caller: Viewer) -> Answer:
        names = self._verbs.choose("wait", fields.words(), fields.flag("all")).names
        what = fields.maybe_text("for") or UP
        return Waiting(self._office, self._ear, names, what).until(
            fields.seconds("timeout"), caller
        )

    def doctor(self, _: Fields, caller: Viewer) -> Answer:
        return self._health.answer(caller.say, live=caller.role is Role.ADMIN)


def lines_of_each(names: Sequence[str], fields: Fields, otherwise: int, caller: Viewer) -> int:
    lines = fields.count("lines", otherwise)
    if caller.role is not Role.ADMIN and lines > otherwise and lines * len(names) > MOST_LINES:
        said = f"lines: {lines} of {len(names)} logs are more than {MOST_LINES}"
        raise UsageError(f"{said}; name fewer watches or fewer lines")
    return lines


def _asked(names: Sequence[str], fields: Fields, caller: Viewer, history: bool) -> Asked:
    return Asked(
        names=names,
        lines=None if fields.flag("whole") else lines_of_each(names, fields, 20, caller),
        since=fields.moment("since"),
        follow=fields.flag("follow"),
        only_errors=fields.flag("err"),
        history=history,
        limit=fields.count("limit", 50),
        shares=caller.role is not Role.ADMIN,
    )
