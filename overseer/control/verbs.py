"""What an operator can have done to watches: start to remove, each answered when it is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from overseer.control.continuing import Rest, Resumable, as_request
from overseer.control.deeds import Deeds
from overseer.control.dependants import NOBODY, Bereft, bereft, order_of, with_dependants
from overseer.control.fields import Fields
from overseer.control.left_running import left_running, say_each
from overseer.control.line import Order
from overseer.control.names import Choice, Chosen, choose
from overseer.control.office import Office
from overseer.control.order_queues import OrderQueues
from overseer.control.orders import Orders
from overseer.control.protocol import Answer
from overseer.control.pursuit import Pace, Pursuit, Report, Result
from overseer.control.tasks import set_aside, why_not
from overseer.control.voice import Voice
from overseer.core.outdated import runs_as_before
from overseer.errors import DONE, FAILED, OverseerError, Refused
from overseer.model.event import Adopted, Asked, Verb
from overseer.model.state import Goal, Hold
from overseer.model.status import Status

MEANT = {
    "start": Verb.START,
    "monitor": Verb.START,
    "stop": Verb.STOP,
    "restart": Verb.RESTART,
    "reload": Verb.RELOAD,
    "unmonitor": Verb.UNMONITOR,
    "trigger": Verb.TRIGGER,
}
HELD = "--held"
ONE_BY_ONE = frozenset({"restart", "reload"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Whom an operator means, and how it is to be done."""

    do: str
    by: str
    names: Sequence[str]
    everything: bool = False
    wait: bool = True
    timeout: float | None = None
    parallel: int = 1
    pause: float = 0.0  # seconds between one and the next
    changed: bool = False  # restart: of them only those that run as before a load
    dependants: bool = False  # stop: also what depends on them

    @classmethod
    def of(cls, fields: Fields, by: str) -> "Request":
        """Raises UsageError."""
        return cls(
            do=fields.text("do"),
            by=by,
            names=[fields.text("name")] if fields.text("do") == "adopt" else fields.words(),
            everything=fields.flag("all"),
            wait=fields.flag("wait", True),
            timeout=fields.seconds("timeout"),
            parallel=fields.count("parallel", 1, least=1),
            pause=fields.seconds("pause") or 0.0,
            changed=fields.flag("changed"),
            dependants=fields.flag("dependants"),
        )


class Verbs:
    def __init__(
        self, office: Office, orders: Orders, why_none: Callable[[], Mapping[str, str]]
    ) -> None:
        self._office = office
        self._why_none = why_none
        self._engine = office.engine
        self._orders = orders
        self._queues = OrderQueues(office.engine, office.wishes, orders, office.facts.boot)
        self._deeds = Deeds(office)

    def began(self) -> None:
        """Go on with what an earlier daemon was asked for. On the engine's thread."""
        self._queues.began()

    def choose(self, do: str, names: Sequence[str], everything: bool) -> Choice:
        watches, statuses = self._engine.watches, self._engine.statuses
        return choose(names, everything, do, watches, statuses, self._why_none())

    def ask(self, request: Request, voice: Voice) -> Answer:
        """start, stop, restart, reload, monitor, unmonitor, trigger."""
        if request.changed:
            return self._restart_changed(request, voice)
        choice, refused = self._with_process(request, voice)
        if request.do == "stop":
            found = bereft(choice.names, self._engine.watches, self._engine.statuses)
            choice = with_dependants(choice, found) if request.dependants else choice
            for line in () if request.dependants else found.lines():
                voice.say({"say": line})
        return self._order(request, choice, voice, refused)

    def _restart_changed(self, request: Request, voice: Voice) -> Answer:
        """What was launched by another program than its file asks for now."""
        everybody = request.everything or not request.names
        choice = self.choose(request.do, request.names, everybody)
        watches, statuses = self._engine.watches, self._engine.statuses
        changed = {one for one in list(watches) if runs_as_before(watches[one], statuses[one])}
        left_out = tuple(one for one in choice.left_out if one.split(" ")[0] in changed)
        choice = Choice(tuple(one for one in choice.chosen if one.name in changed), left_out)
        _name_left_out(choice, voice)
        if not choice.chosen:
            voice.say({"say": "nothing runs otherwise than its file says"})
        return self._order(request, choice, voice)

    def bereft(self, names: Sequence[str], everything: bool) -> Bereft:
        """What would be if these were stopped."""
        choice = self.choose("stop", names, everything)
        return bereft(choice.names, self._engine.watches, self._engine.statuses)

    def start_held(self, request: Request, voice: Voice) -> Answer:
        """What is held or given up; nothing that somebody stopped on purpose."""
        everybody = request.everything or not request.names
        choice = self.choose("start", request.names, everybody)
        held = tuple(one for one in choice.chosen if _is_held(self._engine.statuses[one.name]))
        if everybody:
            held = tuple(one._replace(words=HELD) for one in held)
        if not held:
            voice.say({"say": "nothing is held back"})
        return self._order(request, Choice(held), voice)

    def signal(self, request: Request, number: int, voice: Voice) -> Answer:
        choice, refused = self._with_process(request, voice)
        each = partial(self._deeds.send, number=number, by=request.by)
        done = self._one_by_one(choice, each, voice)
        return Report((*refused, *done.results)).answer(choice.left_out)

    def remove(self, request: Request, how: str | None, voice: Voice) -> Answer:
        """Forget watches. *how*: `stop` their processes before, or `leave` them."""
        choice = self.choose("remove", request.names, request.everything)
        failed: dict[str, Result] = {}
        if how == "stop":
            wait = Pace(max(1, len(choice.chosen)), timeout=request.timeout)
            report = self._orders.follow(
                self._orders_for(Verb.STOP, choice, request.by), wait, voice
            )
            failed = {one.watch: one for one in report.results if one.code}
        rest = Choice(tuple(one for one in choice.chosen if one.name not in failed))
        each = partial(self._deeds.forget, leave=how == "leave")
        done = self._one_by_one(rest, each, voice)
        return Report((*failed.values(), *done.results)).answer()

    def adopt(self, request: Request, pid: int, voice: Voice) -> Answer:
        """Put a running process under a watch."""
        choice = self.choose("adopt", request.names, False)
        name = choice.names[0]
        if why := why_not("adopt", self._engine.watches[name]):
            raise Refused(why)
        process = self._office.identify(pid)
        if process is None:
            raise Refused(f"there is no process {pid}")
        self._office.refuse_another_users(pid, self._engine.watches[name].program)
        self._deeds.refuse_taken(name, process)
        order = Order(name, Verb.START, partial(Adopted, process, request.by), to_its_end=False)
        return self._given([order], Pace(1, timeout=request.timeout), request.wait, voice).answer()

    def _with_process(self, request: Request, voice: Voice) -> tuple[Choice, tuple[Result, ...]]:
        """Whom it means, and those that it cannot mean."""
        everybody = self.choose(request.do, request.names, request.everything)
        choice, refused = set_aside(request.do, everybody, self._engine.watches)
        _name_left_out(choice, voice)
        for one in refused:
            voice.say(one._asdict())
        return choice, refused

    def _order(
        self, request: Request, choice: Choice, voice: Voice, refused: Sequence[Result] = ()
    ) -> Answer:
        verb = MEANT[request.do]
        if verb is Verb.RELOAD:
            choice, unable = self._reloadable(choice, voice)
            refused = (*refused, *unable)
        orders = self._orders_for(verb, choice, request.by)
        sequential = request.do in ONE_BY_ONE
        pace = Pace(
            request.parallel if sequential else max(1, len(orders)),
            careful=sequential,
            timeout=request.timeout,
            pause=request.pause,
        )
        if isinstance(voice, Resumable) and request.wait:
            pursued = partial(self._may_resume, voice, verb, pace, refused, choice.left_out)
            report = self._orders.follow(orders, pace, voice, pursued=pursued)
        else:
            report = self._given(orders, pace, request.wait, voice)
        return self._concluded(verb, report, refused, choice.left_out, voice, request.wait)

    def _may_resume(
        self,
        voice: Resumable,
        verb: Verb,
        pace: Pace,
        refused: Sequence[Result],
        left_out: Sequence[str],
        pursuit: Pursuit,
    ) -> None:
        voice.resumes = partial(as_request, verb, pace, pursuit, refused, left_out)

    def resume(self, rest: Rest, voice: Voice) -> Answer:
        """What an earlier program of this daemon has begun, and was to answer."""
        known = [order for order in rest.orders if order.name in self._engine.watches]
        gone = tuple(
            Result(order.name, FAILED, f"{order.name}: the watch is gone")
            for order in rest.orders
            if order.name not in self._engine.watches
        )
        earlier = (*rest.results, *gone)
        pursued: Callable[[Pursuit], None] = lambda _: None  # noqa: E731
        if isinstance(voice, Resumable):
            pursued = partial(self._may_resume, voice, rest.verb, rest.pace, earlier, rest.left_out)
        report = self._orders.follow(known, rest.pace, voice, rest.begun, pursued)
        return self._concluded(rest.verb, report, earlier, rest.left_out, voice, waits=True)

    def _concluded(
        self,
        verb: Verb,
        report: Report,
        earlier: Sequence[Result],
        left_out: Sequence[str],
        voice: Voice,
        waits: bool,
    ) -> Answer:
        results = [*earlier, *report.results]
        if verb is Verb.STOP and waits:
            results += self._left_running(Report(tuple(results)), voice)
        return Report(tuple(results), report.untouched).answer(left_out)

    def _left_running(self, report: Report, voice: Voice) -> list[Result]:
        stopped = {result.watch for result in report.results if result.code == DONE}
        return say_each(left_running(self._office, stopped), voice)

    def _given(self, orders: list[Order], pace: Pace, wait: bool, voice: Voice) -> Report:
        if wait:
            return self._orders.follow(orders, pace, voice)
        if len(orders) <= pace.parallel and not any(one.after for one in orders):
            return self._orders.give(orders)
        self._queues.begin(orders, pace)
        return Report(
            tuple(Result(one.name, DONE, f"{one.name}: {one.verb} asked for") for one in orders)
        )

    def _orders_for(self, verb: Verb, choice: Choice, by: str) -> list[Order]:
        before = order_of(verb, choice.names, self._engine.watches)
        return [
            Order(one.name, verb, partial(Asked, verb, by, one.words), before.get(one.name, NOBODY))
            for one in choice.chosen
        ]

    def _reloadable(self, choice: Choice, voice: Voice) -> tuple[Choice, list[Result]]:
        able, refused = [], []
        for one in choice.chosen:
            status = self._engine.statuses[one.name]
            program = status.program or self._engine.watches[one.name].program
            if program.reload is None:
                why = f"{one.name}: has no `reload:`; use `overseer restart {one.name}`"
                refused.append(Result(one.name, FAILED, why))
                voice.say(refused[-1]._asdict())
            else:
                able.append(one)
        return Choice(tuple(able), choice.left_out), refused

    def _one_by_one(self, choice: Choice, each: Callable[[Chosen], str], voice: Voice) -> Report:
        """Do it to each; the trouble of one is not the others'."""
        results = []
        for one in choice.chosen:
            try:
                result = Result(one.name, DONE, f"{one.name}: {each(one)}")
            except OverseerError as error:
                result = Result(one.name, error.exit_code, f"{one.name}: {error}")
            results.append(result)
            voice.say(result._asdict())
        return Report(tuple(results))


def _is_held(status: Status) -> bool:
    return status.hold is not Hold.NONE and status.goal is Goal.UP


def _name_left_out(choice: Choice, voice: Voice) -> None:
    for one in choice.left_out:
        voice.say({"left_out": one.split(" ")[0], "say": f"left out: {one}"})
