"""The operator's desk: each request is read, carried out in its client's thread, and answered."""

from collections.abc import Callable, Mapping
from typing import Protocol

from overseer.control.checking import check
from overseer.control.continuing import not_cut_off, rest_of, resumption
from overseer.control.ear import Ear
from overseer.control.farewell import Farewell, Remaining
from overseer.control.fields import MOST, MOST_OF_OTHERS, Fields
from overseer.control.hup import Hup
from overseer.control.load import Loader
from overseer.control.looks import Looks, Viewer
from overseer.control.office import Office
from overseer.control.orders import Orders
from overseer.control.people import People
from overseer.control.protocol import Answer, Request, done
from overseer.control.roles import Role
from overseer.control.scaling import Request as Scaling
from overseer.control.scaling import Scaler
from overseer.control.telling import Telling
from overseer.control.verbs import MEANT, Verbs
from overseer.control.verbs import Request as Wish
from overseer.control.voice import Unmoved, Voice
from overseer.control.wanted import Config, Start
from overseer.errors import FAILED, Refused, UsageError
from overseer.options import variables
from overseer.safepoint import safepoint

ONLY_OBSERVES = (
    "this daemon only observes (run --observe): nothing is touched;"
    " end it with `overseer quit`, and run it without"
)


class Client(Viewer, Protocol):
    """Who asks."""

    by: str
    afterwards: Callable[[], None] | None
    resumes: Callable[[], Request | None] | None


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
        self._hup = Hup(office, self._loader)
        self._looks = Looks(office, self._ear, self._telling, self._verbs, self._loader)
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
        most = MOST if caller.role is Role.ADMIN else MOST_OF_OTHERS
        caller.resumes = resumption(request, self._office.clock)
        with not_cut_off(do):
            answer = verbs[do](Fields(request, most), caller)
        if do in KEPT and (trouble := self._office.trouble()):
            caller.say({"say": f"{NOT_ON_DISK}: {trouble}"})
            answer["not_on_disk"] = trouble
        return answer

    def _what_is_done(self) -> Mapping[str, Verb]:
        plain = dict.fromkeys((*MEANT, "signal", "remove", "adopt"), self._operate)
        return plain | {
            "ping": self._who,
            "version": self._who,
            "dependants": self._dependants,
            "check": self._check,
            "plan": self._plan,
            "apply": self._apply,
            "scale": self._scale,
            "copies": self._scaler.copies,
            "files": self._files,
            "contacts": self._people.contacts,
            "contacts_test": self._people.test,
            "alerts": self._people.alerts,
            "silence": self._people.silence,
            "silences": self._people.silences,
            "silence_end": self._people.end_silence,
            "continue": self._continue,
            "reexec": self._reexec,
            "quit": self._quit,
            "terminate": self._terminate,
            **self._looks.verbs(),
        }

    def _who(self, _: Fields, __: Client) -> Answer:
        return done(version=self._office.facts.version, pid=self._office.facts.pid)

    def _operate(self, fields: Fields, caller: Client) -> Answer:
        wish = Wish.of(fields, caller.by)
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

    def _check(self, fields: Fields, _: Client) -> Answer:
        cwd, given = fields.maybe_text("cwd") or "/", variables(fields.words("vars"))
        here, allowed = fields.flag("here"), fields.words("allowed")
        return check(self._loader, fields.words("files"), cwd, given, allowed, here=here)

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
            fields.paths("allowed"),
        )

    def _apply(self, fields: Fields, caller: Client) -> Answer:
        return self._loader.apply(fields.text("plan"), fields.seconds("timeout"), caller.by, caller)

    def _scale(self, fields: Fields, caller: Client) -> Answer:
        if self._office.facts.observes:
            raise Refused(ONLY_OBSERVES)
        return self._scaler.scale(Scaling.of(fields, caller.by), caller)

    def _quit(self, _: Fields, caller: Client) -> Answer:
        caller.afterwards = self._office.leave
        return done(pid=self._office.facts.pid)

    def _continue(self, fields: Fields, caller: Client) -> Answer:
        """The rest of an answer that the program before this one owed."""
        return self._verbs.resume(rest_of(fields.whole, caller.by), caller)

    def _reexec(self, _: Fields, caller: Client) -> Answer:
        """Answered by the program that takes over; here only where none does."""
        with safepoint.idle():
            self._office.reexec(caller.by)
        return done(FAILED)

    def _terminate(self, fields: Fields, caller: Client) -> Answer:
        caller.afterwards = self._office.leave
        survivors, left = self.terminate(Unmoved(caller), fields.seconds("timeout"))
        facts = self._office.facts
        answer = done(survivors=list(survivors), left=list(left), pid=facts.pid)
        if survivors:
            return answer | {"code": FAILED, "error": f"still running: {', '.join(survivors)}"}
        return answer | {"observes": facts.observes}
