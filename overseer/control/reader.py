"""Reads watch files for a load: those that are named as they are now, the others as in force."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from overseer.control.beside import Variables
from overseer.control.office import Office
from overseer.control.removed import Removed
from overseer.control.roots import Roots
from overseer.control.scales import Scales
from overseer.control.wanted import Config
from overseer.model.copies import Scale
from overseer.model.watch import Watch

if TYPE_CHECKING:
    from overseer.config.files import Texts

NOWHERE: Mapping[str, Watch] = {}


class Reader:
    """*variables* were given by --var, by root; *allowed* are paths given by --allow-untrusted."""

    def __init__(self, office: Office, roots: Roots, scales: Scales, removed: Removed) -> None:
        self._office = office
        self._roots = roots
        self._scales = scales
        self._removed = removed
        self._texts: Texts | None = None  # of all that is in force
        self.variables: Variables = {}
        self.allowed: tuple[str, ...] = ()

    def began(self) -> None:
        self.variables = self._office.wishes.variables()
        self.allowed = tuple(self._office.wishes.allowed())

    def named(
        self,
        roots: tuple[str, ...],
        lost: tuple[str, ...],
        variables: Mapping[str, str],
        allowed: Collection[str],
        *,
        here: bool = True,
    ) -> Config:
        """These roots as they are now, the others around them as they are in force: a problem
        elsewhere is not in the way, and what stands there is neither loaded nor forgotten."""
        every = dict.fromkeys((*self._roots.in_force, *roots))
        known = self._texts.without(roots, set(self._roots.led_to(roots))) if self._texts else None
        kept = [one for one in every if one not in lost]
        given = {root: one for root, one in self.variables.items() if root not in lost}
        if variables:
            given |= {one: {**given.get(one, {}), **variables} for one in roots if one not in lost}
        return self._office.read_files(
            kept,
            None if self._roots.overlook(roots) else NOWHERE,
            self._scales.all,
            known,
            self._roots.lenient(roots, dict(self._office.engine.watches)),
            roots if here else (),
            given,
            variables,
            self._all_allowed(allowed),
            roots,
        )

    def in_force(self, scales: Mapping[str, Scale], scaled: str = "") -> Config:
        """All that is in force, but for the number of these copies: those of *scaled* that an
        operator has removed are among them again. Nothing is read of the disk."""
        many = self._scales.copies.get(scaled)
        files = {many.file} if many else set()
        config = self._office.read_files(
            self._roots.in_force,
            None if self._roots.overlook(()) else NOWHERE,
            scales,
            self._texts,
            self._roots.lenient((), dict(self._office.engine.watches)),
            (),
            self.variables,
            (),
            self.allowed,
            [root for root in self._roots.in_force if files & set(self._roots.led_to([root]))],
        )
        return config.without(self._removed.hidden(config.watches, (), scaled))

    def took(self, config: Config, allowed: Collection[str] = ()) -> None:
        """It is in force."""
        self._texts = config.texts
        if self.variables != config.variables:
            self.variables = dict(config.variables)
            self._office.wishes.remember_variables(self.variables)
        if (now := self._all_allowed(allowed)) != self.allowed:
            self.allowed = now
            self._office.wishes.remember_allowed(self.allowed)

    def _all_allowed(self, more: Collection[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.allowed, *more)))
