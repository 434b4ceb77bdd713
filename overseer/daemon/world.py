"""The ports of the engine, filled by the system."""

from dataclasses import dataclass

from overseer.ports import Rounds
from overseer.store.state import StateStore
from overseer.system.loop import Clock, Loop
from overseer.system.processes import LinuxProcesses


@dataclass(frozen=True, slots=True)
class World:
    clock: Clock
    processes: LinuxProcesses
    timers: Loop
    rounds: Rounds
    store: StateStore
