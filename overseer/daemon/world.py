"""The ports of the engine, filled by the system; and what the daemon is, in facts."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from overseer import VERSION
from overseer.control.office import Facts
from overseer.paths import Paths
from overseer.ports import Rounds
from overseer.store.state import StateStore
from overseer.system import identity
from overseer.system.loop import Clock, Loop
from overseer.system.processes import LinuxProcesses


@dataclass(frozen=True, slots=True)
class World:
    clock: Clock
    processes: LinuxProcesses
    timers: Loop
    rounds: Rounds
    store: StateStore


def facts(where: Paths, log_dir: Path, host: str, *, observes: bool) -> Facts:
    return Facts(
        version=VERSION,
        pid=os.getpid(),
        since=time.time(),
        host=host,
        socket=where.socket,
        state_dir=where.state_dir,
        log_dir=str(log_dir),
        boot=identity.boot_id(),
        observes=observes,
    )
