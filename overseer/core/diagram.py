"""The state diagram, drawn from the machine itself: every change of life that one event makes."""

from collections.abc import Iterator
from dataclasses import replace

from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.core.machine import step
from overseer.model import event as happened
from overseer.model.event import Event, Timer, Verb
from overseer.model.process import Exit, Process
from overseer.model.program import Program
from overseer.model.state import Goal, Life
from overseer.model.status import Errand, Job, Stage, Status, Then
from overseer.model.transition import Transition
from overseer.model.watch import Watch

NOW = 1000.0
BOOT = "boot"
IT = Process(7, 90_000, BOOT)
NEW = Process(8, 99_000, BOOT)
COMMAND = Process(9, 99_000, BOOT)
ROWS = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("up",), ProcessExits(), "start"),
)
FOREGROUND = Program(command=("serve",))
DAEMON = Program(start=("control", "start"), pid_file="/run/it.pid", kill="process")
ASKED_FOR = {
    Life.LAUNCHING: Errand(id="1", job=Job.LAUNCH, boot=BOOT, ticks=0, began=NOW),
}
STATES = {Life.DOWN: "stop", Life.ALIVE: "up", Life.LOOKING: "init"}
THENS = dict.fromkeys(
    (Life.LOOKING, Life.LAUNCHING, Life.STOPPING, Life.STUCK, Life.UNKNOWN),
    (Then.NOTHING, Then.RUN, Then.END),
)
EVENTS: dict[str, Event] = {
    "start": happened.Asked(Verb.START, "alice", "", 2),
    "stop": happened.Asked(Verb.STOP, "alice", "", 2),
    "restart": happened.Asked(Verb.RESTART, "alice", "", 2),
    "unmonitor": happened.Asked(Verb.UNMONITOR, "alice", "", 2),
    "launched": happened.Launched("1", NEW),
    "cannot be launched": happened.LaunchFailed("1", "no such file", True),
    "exits": happened.Exited(IT, Exit(code=1)),
    "exits, leaving others": happened.Exited(IT, Exit(code=1), left=True),
    "its command ends": happened.Exited(COMMAND, Exit(code=0)),
    "found": happened.Looked(3, NEW),
    "not found": happened.Looked(3),
    "cannot be told": happened.Looked(3, doubt="unreadable"),
    "nothing left": happened.Swept(IT, 0),
    "survives SIGKILL": happened.Swept(IT, 1),
    "its command survives SIGKILL": happened.Swept(COMMAND, 1),
    "timer": happened.TimerRang(Timer.LIFE, NOW),
    "the daemon begins": happened.Begun(BOOT),
}


def begin(life: Life, program: Program, then: Then, insisted: bool) -> Status:
    """A watch in this life, with what belongs to it."""
    living = life in (Life.GRACE, Life.ALIVE, Life.STUCK, Life.STOPPING)
    return Status(
        name="it",
        boot=BOOT,
        goal=Goal.UP,
        state=STATES.get(life, "start"),
        life=life,
        process=IT if living else None,
        program=program,
        errand=ASKED_FOR.get(life),
        then=then,
        due=NOW,
        token=3,
        stop_deadline=NOW if life is Life.STOPPING else None,
        stop_step=2 if insisted else 0,
        up_at=NOW if life is Life.ALIVE else None,
    )


def beginnings(life: Life) -> Iterator[Status]:
    for program in (FOREGROUND, DAEMON):
        for then in THENS.get(life, (Then.NOTHING,)):
            for insisted in (False, True):
                yield begin(life, program, then, insisted)
    if life is Life.LAUNCHING:
        errand = Errand(id="2", job=Job.START, boot=BOOT, ticks=0, began=NOW, process=COMMAND)
        for stage in (Stage.RUNNING, Stage.JUDGING, Stage.KILLED):
            yield replace(
                begin(life, DAEMON, Then.NOTHING, False), errand=replace(errand, stage=stage)
            )
    if life is Life.STOPPING:
        yield replace(begin(life, FOREGROUND, Then.NOTHING, False), process=None, remains=IT)


def moves() -> list[str]:
    """`down --> launching: start`, one line for each change and what may cause it."""
    found: dict[tuple[Life, Life], dict[str, None]] = {}
    for life in Life:
        for before in beginnings(life):
            for label, event in EVENTS.items():
                watch = Watch(name="it", program=before.program or FOREGROUND, transitions=ROWS)
                after = step(watch, before, event, NOW).status.life
                if after is not life:
                    found.setdefault((life, after), {})[label] = None
    return [f"{was} --> {now}: {', '.join(labels)}" for (was, now), labels in found.items()]


def draw() -> str:
    """In Mermaid's words."""
    return "\n".join(["stateDiagram-v2", "    [*] --> down", *(f"    {move}" for move in moves())])


if __name__ == "__main__":
    print(draw())
