"""The control sockets: the daemon's own, and one for each group that settings name."""

import logging
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from overseer.control.protocol import group_sockets
from overseer.control.roles import NOBODY_ELSE, Roles
from overseer.control.seat import Seat
from overseer.errors import OverseerError

log = logging.getLogger(__name__)

NOTHING: Mapping[str, int] = {}


class Sockets:
    """*path* is for our own user and for admins; operators and viewers have one beside it each, so
    that nobody else can connect, and who crowds one of them does not stand in another's way."""

    def __init__(
        self,
        path: str,
        roles: Roles = NOBODY_ELSE,
        allowed: Collection[str] = (),
        inherited: Mapping[str, int] = NOTHING,
    ) -> None:
        """*inherited*: descriptors of those that listen already, by path."""
        self._allowed = allowed  # paths that are trusted, whoever may write there
        self.path = path
        self.roles = roles
        self._inherited = dict(inherited)
        self._own = Seat(path, roles.admins, allowed, self._inherited.pop(path, None))
        self._shared: dict[str, Seat] = {}
        self._taken = False
        self._trouble: dict[str, str] = {}  # by path: what was last said of it

    def listeners(self) -> dict[str, int]:
        """Descriptors of those that listen, by path: `inherited` of the program that takes over."""
        seats = (self._own, *list(self._shared.values()))
        return {seat.path: seat.descriptor for seat in seats if seat.descriptor is not None}

    @property
    def groups(self) -> dict[str, int | None]:
        """Whose each path is, beside its owner."""
        return {seat.path: seat.gid for seat in (self._own, *list(self._shared.values()))}

    def take(self) -> Iterator[tuple[str, socket.socket]]:
        """Listen. Refused if our own cannot be had; one of a group is tried again later."""
        yield self.path, self._own.take()
        self._taken = True
        yield from self._arrange()

    def restore(self) -> Iterator[tuple[str, socket.socket]]:
        """Make those again that somebody has removed, or that could not be had."""
        if not self._taken:
            return
        for path, seat in ((self.path, self._own), *list(self._shared.items())):
            if seat.is_lost:
                was_there = path not in self._trouble
                if listener := self._listen(seat):
                    if was_there:
                        log.warning("%s: the control socket was removed, and is made again", path)
                    yield path, listener

    def admit(self, roles: Roles) -> Iterator[tuple[str, socket.socket]]:
        """Others may come in from now on."""
        self.roles = roles
        if self._taken:
            yield from self._arrange()
        else:
            self._own.gid = roles.admins

    def leave(self) -> None:
        for seat in (self._own, *self._shared.values()):
            seat.leave()
        self._taken = False

    def _arrange(self) -> Iterator[tuple[str, socket.socket]]:
        _open_to(self._own, self.roles.admins)
        gids = (self.roles.operators, self.roles.viewers)
        for path, gid in zip(group_sockets(self.path), gids, strict=True):
            if gid is None:
                self._close(path)
            elif seat := self._shared.get(path):
                _open_to(seat, gid)
            else:
                before = self._inherited.pop(path, None)
                seat = self._shared[path] = Seat(path, gid, self._allowed, before)
                if listener := self._listen(seat):
                    yield path, listener

    def _close(self, path: str) -> None:
        if seat := self._shared.pop(path, None):
            seat.leave()
        else:
            with suppress(OverseerError, OSError):  # what a killed daemon has left
                Seat(path).clear()

    def _listen(self, seat: Seat) -> socket.socket | None:
        try:
            listener = seat.take_again()
        except OverseerError as error:
            if self._trouble.get(seat.path) != str(error):
                log.warning("control socket: %s", error)
            self._trouble[seat.path] = str(error)
            return None
        self._trouble.pop(seat.path, None)
        return listener


def _open_to(seat: Seat, gid: int | None) -> None:
    if seat.gid != gid:
        seat.admit(gid)
