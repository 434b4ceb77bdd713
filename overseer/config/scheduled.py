"""A program with a schedule in a watch file: run at its moments, and not kept up."""

from overseer.config import task
from overseer.config.node import Table
from overseer.config.trouble import Troubles

KEYS = frozenset(
    {
        *task.DRESS,
        *("command", "shell", "uid", "gid", "schedule", "success_codes", "start_timeout"),
        *("stop_signal", "stop_timeout", "stop_signals", "autostart", "tags", "notify", "was"),
        "depends_on",
    }
)
"""Of the keys of a watch those that it has too."""
KEPT_UP = "is about a program that is kept up, and one with a schedule is not"
INSTEAD = {
    "start": "write command for what is to be run",
    "pid_file": "write command for what is to be run, and leave pid_file out",
    "restart_at": "restart_at is for a program that is kept up; leave out one of the two",
    "states": "states are a task's, which asks its conditions every `interval`; for a program that"
    " is run at moments write command and leave states out, or leave schedule out",
    "initial_state": "initial_state is a task's; leave it out",
}


def is_scheduled(watch: Table) -> bool:
    return "schedule" in watch.entries


def expand(name: str, watch: Table, troubles: Troubles) -> Table:
    """Without what it cannot have, which is blamed."""
    strange = [key for key in watch.entries if key not in KEYS]
    for key in strange:
        said = INSTEAD.get(key, f"{key} {KEPT_UP}; leave it out")
        troubles.error(watch.entries[key].spot, f"{name}: {said}")
    return watch.without(strange)
