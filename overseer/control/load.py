"""load in two steps: a plan that somebody may look at, and then exactly that plan or nothing."""

import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

from overseer.control.applied import Applied
from overseer.control.apply import LOAD, Application
from overseer.control.beside import Beside
from overseer.control.forgetting import how_to_forget, nothing_but_forget
from overseer.control.office import Office
from overseer.control.orders import Orders
from overseer.control.proposal import (
    GONE,
    RESTART,
    Kept,
    Proposal,
    as_before,
    as_shown,
    on_the_wire,
    refuse_strangers,
    wish_of,
    word,
)
from overseer.control.protocol import Answer, done
from overseer.control.reader import Reader
from overseer.control.removed import Removed
from overseer.control.roots import Part, Roots, part
from overseer.control.scales import Scales
from overseer.control.voice import Voice
from overseer.control.wanted import Config, Start
from overseer.core import reload
from overseer.errors import ConfigError, Refused
from overseer.model.copies import Scale

NOTHING: Mapping[str, str] = {}


class Loader:
    def __init__(self, office: Office, orders: Orders) -> None:
        self._office = office
        self._orders = orders
        self.roots = Roots(office.wishes, office.is_there)
        self._applied = Applied(os.path.join(office.facts.state_dir, "applied"))
        self._beside = Beside()
        self.scales = Scales(office.wishes, office.chronicle)
        self.removed = Removed(office.wishes)
        self.reader = Reader(office, self.roots, self.scales, self.removed)
        self._proposals = Kept()
        self.lock = threading.Lock()  # one load at a time

    def began(self, config: Config, start: Start) -> None:
        """What `run` has put in force; nothing is done to any watch."""
        self.scales.began()
        self.removed.began()
        self.reader.began()
        self.roots.began(start)
        self._take(config, part(config, tuple(config.sources)))

    def plan(
        self,
        files: Sequence[str],
        cwd: str,
        gone: str | None,
        restart: str | None,
        unload: bool = False,
        variables: Mapping[str, str] = NOTHING,
        allowed: Collection[str] = (),
    ) -> Answer:
        """Read and check everything, say what would change, change nothing. *unload*: forget these
        files, whatever is in them. *variables*: for these files, from now on. *allowed*: paths that
        are trusted from now on, whoever may write there."""
        how = word("--gone", gone, "stop", GONE)
        pace = word("--restart", restart, "rolling", {one: one for one in RESTART})
        roots = (self.roots.known if unload else self.roots.meant)(files, cwd)
        lost = () if not files else roots if unload else self.roots.gone(roots)
        try:
            proposal = self._propose(
                roots,
                how,
                pace,
                lost,
                named=bool(files),
                unloads=unload,
                variables=variables,
                allowed=allowed,
            )
        except ConfigError as error:
            hints = list(how_to_forget(error.problems, self.roots.sources).values())
            return done(
                error.exit_code,
                error="\n".join([str(error), "nothing was changed", *hints]),
                problems=[problem._asdict() for problem in error.problems],
                hints=hints,
            )
        beside, changes = self._lines_beside(proposal), proposal.plan.changes
        is_so = not changes and not beside and self.roots.know(proposal.part)
        return done(
            plan=None if is_so else self._proposals.keep(proposal),
            text=[
                *([*proposal.plan.lines(), *beside] or nothing_but_forget(proposal.lost)),
                *self._followed(proposal),
            ],
            changes=[on_the_wire(change) for change in changes],
            warnings=list(map(str, proposal.part.warnings)),
            asks=proposal.plan.disturbs,
        )

    def shown(self, id: str) -> Proposal:
        """The plan of that id."""
        return self._proposals.shown(id)

    def why_none(self) -> dict[str, str]:
        """Of names that mean no watch for now."""
        return {**self.roots.why_none(), **self.scales.why_none()}

    def notices(self) -> Iterable[str]:
        """What was wrong with files when the daemon began, and has not been loaded since."""
        return self.roots.notices

    def files(self) -> tuple[str, ...]:
        """Every watch file in force: roots, and what they include."""
        return self.roots.files

    def differs(self) -> Answer:
        """Would a load of what is loaded change anything? Nothing is shown, kept or changed."""
        if not self.roots.all:
            return {"changes": [], "problems": []}
        try:
            proposal = self._propose(self.roots.all, "stop", "rolling", (), named=False)
        except ConfigError as error:
            return {"changes": [], "problems": list(map(str, error.problems))}
        changed = [change.name for change in proposal.plan.changes]
        beside = self._lines_beside(proposal)
        return {"changes": [*changed, *beside], "problems": []}

    def apply(self, id: str, timeout: float | None, by: str, voice: Voice) -> Answer:
        """Exactly what was shown under *id*; Refused if it is no longer what would follow."""
        if not self.lock.acquire(blocking=False):
            raise Refused("another load is being applied; try again when it is done")
        try:
            shown = self._proposals.take(id)
            if shown is None:
                raise Refused(f"there is no plan {id!r} any more; run `overseer load` again")
            lost = shown.lost if shown.unloads else self.roots.gone(shown.lost)
            now = self._propose(
                shown.roots,
                shown.gone,
                shown.restart,
                lost,
                named=shown.named,
                unloads=shown.unloads,
                variables=shown.variables,
                allowed=shown.allowed,
            )
            if not as_shown(shown, now):
                raise Refused("something changed since the plan was shown; run `load` again")
            rolling = now.restart == "rolling"
            application = Application(self._office, self._orders, now.plan, f"load by {by}", LOAD)
            application.change(rolling, timeout, voice)
            application.refresh(now.part.watches, now.config.watches)
            self.roots.mended(now.part)
            files = {*self.roots.led_to(now.part.sources)}.union(*now.part.sources.values())
            self.removed.took(files, now.hidden)
            self._take(now.config, now.part, now.allowed)
            self._office.configured(now.config)
            answer = application.see_through(rolling, timeout, voice).answer()
            if waits := as_before(self._office.engine, now.plan):
                said = f"{', '.join(waits)}: as before until `overseer restart --changed`"
                voice.say({"say": said})
            return answer
        finally:
            self.lock.release()

    def look_at(
        self,
        roots: Sequence[str],
        variables: Mapping[str, str],
        allowed: Collection[str],
        *,
        here: bool,
    ) -> Part:
        """What these say, as a load would take them. *here*: what this machine lacks is a problem.
        ConfigError."""
        config = self.reader.named(tuple(roots), (), variables, allowed, here=here)
        said, watches = part(config, roots), dict(self._office.engine.watches)
        refuse_strangers(said, self.roots.owned(watches, said), watches)
        return said

    def _propose(
        self,
        roots: tuple[str, ...],
        gone: str,
        restart: str,
        lost: tuple[str, ...],
        *,
        named: bool,
        unloads: bool = False,
        variables: Mapping[str, str] = NOTHING,
        allowed: Collection[str] = (),
    ) -> Proposal:
        config = self.reader.named(roots, lost, variables, allowed)
        files = {one for root in roots if named for one in config.sources.get(root, ())}
        hidden = self.removed.hidden(config.watches, files)
        config = config.without(hidden)
        said = part(config, roots, lost)
        watches = dict(self._office.engine.watches)
        old = self.roots.owned(watches, said)
        refuse_strangers(said, old, watches)
        if gone == "leave":
            old = {name: watch for name, watch in old.items() if name in said.watches}
        plan = reload.plan(old, said.watches, wish_of(self._office.engine, gone, restart))
        return Proposal(
            roots=roots,
            lost=lost,
            gone=gone,
            restart=restart,
            config=config,
            part=said,
            plan=plan,
            named=named,
            unloads=unloads,
            variables=variables,
            allowed=tuple(allowed),
            hidden=hidden,
        )

    def _lines_beside(self, proposal: Proposal) -> list[str]:
        """What is not about single watches."""
        trusted = [
            f"{path}: trusted from now on, whoever may write there (--allow-untrusted)"
            for path in proposal.allowed
            if path not in self.reader.allowed
        ]
        lines = self._beside.lines(proposal.config)
        return [*lines, *self.scales.lines(proposal.config), *trusted]

    def _followed(self, proposal: Proposal) -> list[str]:
        """What these files say and is not so, for an operator wants it otherwise."""
        files = {file for found in proposal.part.sources.values() for file in found}
        copies = proposal.config.copies.values()
        return [str(one) for one in copies if one.scale and one.file in files]

    def rescaled(self, scale: Scale) -> Config:
        """All that is in force, but for the number of these copies: those that an operator has
        removed are among them again. Nothing is read of the disk."""
        return self.reader.in_force({**self.scales.all, scale.name: scale}, scale.name)

    def is_rescaled(self, name: str) -> Config:
        """Another number of copies is in force."""
        self.removed.drop(self.removed.copies_of(name))
        config = self.reader.in_force(self.scales.all)
        self.scales.took(config, self.roots.files)
        self._office.configured(config)
        return config

    def _take(self, config: Config, said: Part, allowed: Collection[str] = ()) -> None:
        """Of *config* the watches of these roots are in force now, and all that is beside."""
        self._beside.took(config)
        had = set(self.roots.led_to(said.sources))
        self.roots.took(said)
        self.scales.took(config, had.union(*said.sources.values()))
        self.reader.took(config, allowed)
        texts = {str(path): text for path, text in config.files.items()}
        for root, files in said.sources.items():
            if self.roots.is_troubled(root):
                continue  # what was in force before it was broken is worth more
            if files:
                self._applied.keep(root, {file: texts[file] for file in files})
            else:
                self._applied.forget(root)
