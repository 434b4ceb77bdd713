"""The operator's desk: each request is read, carried out in its client's thread, and answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from overseer.control.checking import check
from overseer.control.ear import Ear
from overseer.control.farewell import Farewell, Remaining
from overseer.control.feed import Reader
from overseer.control.fields import Fields
from overseer.control.health import Health
from overseer.control.hup import Hup
from overseer.control.load import Loader
from overseer.control.names import fuzzy
from overseer.control.office import Office
from overseer.control.orders import Orders
from overseer.control.people import People
from overseer.control.protocol import Answer, Request, done
from overseer.control.runs import Runs
from overseer.control.scaling import Request as Scaling
from overseer.control.scaling import Scaler
from overseer.control.telling import Asked, Telling
from overseer.control.verbs import MEANT, Verbs
from overseer.control.verbs import Request as Wish
from overseer.control.view import ENTRIES, View, code
from overseer.control.voice import Unmoved, Voice
from overseer.control.waiting import UP, Waiting
from overseer.control.wanted import Config, Start
from overseer.errors import FAILED, Refused, UsageError
from overseer.options import variables

LAST = 10  # lines of a log in the full status
ONLY_OBSERVES = (
    "this daemon only observes (run --observe): nothing is touched;"
    " end it with `overseer quit`, and run it without"
)


class Client(Reader, Protocol):
    """Who asks."""

    by: str
    afterwards: Callable[[], None] | None


Verb = Callable[[Fields, Client], Answer]
KEPT = frozenset(MEANT) | {
    *("remove", "adopt", "apply", "scale", "silence", "silence_end", "quit", "terminate")
}
"""What changes something that the next daemon is to know, or leaves it to that."""

NOT_ON_DISK = "not on disk, and lost if overseer ends before it can be written"


class Desk:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._ear = Ear(office.engine)
        self._telling = Telling(office, self._ear)
        orders = Orders(office.engine, office.clock, self._ear, self._telling.last_line)
        self._loader = Loader(office, orders)
        self._verbs = Verbs(office, orders, self._loader.why_none)
        self._scaler = Scaler(office, orders, self._loader)
        self._view = View(
            office,
            self._loader.notices,
            self._loader.scales,
            self._loader.removed.notices,
            lambda: self._loader.roots.left_out,
        )
        self._hup = Hup(office, self._loader)
        self._runs = Runs(office)
        self._people = People(office, self._verbs)

    def began(self, config: Config, start: Start) -> None:
        """What `run` has put in force, for the loads that follow."""
        self._loader.began(config, start)
        self._scaler.go_on()
        self._verbs.began()

    def load(self, by: str, voice: Voice) -> Answer:
        """Load again what is loaded, without a question: HUP."""
        return self._hup.load(by, voice)

    def terminate(self, voice: Voice, timeout: float | None = None) -> Remaining:
        """Stop every process, for TERM."""
        if self._office.facts.observes:
            return Remaining()
        return Farewell(self._office, self._ear).terminate(voice, timeout)

    def answer(self, request: Request, caller: Client) -> Answer:
        do = request.get("do")
        verbs = self._what_is_done()
        if not isinstance(do, str) or do not in verbs:
            raise UsageError(f"do: {do!r} is not one of {', '.join(sorted(verbs))}")
        answer = verbs[do](Fields(request), caller)
        if do in KEPT and (trouble := self._office.trouble()):
            caller.say({"say": f"{NOT_ON_DISK}: {trouble}"})
            answer["not_on_disk"] = trouble
        return answer

    def _what_is_done(self) -> Mapping[str, Verb]:
        plain = dict.fromkeys((*MEANT, "signal", "remove", "adopt"), self._operate)
        return plain | {
            "ping": self._who,
            "version": self._who,
            "status": self._status,
            "dependants": self._dependants,
            "schedule": self._schedule,
            "check": self._check,
            "plan": self._plan,
            "apply": self._apply,
            "scale": self._scale,
            "copies": self._scaler.copies,
            "files": self._files,
            "history": self._history,
            "incidents": self._incidents,
            "events": self._events,
            "log": self._log,
            "logs": self._logs,
            "contacts": self._people.contacts,
            "contacts_test": self._people.test,
            "alerts": self._people.alerts,
            "silence": self._people.silence,
            "silences": self._people.silences,
            "silence_end": self._people.end_silence,
            "doctor": self._doctor,
            "wait": self._wait,
            "quit": self._quit,
            "terminate": self._terminate,
        }

    def _who(self, _: Fields, __: Client) -> Answer:
        return done(version=self._office.facts.version, pid=self._office.facts.pid)

    def _status(self, fields: Fields, _: Client) -> Answer:
        words = fields.words()
        known = list(self._office.engine.watches)
        names = self._verbs.choose("status", words, False).names if words else known
        status = self._view.whole(names)
        if fields.flag("tree"):
            self._view.count_families(status["watches"])
        if fields.flag("full"):
            lines, entries = fields.count("lines", LAST), fields.count("entries", ENTRIES)
            for one in status["watches"]:
                full = self._view.full(one["name"], entries)
                one["full"] = full | {"output": self._telling.last_lines(one["name"], lines)}
        return done(code(status, named=bool(words)), status=status)

    def _operate(self, fields: Fields, caller: Client) -> Answer:
        wish = Wish(
            do=fields.text("do"),
            by=caller.by,
            names=[fields.text("name")] if fields.text("do") == "adopt" else fields.words(),
            everything=fields.flag("all"),
            wait=fields.flag("wait", True),
            timeout=fields.seconds("timeout"),
            parallel=fields.count("parallel", 1, least=1),
            pause=fields.seconds("pause") or 0.0,
            changed=fields.flag("changed"),
            dependants=fields.flag("dependants"),
        )
        if self._office.facts.observes and wish.do != "adopt":
            raise Refused(ONLY_OBSERVES)
        match wish.do:
            case "signal":
                return self._verbs.signal(wish, fields.signal(), caller)
            case "remove":
                return self._remove(wish, fields.choice("how", "stop", "leave"), caller)
            case "adopt":
                return self._verbs.adopt(wish, fields.count("pid", 0, least=1), caller)
            case "start" if fields.flag("held"):
                return self._verbs.start_held(wish, caller)
        return self._verbs.ask(wish, caller)

    def _remove(self, wish: Wish, how: str | None, caller: Client) -> Answer:
        """It is on disk that they stay away before they go."""
        watches = self._office.engine.watches
        names = self._verbs.choose("remove", wish.names, wish.everything).names
        removed = self._loader.removed
        removed.add([watches[name] for name in names])
        try:
            return self._verbs.remove(wish, how, caller)
        finally:
            removed.drop([name for name in names if name in watches])

    def _dependants(self, fields: Fields, _: Client) -> Answer:
        found = self._verbs.bereft(fields.words(), fields.flag("all"))
        return done(waiting=list(found.waiting), running=list(found.running))

    def _schedule(self, fields: Fields, _: Client) -> Answer:
        words = fields.words()
        choice = self._verbs.choose("schedule", words, not words)
        return done(schedule=self._runs.of(choice, bool(words), fields.count("runs", 1)))

    def _check(self, fields: Fields, _: Client) -> Answer:
        cwd = fields.maybe_text("cwd") or "/"
        given = variables(fields.words("vars"))
        here = fields.flag("here")
        return check(self._loader, fields.words("files"), cwd, given, here=here)

    def _files(self, _: Fields, __: Client) -> Answer:
        return done(files=list(self._loader.roots.all))

    def _plan(self, fields: Fields, _: Client) -> Answer:
        return self._loader.plan(
            fields.paths("files"),
            fields.maybe_path("cwd") or "/",
            fields.maybe_text("gone"),
            fields.maybe_text("restart"),
            fields.flag("unload"),
            variables(fields.words("vars")),
        )

    def _apply(self, fields: Fields, caller: Client) -> Answer:
        return self._loader.apply(fields.text("plan"), fields.seconds("timeout"), caller.by, caller)

    def _scale(self, fields: Fields, caller: Client) -> Answer:
        if self._office.facts.observes:
            raise Refused(ONLY_OBSERVES)
        request = Scaling(
            name=fields.text("name"),
            to=fields.text("to"),
            by=caller.by,
            wait=fields.flag("wait", True),
            timeout=fields.seconds("timeout"),
        )
        return self._scaler.scale(request, caller)

    def _history(self, fields: Fields, caller: Client) -> Answer:
        if incident := fields.maybe_text("incident"):
            return self._telling.incident(incident, fields.count("limit", 50), caller)
        return self._tell_of(self._chosen(fields), fields, caller)

    def _incidents(self, fields: Fields, _: Client) -> Answer:
        since, limit = fields.moment("since"), fields.count("limit", 50)
        return self._telling.incidents(self._chosen(fields), since, limit)

    def _log(self, fields: Fields, caller: Client) -> Answer:
        """God's: one watch by some of its letters, with what overseer did about it."""
        word = fields.text("name")
        if word.startswith("@"):
            names = self._verbs.choose("history", [word], False).names
        else:
            names = [fuzzy(word, self._office.engine.watches)]
        return self._telling.output(self._asked(names, fields, history=True), caller)

    def _tell_of(self, names: list[str], fields: Fields, caller: Client) -> Answer:
        tell = self._telling.follow if fields.flag("follow") else self._telling.history
        return tell(names, fields.moment("since"), fields.count("limit", 50), caller)

    def _events(self, fields: Fields, caller: Client) -> Answer:
        since, limit = fields.moment("since"), fields.count("limit", 0)
        return self._telling.events(self._chosen(fields), since, limit, caller)

    def _chosen(self, fields: Fields) -> list[str]:
        words, copies = fields.words(), self._loader.scales.copies
        made = [word for word in words if word in copies]
        rest = [word for word in words if word not in copies or copies[word].instances]
        return [*(self._verbs.choose("history", rest, False).names if rest else ()), *made]

    def _logs(self, fields: Fields, caller: Client) -> Answer:
        names = self._verbs.choose("logs", fields.words(), fields.flag("all")).names
        if fields.flag("paths"):
            return self._telling.paths(names, fields.flag("err"), caller)
        return self._telling.output(self._asked(names, fields, fields.flag("history")), caller)

    def _asked(self, names: Sequence[str], fields: Fields, history: bool) -> Asked:
        return Asked(
            names=names,
            lines=None if fields.flag("whole") else fields.count("lines", 20),
            since=fields.moment("since"),
            follow=fields.flag("follow"),
            only_errors=fields.flag("err"),
            history=history,
            limit=fields.count("limit", 50),
        )

    def _wait(self, fields: Fields, caller: Client) -> Answer:
        names = self._verbs.choose("wait", fields.words(), fields.flag("all")).names
        what = fields.maybe_text("for") or UP
        return Waiting(self._office, self._ear, names, what).until(
            fields.seconds("timeout"), caller
        )

    def _doctor(self, _: Fields, caller: Client) -> Answer:
        return Health(self._office, self._loader).answer(caller.say)

    def _quit(self, _: Fields, caller: Client) -> Answer:
        caller.afterwards = self._office.leave
        return done(pid=self._office.facts.pid)

    def _terminate(self, fields: Fields, caller: Client) -> Answer:
        caller.afterwards = self._office.leave
        survivors, left = self.terminate(Unmoved(caller), fields.seconds("timeout"))
        facts = self._office.facts
        answer = done(survivors=list(survivors), left=list(left), pid=facts.pid)
        if survivors:
            return answer | {"code": FAILED, "error": f"still running: {', '.join(survivors)}"}
        return answer | {"observes": facts.observes}
