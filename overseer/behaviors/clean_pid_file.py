"""behaviors: [clean_pid_file]"""

import contextlib
import os
from dataclasses import dataclass

from overseer.behaviors.base import Behavior
from overseer.model.program import Program
from overseer.safe_files import read_file, remove


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPidFile(Behavior):
    """Remove a stale pid file before the start (god: clean_pid_file); never one that names a
    living process, whoever's it is."""

    def before_start(self, name: str, program: Program) -> None:
        if program.pid_file is None or names_a_living_process(program.pid_file):
            return
        with contextlib.suppress(FileNotFoundError):
            remove(program.pid_file)


def names_a_living_process(path: str) -> bool:
    try:
        first = read_file(path, 64).split(b"\n")[0].strip()
        os.kill(int(first), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return True
