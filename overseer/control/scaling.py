"""scale: another number of copies of one definition. A load of what is loaded already, with this
one number changed."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from overseer.control.apply import Application
from overseer.control.fields import Fields
from overseer.control.job import Job
from overseer.control.load import Loader
from overseer.control.office import Office
from overseer.control.orders import Orders
from overseer.control.proposal import wish_of
from overseer.control.protocol import Answer, done
from overseer.control.pursuit import Report, Result
from overseer.control.voice import Silence, Voice
from overseer.core import reload
from overseer.core.reload import Change, Effect, Plan, What
from overseer.crew import begin
from overseer.errors import (
    DONE,
    FAILED,
    ConfigError,
    OverseerError,
    Refused,
    UnknownName,
    UsageError,
)
from overseer.model.copies import Copies, Scale, place
from overseer.model.state import Goal
from overseer.model.watch import Watch

log = logging.getLogger(__name__)

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """*to*: `5`, or `+1` and `-1` from what there are."""

    name: str
    to: str
    by: str
    wait: bool = True
    timeout: float | None = None

    @classmethod
    def of(cls, fields: Fields, by: str) -> "Request":
        """Raises UsageError."""
        return cls(
            name=fields.text("name"),
            to=fields.text("to"),
            by=by,
            wait=fields.flag("wait", True),
            timeout=fields.seconds("timeout"),
        )


class Scaler:
    def __init__(self, office: Office, orders: Orders, loader: Loader) -> None:
        self._office = office
        self._engine = office.engine
        self._orders = orders
        self._loader = loader

    def copies(self, _: object, __: object) -> Answer:
        """Of each definition how many there are."""
        return done(
            copies=self._loader.scales.on_the_wire(), variables=dict(self._loader.reader.variables)
        )

    def scale(self, request: Request, voice: Voice) -> Answer:
        """Remembered first, then done to the end, whoever waits for it."""
        name = request.name.removeprefix("@")
        job = Job()
        self._take_lock()
        try:
            copies = self._copies(name)
            there = self._there(name)
            beyond = [place(copy) for copy in there if place(copy) > copies.instances]
            now = len(there) - len(beyond)  # without those that an operator has removed
            count = number(request.to, now)
            scale = Scale(
                name=name,
                instances=count,
                written=copies.written,
                by=request.by,
                at=self._office.clock.wall(),
                before=max(now, *beyond, 0),
            )
            plan = self._plan(scale, there)
            self._loader.scales.wish(scale)
            job.begin(lambda: self._carry_out(scale, plan, job))
        except BaseException:
            self._loader.lock.release()
            raise
        if not request.wait:
            return done(say=f"{name}: scale to {count} asked for", name=name, instances=count)
        return job.follow(request.timeout, voice)

    def go_on(self) -> None:
        """What an earlier daemon was asked for and has not done. On the engine's thread."""
        if unfinished := self._loader.scales.unfinished:
            going = (
                name
                for one in unfinished
                for name in self._there(one.name)
                if place(name) > one.instances
            )
            self._engine.let_go(going)  # before anybody hears that they are being stopped
            begin(self._go_on, "scaling")

    def _go_on(self) -> None:
        for one in self._loader.scales.unfinished:
            request = Request(name=one.name, to=str(one.instances), by=one.by)
            try:
                self.scale(request, Silence())
            except OverseerError as error:  # whoever asked may ask again
                log.warning("%s: not scaled to %s: %s", one.name, one.instances, error)

    def _take_lock(self) -> None:
        if not self._loader.lock.acquire(blocking=False):
            raise Refused("another load or scale is under way; try again when it is done")

    def _copies(self, name: str) -> Copies:
        """Refused, with what to write, where there is nothing to be counted."""
        known = self._loader.scales.copies
        if name in known:
            return known[name]
        watch = self._engine.watches.get(name)
        if watch is None:
            made = [one for one, other in self._engine.watches.items() if name in other.tags]
            own = [one for one in known if one.startswith(f"{name}-") and name not in made]
            if own:
                raise Refused(f"{name} is made for several; scale one of {', '.join(own)}")
            if made:
                raise Refused(f"{name} is a tag of {', '.join(made[:5])}; scale takes one name")
            from difflib import get_close_matches  # only who mistypes pays for it

            near = get_close_matches(name, [*known, *self._engine.watches], 1)
            hint = f"did you mean {near[0]!r}?" if near else "`overseer status` lists them"
            raise UnknownName(f"no watch {name!r}; {hint}")
        for one in known.values():
            if name in one.names:
                raise Refused(f"{name} is a copy of {one.name}; `overseer scale {one.name} N`")
        where = f"{watch.origin.file}:{watch.origin.line}"
        said = f"{name} has no `instances:`; write `instances: 1` under {name} at {where}, and load"
        raise Refused(f"{said}; its copies are {name}-1, {name}-2 … then")

    def _there(self, name: str) -> dict[str, Watch]:
        """Its copies as the engine has them: one that could not be stopped is among them."""
        watches = self._engine.watches.items()
        return {
            one: watch
            for one, watch in watches
            if name in watch.tags and one.startswith(f"{name}-") and place(one)
        }

    def _plan(self, scale: Scale, there: dict[str, Watch]) -> Plan:
        try:
            config = self._loader.rescaled(scale)
        except ConfigError as error:
            if scale.instances:
                raise
            said = f"{scale.name}: not scaled to 0, for others need a copy of it; {error}"
            raise Refused(said) from error
        names = config.copies[scale.name].names
        wanted = {name: config.watches[name] for name in names}
        plan = reload.plan(there, wanted, wish_of(self._engine, "stop", "later"))
        came_or_went = [one for one in plan.changes if one.what in (What.ADDED, What.REMOVED)]
        return Plan(tuple(started(one) for one in came_or_went))

    def _carry_out(self, scale: Scale, plan: Plan, voice: Voice) -> Answer:
        """On a thread of its own: whoever asked may have gone by now."""
        try:
            by = f"scale by {scale.by}"
            work = Application(
                self._office, self._orders, plan, by, f"scale {scale.name}", starts=True
            )
            work.change(False, None, voice)
            gone = [one.name for one in plan.changes if one.what is What.REMOVED]
            if not any(name in self._engine.watches for name in gone):
                self._loader.scales.finish(scale.name)
            work.refresh({}, self._loader.is_rescaled(scale.name).watches)
        finally:
            self._loader.lock.release()
        return self._summary(scale, work.see_through(False, None, voice), voice)

    def _summary(self, scale: Scale, report: Report, voice: Voice) -> Answer:
        before = f" ({scale.before} before)" if scale.before != scale.instances else " already"
        many = f"{scale.instances} {'copy' if scale.instances == 1 else 'copies'}"
        result = Result(scale.name, DONE, f"{scale.name}: {many}{before}")
        if more := [one for one in self._there(scale.name) if place(one) > scale.instances]:
            said = f"{', '.join(more)} not stopped; `overseer scale {scale.name} {scale.instances}`"
            result = Result(scale.name, FAILED, f"{scale.name}: {many} wanted, {said} tries again")
        voice.say(result._asdict())
        for line in self._left_as_they_are(scale):
            voice.say({"say": line})
        answer = Report((*report.results, result)).answer()
        return answer | {"name": scale.name, "instances": scale.instances, "before": scale.before}

    def _left_as_they_are(self, scale: Scale) -> Iterator[str]:
        """Nobody who counts them means to start one that somebody has stopped."""
        for one in self._there(scale.name):
            status = self._engine.statuses.get(one)
            if (
                place(one) <= scale.instances
                and status
                and status.goal is not Goal.UP
                and status.set_by
            ):
                what = "stopped" if status.goal is Goal.DOWN else "unmonitored"
                yield f"left as it is: {one} ({what} by {status.set_by}); `overseer start {one}`"


def number(text: str, now: int) -> int:
    """How many, where there are *now*."""
    if not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise UsageError(f"how many? {text!r} is not understood; write 3, +1 or -1")
    found = now + int(text) if text[0] in "+-" else int(text)
    if found < 0:
        raise UsageError(f"there are {now}: {text} would be less than none")
    if found > MOST:
        raise UsageError(f"{found} copies are too many; at most {MOST}")
    return found


def started(change: Change) -> Change:
    """Who asks for more means to have them run, whatever `autostart` says."""
    return replace(change, effect=Effect.START) if change.what is What.ADDED else change
