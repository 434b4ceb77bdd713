"""What a task is made of: states of its own, and what is run when one is entered."""

from dataclasses import dataclass

from overseer.model.program import Argv


@dataclass(frozen=True, slots=True)
class TaskState:
    """*command* is run when the state is entered (god: a task's `<state>=`); None for nothing.
    *timeout* are the seconds it has; None: the watch's start_timeout."""

    name: str
    command: Argv | None = None
    timeout: float | None = None
