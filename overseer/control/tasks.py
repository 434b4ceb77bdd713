"""Tasks and schedules among the watches that an operator means: some verbs are for a process that
is kept up, and they have none; one is for schedules alone."""

from collections.abc import Mapping

from overseer.control.names import Choice
from overseer.control.pursuit import Result
from overseer.errors import FAILED
from overseer.model.watch import Watch

OF_A_TASK = {
    "stop": "`overseer unmonitor {name}` ends its command and has it do nothing",
    "restart": "`overseer start {name}` takes it back to the state {first}",
    "reload": "`overseer load` reads its file again",
    "signal": "`overseer unmonitor {name}` ends the command of its state",
    "adopt": "write a watch with `command:` for that process",
}


OF_A_SCHEDULE = {
    "restart": "`overseer trigger {name}` runs it now",
    "reload": "`overseer load` reads its file again",
    "signal": "`overseer stop {name}` ends its run",
    "adopt": "write a watch without `schedule:` for that process",
}


def why_not(do: str, watch: Watch) -> str:
    """What to type instead; "" where it can be done."""
    if do == "trigger" and watch.schedule is None:
        return f"{watch.name}: has no schedule; `overseer start {watch.name}` has it up"
    instead = {"task": OF_A_TASK, "scheduled": OF_A_SCHEDULE}.get(watch.kind, {}).get(do)
    if instead is None:
        return ""
    said = instead.format(name=watch.name, first=watch.first_state)
    return f"{watch.name}: {what(do, watch)}; {said}"


def what(do: str, watch: Watch) -> str:
    if do == "trigger":
        return "has no schedule"
    return f"is {KINDS[watch.kind]}, without a process to {do}"


KINDS = {"task": "a task", "scheduled": "run by a schedule"}


def set_aside(
    do: str, choice: Choice, watches: Mapping[str, Watch]
) -> tuple[Choice, tuple[Result, ...]]:
    """The others, and those refused: one that was named. One that a tag, a glob or --all has
    brought in is left out."""
    chosen, refused, left_out = [], [], list(choice.left_out)
    for one in choice.chosen:
        why = why_not(do, watches[one.name])
        if not why:
            chosen.append(one)
        elif one.words == one.name:
            refused.append(Result(one.name, FAILED, why))
        else:
            said = what(do, watches[one.name]).removeprefix("is ")
            left_out.append(f"{one.name} ({said})")
    return Choice(tuple(chosen), tuple(left_out)), tuple(refused)
