"""What a row does that leads nowhere: a signal sent, a program run."""

from typing import Any

from overseer.config import task
from overseer.config.command import COMMAND_FORM, SIGNAL
from overseer.config.node import Table
from overseer.config.trouble import Troubles


def signal(node: Table, to: str | None, is_task: bool, troubles: Troubles) -> Any:
    given = node.entries.get("signal")
    if given is None:
        return None
    if is_task:
        return troubles.error(given.spot, f"signal {task.PROCESS}; leave it out")
    if to is not None:
        said = f"signal stands beside to: {to}; a row does one of them, write two rows"
        return troubles.error(given.spot, said)
    return SIGNAL.read(given.node, "signal", troubles)


def run(node: Table, to: str | None, troubles: Troubles) -> Any:
    given = node.entries.get("run")
    if given is None:
        return None
    beside = f"to: {to}" if to is not None else "signal" if "signal" in node.entries else ""
    if beside:
        said = f"run stands beside {beside}; a row does one of them, write two rows"
        return troubles.error(given.spot, said)
    return COMMAND_FORM.read(given.node, "run", troubles)
