"""Who may do what over the control socket: viewers look, operators act on what is loaded, admins
do everything."""

import grp
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from overseer.accounts import group_name
from overseer.control.peer import Peer
from overseer.errors import Refused
from overseer.units import is_id

log = logging.getLogger(__name__)


class Role(IntEnum):
    STRANGER = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3


VERBS: Mapping[str, Role] = {
    **dict.fromkeys(("ping", "version", "status", "schedule", "dependants"), Role.VIEWER),
    **dict.fromkeys(("history", "incidents", "events", "log", "logs", "wait"), Role.VIEWER),
    **dict.fromkeys(("alerts", "contacts", "silences", "doctor"), Role.VIEWER),
    **dict.fromkeys(("copies", "files"), Role.VIEWER),
    **dict.fromkeys(("start", "stop", "restart", "reload", "trigger"), Role.OPERATOR),
    **dict.fromkeys(("monitor", "unmonitor", "signal", "continue"), Role.OPERATOR),
    **dict.fromkeys(("silence", "silence_end", "contacts_test"), Role.OPERATOR),
    **dict.fromkeys(("check", "plan", "apply", "scale", "remove", "adopt"), Role.ADMIN),
    **dict.fromkeys(("quit", "terminate", "reexec"), Role.ADMIN),
}
"""The least role that may ask for it; what is not named here is for admins. `check` and `plan`
read whatever file they are told, as the daemon; `adopt` has the daemon signal whatever process."""
COMMANDS = {
    "plan": "load",
    "apply": "load",
    "contacts_test": "contacts test",
    "silence_end": "silence",
}
"""What is typed for what is sent, where that differs."""
MAY = {
    Role.VIEWER: "you may look, not act",
    Role.OPERATOR: "you may start, stop and restart what is loaded, not change it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The unix groups, by number, that have a role each."""

    admins: int | None = None
    operators: int | None = None
    viewers: int | None = None

    @classmethod
    def named(
        cls,
        admins: str | None = None,
        operators: str | None = None,
        viewers: str | None = None,
    ) -> "Roles":
        """A group that this machine does not have is nobody, with a line in the log: `load` refuses
        it, a daemon that begins does without."""
        return cls(
            admins=_gid("admin_group", admins),
            operators=_gid("operator_group", operators),
            viewers=_gid("viewer_group", viewers),
        )

    def of(self, peer: Peer) -> Role:
        """Root and the daemon's own user are admins, whatever their groups; of several groups the
        one that may most counts."""
        if peer.is_own:
            return Role.ADMIN
        groups = set(peer.groups())
        return next((role for role, gid in self._groups if gid in groups), Role.STRANGER)

    def check(self, role: Role, do: str) -> None:
        """Refused for a verb that this role may not ask for."""
        if role < VERBS.get(do, Role.ADMIN):
            word = COMMANDS.get(do, do)
            raise Refused(f"{MAY[role]}: `{word}` is for {self._who_may(do)}")

    def __str__(self) -> str:
        """Whom the sockets are open to beside their owner; "" for nobody."""
        what = {Role.ADMIN: "to administer", Role.OPERATOR: "to operate", Role.VIEWER: "to look"}
        named = ((role, gid) for role, gid in self._groups if gid is not None)
        return ", ".join(f"group {group_name(gid)} {what[role]}" for role, gid in named)

    @property
    def _groups(self) -> tuple[tuple[Role, int | None], ...]:
        return (
            (Role.ADMIN, self.admins),
            (Role.OPERATOR, self.operators),
            (Role.VIEWER, self.viewers),
        )

    def _who_may(self, do: str) -> str:
        least = VERBS.get(do, Role.ADMIN)
        groups = [
            group_name(gid) for role, gid in self._groups if gid is not None and role >= least
        ]
        if not groups:
            return "root and overseer's own user"
        which = "the group" if len(groups) == 1 else "the groups"
        return f"root, overseer's own user and {which} {', '.join(groups)}"


NOBODY_ELSE = Roles()


def _gid(key: str, group: str | None) -> int | None:
    if group is None:
        return None
    try:
        return int(group) if is_id(group) else grp.getgrnam(group).gr_gid
    except KeyError:
        log.warning("%s: there is no group %r: nobody is let in by it", key, group)
        return None
