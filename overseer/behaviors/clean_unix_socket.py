"""behaviors: [{clean_unix_socket: {path: /run/app/app.sock}}]"""

import contextlib
import socket
import stat
from dataclasses import dataclass
from typing import ClassVar

from overseer.behaviors.base import Behavior
from overseer.model.program import Program
from overseer.model.units import FullPath
from overseer.safe_files import remove, status_of

PATIENCE = 1.0
"""Seconds that whoever listens has to take a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUnixSocket(Behavior):
    """Remove a socket that nobody listens on any more before the start (god: clean_unix_socket,
    which removed any); never one that is in use, and nothing that is no socket."""

    brief: ClassVar[str] = "path"

    path: FullPath

    def before_start(self, name: str, program: Program) -> None:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(status_of(self.path).st_mode) and not is_listened_on(self.path):
                remove(self.path)


def is_listened_on(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(PATIENCE)
        try:
            caller.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:  # it does not take us, or not yet: that is somebody
            return True
    return True
