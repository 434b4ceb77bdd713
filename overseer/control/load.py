"""load in two steps: a plan that somebody may look at, and then exactly that plan or nothing."""

import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from overseer.control.applied import Applied
from overseer.control.apply import Application
from overseer.control.beside import Beside
from overseer.control.office import Config, Office
from overseer.control.orders import Orders
from overseer.control.protocol import Answer, done
from overseer.control.roots import Part, Roots, part
from overseer.control.voice import Voice
from overseer.core import reload
from overseer.core.reload import Change, Plan, What, Wish
from overseer.errors import ConfigError, Problem, Refused, UsageError
from overseer.model.state import Goal, Hold, Life
from overseer.model.status import Status
from overseer.model.watch import Watch

KEPT = 8  # plans that somebody may still be looking at
GONE = {"stop": "stop", "keep": "keep", "leave": "leave", "remove": "keep"}  # god's words too
RESTART = ("rolling", "now", "later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan that was shown, and all it was made of."""

    roots: tuple[str, ...]
    gone: str
    restart: str
    config: Config  # all that was read
    part: Part  # of it, what these roots say
    plan: Plan


class Loader:
    def __init__(self, office: Office, orders: Orders) -> None:
        self._office = office
        self._orders = orders
        self._roots = Roots(office.chronicle)
        self._applied = Applied(os.path.join(office.facts.state_dir, "applied"))
        self._beside = Beside()
        self._proposals: dict[str, Proposal] = {}
        self._lock = threading.Lock()  # one load at a time

    def began(self, config: Config) -> None:
        """What `run` has put in force; nothing is done to any watch."""
        self._take(config, part(config, tuple(config.sources)))

    def plan(self, files: Sequence[str], cwd: str, gone: str | None, restart: str | None) -> Answer:
        """Read and check everything, say what would change, change nothing."""
        how = _word("--gone", gone, "stop", GONE)
        pace = _word("--restart", restart, "rolling", {word: word for word in RESTART})
        roots = self._roots.meant(files, cwd)
        try:
            proposal = self._propose(roots, how, pace)
        except ConfigError as error:
            return done(
                error.exit_code,
                error=f"{error}\nnothing was changed",
                problems=[problem._asdict() for problem in error.problems],
            )
        beside = self._beside.lines(proposal.config, self._is_whole(proposal.config))
        changes = proposal.plan.changes
        return done(
            plan=self._keep(proposal) if changes or beside or self._new_roots(roots) else None,
            text=[*proposal.plan.lines(), *beside] or ["nothing to do"],
            changes=[_on_the_wire(change) for change in changes],
            warnings=list(map(str, proposal.part.warnings)),
            asks=proposal.plan.disturbs,
        )

    def files(self) -> tuple[str, ...]:
        """Every watch file in force: roots, and what they include."""
        return self._roots.files

    def differs(self) -> Answer:
        """Would a load of what is loaded change anything? Nothing is shown, kept or changed."""
        if not self._roots.all:
            return {"changes": [], "problems": []}
        try:
            proposal = self._propose(self._roots.all, "stop", "rolling")
        except ConfigError as error:
            return {"changes": [], "problems": list(map(str, error.problems))}
        changed = [change.name for change in proposal.plan.changes]
        beside = self._beside.lines(proposal.config, self._is_whole(proposal.config))
        return {"changes": [*changed, *beside], "problems": []}

    def apply(self, id: str, timeout: float | None, by: str, voice: Voice) -> Answer:
        """Exactly what was shown under *id*; Refused if it is no longer what would follow."""
        if not self._lock.acquire(blocking=False):
            raise Refused("another load is being applied; try again when it is done")
        try:
            shown = self._proposals.pop(id, None)
            if shown is None:
                raise Refused(f"there is no plan {id!r} any more; run `overseer load` again")
            now = self._propose(shown.roots, shown.gone, shown.restart)
            if not _as_shown(shown, now):
                raise Refused("something changed since the plan was shown; run `load` again")
            rolling = now.restart == "rolling"
            application = Application(self._office, self._orders, now.plan, by)
            application.change(rolling, timeout, voice)
            application.refresh(now.part.watches)
            self._take(now.config, now.part)
            self._office.configured(now.config)
            return application.see_through(rolling, timeout, voice).answer()
        finally:
            self._lock.release()

    def _propose(self, roots: tuple[str, ...], gone: str, restart: str) -> Proposal:
        config = self._read(roots)
        said = part(config, roots)
        watches = dict(self._office.engine.watches)
        old = self._roots.owned(watches, said)
        _refuse_strangers(said, old, watches)
        if gone == "leave":
            old = {name: watch for name, watch in old.items() if name in said.watches}
        plan = reload.plan(old, said.watches, self._wish(gone, restart))
        return Proposal(
            roots=roots, gone=gone, restart=restart, config=config, part=said, plan=plan
        )

    def _read(self, roots: tuple[str, ...]) -> Config:
        """These roots, with the others that are loaded around them where those are in order."""
        others = [root for root in self._roots.all if root not in roots]
        if not others:
            return self._office.read_files(roots, {})
        try:
            return self._office.read_files((*others, *roots), {})
        except ConfigError:  # a problem elsewhere is not in the way of a file that is in order
            return self._office.read_files(roots, dict(self._office.engine.watches))

    def _is_whole(self, config: Config) -> bool:
        return set(self._roots.all) <= set(config.sources)

    def _wish(self, gone: str, restart: str) -> Wish:
        statuses = list(self._office.engine.statuses.items())
        return Wish(
            living=frozenset(name for name, status in statuses if _lives(status)),
            kept_up=frozenset(
                name for name, status in statuses if _lives(status) and status.goal is Goal.UP
            ),
            eager=frozenset(name for name, status in statuses if _is_eager(status)),
            stop_gone=gone != "keep",
            restart=restart != "later",
        )

    def _new_roots(self, roots: tuple[str, ...]) -> bool:
        return not set(roots) <= set(self._roots.all)

    def _keep(self, proposal: Proposal) -> str:
        id = os.urandom(4).hex()
        self._proposals[id] = proposal
        while len(self._proposals) > KEPT:
            del self._proposals[next(iter(self._proposals))]
        return id

    def _take(self, config: Config, said: Part) -> None:
        """Of *config* the watches of these roots are in force now, and all that is beside."""
        self._beside.took(config, self._is_whole(config))
        self._roots.took(said)
        texts = {str(path): text for path, text in config.files.items()}
        for root, files in said.sources.items():
            if all(self._applied.original(file) == file for file in files):
                self._applied.keep(root, {file: texts[file] for file in files})


def _as_shown(shown: Proposal, now: Proposal) -> bool:
    """The same changes, and nothing disturbed that was not to be: a watch may have crashed or
    come up meanwhile."""
    before = {(one.name, one.what): one for one in shown.plan.changes}
    after = {(one.name, one.what): one for one in now.plan.changes}
    return before.keys() == after.keys() and all(
        (one.old, one.new) == (before[key].old, before[key].new)
        and (before[key].disturbs or not one.disturbs)
        for key, one in after.items()
    )


def _word(option: str, found: str | None, usual: str, known: dict[str, str]) -> str:
    if found is not None and found not in known:
        raise UsageError(f"{option}: {found!r} is not understood; write {', '.join(known)}")
    return known[found or usual]


def _lives(status: Status) -> bool:
    return status.life not in (Life.DOWN, Life.WAITING)


def _is_eager(status: Status) -> bool:
    held = status.hold is not Hold.NONE and status.life is Life.DOWN
    return status.goal is Goal.UP and (held or status.life is Life.WAITING)


def _refuse_strangers(said: Part, old: dict[str, Watch], watches: dict[str, Watch]) -> None:
    """A file owns only what came from it."""
    problems = []
    for name, watch in said.watches.items():
        if name in watches and name not in old:
            other = watches[name].origin
            found = f"the watch {name} is loaded from {other.file}:{other.line} already"
            problems.append(Problem(watch.origin.file, watch.origin.line, 1, found))
    if problems:
        raise ConfigError(problems)


def _on_the_wire(change: Change) -> Answer:
    return {
        "watch": change.name,
        "change": change.what,
        "was": change.old.name if change.old and change.what is What.RENAMED else None,
        "effect": change.effect,
        "fields": [asdict(one) for one in change.differences],
        "say": change.lines()[0],
    }
