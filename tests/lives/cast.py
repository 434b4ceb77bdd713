"""What stories are made of: programs, the graph of god's example, a flapping row, a task."""

from overseer.conditions.base import Times
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.disk_usage import DiskUsage
from overseer.conditions.flapping import Flapping
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.conditions.tries import Tries
from overseer.model.program import Program, StopStep
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.watch import Watch

MB = 2**20
GOD = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("start", "restart"), Tries(times=Times(5, 5)), "start"),
    Transition(("up",), ProcessExits(), "start"),
    Transition(("up",), MemoryUsage(above=100 * MB, times=Times(3, 5)), "restart"),
    Transition(("up",), CpuUsage(above=50.0, times=Times(5, 5)), "restart"),
)
TRIES, MEMORY = 2, 4
"""Rows of GOD that stories answer."""


def held(
    times: int = 5,
    within: float = 300.0,
    retry_in: float | None = 600.0,
    retry_times: int | None = 5,
    retry_within: float | None = 7200.0,
    to_state: tuple[str, ...] = ("start", "restart"),
) -> Transition:
    """The flapping row of a lifecycle."""
    limit = Flapping(
        times=Times(times, times),
        within=within,
        to_state=to_state,
        retry_in=retry_in,
        retry_times=retry_times,
        retry_within=retry_within,
    )
    return Transition((), limit, "unmonitored")


FOREGROUND = Program(command=("worker",), stop_signals=(StopStep(15, 30.0),))
DAEMON = Program(
    start=("control", "start"),
    stop=("control", "stop"),
    restart=("control", "restart"),
    pid_file="/run/worker.pid",
    kill="process",
    leftovers="ignore",
    stop_signals=(StopStep(15, 45.0),),
)

FULL, TIDY = 0, 1
"""Rows of the guard that stories answer; in its lifecycle there is one that leads to full."""


def disk(above: float) -> DiskUsage:
    return DiskUsage(mount_point="/", above=above)


def guard() -> Watch:
    """A task that has an eye on the disk."""
    return Watch(
        name="guard",
        program=Program(user="deploy"),
        states=(
            TaskState("ok"),
            TaskState("cleaning", ("clean-tmp",)),
            TaskState("full", ("page-me",)),
        ),
        initial_state="ok",
        transitions=(
            Transition(("ok",), disk(90.0), "cleaning"),
            Transition(("cleaning",), disk(80.0), "full", "ok"),
        ),
        lifecycle=(Transition((), disk(99.0), "full"),),
    )
