"""What a daemon leaves to the program that replaces it in the same process, and what that takes up.

All of it is beside the state database: what would be lost with the memory, and what the process
has open. Should it be missing, the next daemon begins as after a kill -9.
"""

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from overseer import VERSION
from overseer.config.files import Texts
from overseer.model.action import Hook
from overseer.model.said import Said
from overseer.model.watch import Watch
from overseer.store.codec import Unreadable, as_mapping, reader
from overseer.system import passed_on
from overseer.system.lock import Lock
from overseer.system.notices import Notices, NotifyLine
from overseer.system.own_command import OwnCommand
from overseer.system.processes import LinuxProcesses
from overseer.system.runner import Runner, Running, kill_group

log = logging.getLogger("overseer")


class OwnProcess(NamedTuple):
    """How this process was begun, the state folder that it holds, and what another program of the
    same daemon has left to this one, if there was one. *listens*: called once it hears signals."""

    command: OwnCommand
    lock: Lock
    received: "Received | None" = None
    listens: Callable[[], None] = lambda: None

    @property
    def listeners(self) -> Mapping[str, int]:
        return self.received.listeners if self.received else {}

    @property
    def texts(self) -> Texts | None:
        """Of watch files as they are in force."""
        return self.received.texts if self.received else None


class Parts(NamedTuple):
    """Of the daemon, that have something to leave or to take up. *listeners*: descriptors of the
    control sockets, by path."""

    processes: LinuxProcesses
    notices: Notices
    runner: Runner
    lock: Lock
    listeners: Callable[[], Mapping[str, int]]
    files: Sequence[str]
    texts: Callable[[], Texts]


@dataclass(slots=True)
class Left:
    """*facts* as JSON takes them, and every descriptor that they name."""

    facts: dict[str, Any]
    descriptors: list[int] = field(default_factory=list)

    def keep(self, descriptor: int) -> int:
        self.descriptors.append(descriptor)
        return descriptor


def leave(parts: Parts, by: str) -> Left:
    """While the safepoint is closed."""
    texts = parts.texts().as_json()
    left = Left({"version": VERSION, "by": by, "files": list(parts.files), "texts": texts})
    if parts.lock.descriptor is not None:
        left.facts["lock"] = left.keep(parts.lock.descriptor)
    listeners = parts.listeners()
    left.facts["listeners"] = {path: left.keep(one) for path, one in listeners.items()}
    left.facts["held"] = [
        [list(place), left.keep(descriptor)]
        for place, descriptor in parts.processes.sockets.descriptors()
    ]
    left.facts["notices"] = [
        {
            "name": name,
            "address": line.address,
            "fd": left.keep(line.descriptor),
            "said": as_json(said),
            "born": born,
        }
        for name, line, said, born in parts.notices.handed_over()
    ]
    left.facts["runs"] = [
        {
            "token": running.token, "pid": running.pid, "fd": left.keep(running.out),
            "deadline": running.deadline, "output": base64.b64encode(running.output).decode(),
        }
        for running in parts.runner.under_way()
    ]  # fmt: skip
    left.facts["hooks"] = [
        [name, as_json(action)] for name, action in parts.processes.hooks_under_way()
    ]
    return left


def as_json(value: object) -> Any:
    import json

    return json.loads(json.dumps(value, default=as_mapping))


class Received:
    """What the program before this one has left."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self.version = str(facts["version"])
        self.by = str(facts["by"])
        self.files = tuple(map(str, facts["files"]))
        self.texts = Texts.of_json(facts["texts"])
        self.lock: int | None = facts.get("lock")
        self.listeners: Mapping[str, int] = facts["listeners"]

    @classmethod
    def from_before(cls) -> "Received | None":
        facts = passed_on.received()
        return cls(facts) if facts else None

    @property
    def descriptors(self) -> frozenset[int]:
        return passed_on.descriptors_in(self._facts)

    def take_up(self, parts: Parts) -> None:
        """Before anything is arranged by the watch files. A check under way is asked again."""
        held = [(tuple(place), number) for place, number in self._facts["held"]]
        parts.processes.sockets.inherit(held)
        for one in self._facts["notices"]:
            born = tuple(one["born"]) if one["born"] else None
            line = NotifyLine(one["address"], one["fd"])
            parts.notices.inherit(one["name"], line, reader(Said)(one["said"]), born)
        for one in self._facts["runs"]:
            output = bytearray(base64.b64decode(one["output"]))
            running = Running(one["token"], one["pid"], one["fd"], one["deadline"], output)
            if running.token:
                parts.runner.inherit(running)
            else:
                kill_group(running.pid)

    def take_up_hooks(self, parts: Parts, watches: Mapping[str, Watch]) -> None:
        """Those that nobody waits for; the others belong to launches, which ask for them."""
        for name, action in self._facts["hooks"]:
            try:
                hook = reader(Hook)(action)
            except Unreadable as error:
                log.warning("%s: a hook under way is not heard of: %s", name, error)
                continue
            if name in watches:
                parts.processes.hook(watches[name], hook)
