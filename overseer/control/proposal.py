"""The plan of a load before it is applied: what it was made of, and whether it still holds."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from overseer.control.office import Engine
from overseer.control.protocol import Answer
from overseer.control.roots import Part
from overseer.control.wanted import Config
from overseer.core.one_shot import is_run_by_load
from overseer.core.outdated import runs_as_before
from overseer.core.reload import Change, Plan, What, Wish
from overseer.errors import ConfigError, Problem, UsageError
from overseer.model.state import Goal, Hold, Life
from overseer.model.status import Status
from overseer.model.watch import Watch

GONE = {"stop": "stop", "keep": "keep", "leave": "leave", "remove": "keep"}  # god's words too
RESTART = ("rolling", "now", "later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that was shown, and all it was made of."""

    roots: tuple[str, ...]
    lost: tuple[str, ...]  # of them: files that are there no more, and are to be forgotten
    gone: str
    restart: str
    config: Config  # all that was read
    part: Part  # of it, what these roots say
    plan: Plan
    named: bool = True  # by whoever asked, not all that there are
    unloads: bool = False  # the files are there, and are to be forgotten all the same
    variables: Mapping[str, str] = field(default_factory=dict)  # given with --var
    allowed: tuple[str, ...] = ()  # with --allow-untrusted
    hidden: tuple[str, ...] = ()  # watches that were removed, and stay so


def as_shown(shown: Proposal, now: Proposal) -> bool:
    """The same changes, and nothing disturbed that was not to be: a watch may have crashed or
    come up meanwhile."""
    before = {(one.name, one.what): one for one in shown.plan.changes}
    after = {(one.name, one.what): one for one in now.plan.changes}
    return before.keys() == after.keys() and all(
        (one.old, one.new) == (before[key].old, before[key].new)
        and (before[key].disturbs or not one.disturbs)
        for key, one in after.items()
    )


def word(option: str, found: str | None, usual: str, known: dict[str, str]) -> str:
    if found is not None and found not in known:
        raise UsageError(f"{option}: {found!r} is not understood; write {', '.join(known)}")
    return known[found or usual]


def wish_of(engine: Engine, gone: str, restart: str) -> Wish:
    statuses = list(engine.statuses.items())
    return Wish(
        living=frozenset(name for name, status in statuses if _lives(status)),
        kept_up=frozenset(
            name for name, status in statuses if _lives(status) and status.goal is Goal.UP
        ),
        eager=frozenset(
            name
            for name, status in statuses
            if _is_eager(status) or is_run_by_load(engine.watches[name], status)
        ),
        stop_gone=gone != "keep",
        restart=restart != "later",
    )


def _lives(status: Status) -> bool:
    return status.life not in (Life.DOWN, Life.WAITING)


def _is_eager(status: Status) -> bool:
    held = status.hold is not Hold.NONE and status.life is Life.DOWN
    return status.goal is Goal.UP and (held or status.life is Life.WAITING)


def as_before(engine: Engine, plan: Plan) -> list[str]:
    """Of what has changed, those that were not restarted for it."""
    watches, statuses = engine.watches, engine.statuses
    names = [change.name for change in plan.changes if change.new and change.name in watches]
    return [name for name in names if runs_as_before(watches[name], statuses[name])]


class Kept:
    """Plans that somebody may still be looking at, by id."""

    MOST = 8

    def __init__(self) -> None:
        self._proposals: dict[str, Proposal] = {}

    def keep(self, proposal: Proposal) -> str:
        id = os.urandom(4).hex()
        self._proposals[id] = proposal
        while len(self._proposals) > self.MOST:
            del self._proposals[next(iter(self._proposals))]
        return id

    def shown(self, id: str) -> Proposal:
        return self._proposals[id]

    def take(self, id: str) -> Proposal | None:
        return self._proposals.pop(id, None)


def refuse_strangers(said: Part, old: dict[str, Watch], watches: dict[str, Watch]) -> None:
    """A file owns only what came from it."""
    problems = []
    for name, watch in said.watches.items():
        if name in watches and name not in old:
            other = watches[name].origin
            found = f"the watch {name} is loaded from {other.file}:{other.line} already"
            problems.append(Problem(watch.origin.file, watch.origin.line, 1, found))
    if problems:
        raise ConfigError(problems)


def on_the_wire(change: Change) -> Answer:
    return {
        "watch": change.name,
        "change": change.what,
        "was": change.old.name if change.old and change.what is What.RENAMED else None,
        "effect": change.effect,
        "fields": [asdict(one) for one in change.differences],
        "say": change.lines()[0],
    }
