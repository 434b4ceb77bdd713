"""Make-believe worlds: a fake clock, pretend processes, whole lives of a watch.

life = Life(Watch(name="web", program=Program(command=("serve",))))
life.passes(5)
life.exits(code=1)
assert life.phase == "up"
"""

from overseer.testing.fakes import (
    BOOT,
    DAYBREAK,
    FakeClock,
    FakeRounds,
    FakeStore,
    FakeTimers,
)
from overseer.testing.lives import FakeWorld, Life, Lives
from overseer.testing.processes import FakeProcesses, Pretend

__all__ = [
    "BOOT",
    "DAYBREAK",
    "FakeClock",
    "FakeProcesses",
    "FakeRounds",
    "FakeStore",
    "FakeTimers",
    "FakeWorld",
    "Life",
    "Lives",
    "Pretend",
]
