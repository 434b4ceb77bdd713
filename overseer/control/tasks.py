"""Tasks among the watches that an operator means: some verbs are for a process, and they have
none."""

from collections.abc import Mapping

from overseer.control.names import Choice
from overseer.control.orders import Result
from overseer.errors import FAILED
from overseer.model.watch import Watch

INSTEAD = {
    "stop": "`overseer unmonitor {name}` ends its command and has it do nothing",
    "restart": "`overseer start {name}` takes it back to the state {first}",
    "reload": "`overseer load` reads its file again",
    "signal": "`overseer unmonitor {name}` ends the command of its state",
    "adopt": "write a watch with `command:` for that process",
}


def why_not(do: str, watch: Watch) -> str:
    """What to type instead; "" where it can be done."""
    if not watch.is_task or do not in INSTEAD:
        return ""
    instead = INSTEAD[do].format(name=watch.name, first=watch.first_state)
    return f"{watch.name}: is a task, without a process to {do}; {instead}"


def set_aside(
    do: str, choice: Choice, watches: Mapping[str, Watch]
) -> tuple[Choice, tuple[Result, ...]]:
    """The others, and those refused: a task that was named. One that a tag, a glob or --all has
    brought in is left out."""
    chosen, refused, left_out = [], [], list(choice.left_out)
    for one in choice.chosen:
        why = why_not(do, watches[one.name])
        if not why:
            chosen.append(one)
        elif one.words == one.name:
            refused.append(Result(one.name, FAILED, why))
        else:
            left_out.append(f"{one.name} (a task, without a process to {do})")
    return Choice(tuple(chosen), tuple(left_out)), tuple(refused)
