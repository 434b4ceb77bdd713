"""One client's orders on their way: begun at a pace, until it is known what became of each."""

from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from overseer.control.line import Line, Order
from overseer.control.office import Engine
from overseer.control.protocol import Answer, done
from overseer.core.outcome import Outcome, outcome
from overseer.errors import DONE, FAILED, NOT_UP
from overseer.model.news import Kind, News
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.ports import Clock
from overseer.safepoint import safepoint
from overseer.units import show_seconds

LOOK_AGAIN = 1.0  # seconds; should the engine have been too quick for us
QUIET = frozenset(
    {
        *(Kind.ASKED, Kind.MOVED, Kind.LAUNCHED, Kind.UP, Kind.STOPPING, Kind.STOPPED),
        *(Kind.STEADY, Kind.RELOADED, Kind.RUN_STARTED, Kind.RUN_FINISHED, Kind.RUN_FAILED),
    }
)


class Pace(NamedTuple):
    """*careful*: after a failure nothing more is begun."""

    parallel: int
    careful: bool = False
    timeout: float | None = None  # seconds for each
    pause: float = 0.0  # seconds from the end of one to the next


class Result(NamedTuple):
    watch: str
    code: int
    say: str


class Report(NamedTuple):
    results: tuple[Result, ...] = ()
    untouched: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        codes = {result.code for result in self.results}
        return NOT_UP if NOT_UP in codes else max(codes, default=DONE)

    def answer(self, left_out: Sequence[str] = ()) -> Answer:
        """What the command is told last."""
        answer = done(
            self.code,
            results=[result._asdict() for result in self.results],
            left_out=list(left_out),
            untouched=list(self.untouched),
        )
        if self.untouched:
            names = ", ".join(self.untouched)
            answer["error"] = f"stopped at the first failure; not touched: {names}"
        return answer


class Ticket(NamedTuple):
    order: Order
    number: int | None  # None: whoever asked
    deadline: float | None


NOTHING_BEGUN: Mapping[str, int] = {}
LastLine = Callable[[str], str]
"""What the process that a watch had last has printed last; "" for nothing."""


def no_line(_name: str) -> str:
    return ""


class Pursuit:
    """One client's orders on their way. Only `hear` is called by the engine's thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        orders: Sequence[Order],
        pace: Pace,
        last_line: LastLine = no_line,
        begun: Mapping[str, int] = NOTHING_BEGUN,
    ) -> None:
        """*begun*: of these orders, by name, the number under which each was posted."""
        self._begun = begun
        self._last_line = last_line
        self._engine = engine
        self._clock = clock
        self._pace = pace
        self._line = Line(orders)
        self._tickets: dict[str, Ticket] = {}
        self._results: list[Result] = []
        self._resumes: float | None = None  # when the pause after the last one is over
        self._heard: SimpleQueue[tuple[Ticket, Outcome | None, tuple[News, ...]]] = SimpleQueue()

    @property
    def goes_on(self) -> bool:
        return bool(self._tickets) or (self._line.moves and not self._halted)

    @property
    def begins(self) -> bool:
        """True where the next one may be begun now."""
        pauses = self._resumes is not None and self._clock.now() < self._resumes
        free = len(self._tickets) < self._pace.parallel
        return self._line.moves and free and not pauses and not self._halted

    @property
    def _halted(self) -> bool:
        return self._pace.careful and any(result.code for result in self._results)

    def report(self) -> Report:
        return Report(tuple(self._results), self._line.names())

    def next_ones(self, number: Callable[[str], int]) -> list[Order]:
        """Begin as many as the pace allows."""
        begun = []
        while self.begins:
            order = self._line.next()
            begun.append(order)
            posted = self._begun.get(order.name)
            fresh = number(order.name) if order.event and posted is None else posted
            self._tickets[order.name] = ticket = Ticket(order, fresh, self._deadline())
            if order.event and posted is None and ticket.number:
                self._engine.post(order.name, order.event(ticket.number))
            elif status := self._engine.statuses.get(order.name):
                self.hear(order.name, self._engine.watches[order.name], status, ())
        return begun

    def rest(self) -> list[tuple[Order, int | None]]:
        """What has not ended, in its order, and the numbers of what has been posted."""
        begun = [(ticket.order, ticket.number) for ticket in self._tickets.values()]
        return [*begun, *((order, None) for order in self._line.orders())]

    def hear(self, name: str, watch: Watch, status: Status, news: tuple[News, ...]) -> None:
        if ticket := self._tickets.get(name):
            self._heard.put((ticket, _judge(ticket, watch, status), news))

    def wait(self) -> list[Answer]:
        """What is to be said next; none if nothing happened for a while."""
        try:
            if not (patience := self._patience()):
                raise Empty  # a talkative watch does not talk past its deadline
            with safepoint.idle():
                ticket, became, news = self._heard.get(timeout=patience)
        except Empty:
            return [self._ends(*late) for late in self._late()]
        if self._tickets.get(ticket.order.name) is not ticket:
            return []  # heard in the meantime, and answered
        if became:
            return [self._ends(ticket, became)]
        name = ticket.order.name
        loud = [one for one in news if one.kind not in QUIET]
        return [{"watch": name, "say": f"{name}: {one.message}"} for one in loud]

    def _late(self) -> list[tuple[Ticket, Outcome]]:
        """Who is done although we heard nothing, gone, or out of time."""
        found = []
        for ticket in self._tickets.values():
            name = ticket.order.name
            watch, status = self._engine.watches.get(name), self._engine.statuses.get(name)
            if not watch or not status:
                became: Outcome | None = Outcome(False, FAILED, "the watch is gone")
            else:
                became = _judge(ticket, watch, status) or self._overdue(ticket)
            if became:
                found.append((ticket, became))
        return found

    def _overdue(self, ticket: Ticket) -> Outcome | None:
        if ticket.deadline is None or self._clock.now() < ticket.deadline:
            return None
        spent = show_seconds(self._pace.timeout or 0.0)
        return Outcome(False, FAILED, f"not done after {spent}; it goes on")

    def _ends(self, ticket: Ticket, became: Outcome) -> Answer:
        name = ticket.order.name
        del self._tickets[name]
        self._line.ended(name)
        line = self._last_line(name) if became.log_tells else ""
        more = f"; the last line of its log: {line}" if line else ""
        result = Result(name, became.code, f"{name}: {became.message}{more}")
        self._results.append(result)
        if self._pace.pause:
            self._resumes = self._clock.now() + self._pace.pause
        return result._asdict()

    def pausing(self) -> str:
        """What is said of the pause that begins now; "" where none does."""
        if not self._pace.pause or self._halted or not self._line.moves:
            return ""
        return f"the next in {show_seconds(self._pace.pause)}"

    def _deadline(self) -> float | None:
        return None if self._pace.timeout is None else self._clock.now() + self._pace.timeout

    def _patience(self) -> float:
        first = next(iter(self._tickets.values()), None)  # all have as long: the oldest ends first
        deadlines = [first.deadline] if first and first.deadline is not None else []
        if self._resumes is not None and self._line.moves:
            deadlines.append(self._resumes)
        left = min(deadlines, default=float("inf")) - self._clock.now()
        return max(0.0, min(left, LOOK_AGAIN))


def _judge(ticket: Ticket, watch: Watch, status: Status) -> Outcome | None:
    """None while it is under way, or not even heard."""
    number = status.request if ticket.number is None else ticket.number
    if status.request < number or not status.boot:
        return None
    return outcome(ticket.order.verb, watch, status, number, ticket.order.to_its_end)
