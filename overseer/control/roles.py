"""Who may do what over the control socket: operators act, viewers look, others have no business."""

import grp
from dataclasses import dataclass
from enum import IntEnum

from overseer.control.peer import Peer
from overseer.errors import Refused, UsageError
from overseer.units import is_id

LOOKS = frozenset(
    {
        "alerts",
        "contacts",
        "copies",
        "files",
        "dependants",
        "doctor",
        "events",
        "history",
        "incidents",
        "log",
        "logs",
        "ping",
        "schedule",
        "silences",
        "status",
        "version",
        "wait",
    }
)
"""What viewers may ask. Not `plan` and `check`: they read whatever file is named, as the daemon."""
COMMANDS = {
    "plan": "load",
    "apply": "load",
    "contacts_test": "contacts test",
    "silence_end": "silence",
}
"""What is typed for what is sent, where that differs."""


class Role(IntEnum):
    STRANGER = 0
    VIEWER = 1
    OPERATOR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The unix groups, by number, of those who may act and of those who may look."""

    operators: int | None = None
    viewers: int | None = None

    @classmethod
    def named(cls, operators: str | None, viewers: str | None) -> "Roles":
        """UsageError for a group that this machine does not have."""
        return cls(
            operators=_gid("operator_group", operators), viewers=_gid("viewer_group", viewers)
        )

    def of(self, peer: Peer) -> Role:
        """Root and the daemon's own user are operators, whatever their groups."""
        if peer.is_own or (self.operators is not None and self.operators in peer.groups()):
            return Role.OPERATOR
        seen = self.viewers is not None and self.viewers in peer.groups()
        return Role.VIEWER if seen else Role.STRANGER

    def check(self, role: Role, do: str) -> None:
        """Refused for a verb that changes something, where the asker may only look."""
        if role < Role.OPERATOR and do not in LOOKS:
            word = COMMANDS.get(do, do)
            raise Refused(f"you may look, not act: `{word}` is for {self._who_acts()}")

    @property
    def mode(self) -> int:
        """Of the socket. A file has one group: where two may come in, so may everybody, and is
        turned away again unless the kernel says that he is in one of them."""
        if self.operators is None and self.viewers is None:
            return 0o600
        both = self.operators is not None and self.viewers not in (None, self.operators)
        return 0o666 if both else 0o660

    @property
    def gid(self) -> int | None:
        """The group of the socket."""
        return self.viewers if self.operators is None else self.operators

    def __str__(self) -> str:
        """Whom the socket is open to beside its owner; "" for nobody."""
        who = (("to act", self.operators), ("to look", self.viewers))
        said = (f"group {_name(gid)} {what}" for what, gid in who if gid is not None)
        return ", ".join(said)

    def _who_acts(self) -> str:
        if self.operators is None:
            return "root and overseer's own user"
        return f"root, overseer's own user and the group {_name(self.operators)}"


NOBODY_ELSE = Roles()


def _gid(key: str, group: str | None) -> int | None:
    if group is None:
        return None
    try:
        return int(group) if is_id(group) else grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(f"{key}: there is no group {group!r}") from None


def _name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
