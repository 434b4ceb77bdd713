"""One step in the making: the status as it changes, and the actions asked for on the way."""

from dataclasses import dataclass, field
from typing import Any

from overseer.model.action import Action, Tell
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.state import Hold, Life
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch


@dataclass(frozen=True, slots=True)
class Ended:
    """An uninvited end, or a start that came to nothing; to be shown to the graph."""

    exit: Exit | None
    ran_for: float | None = None
    failed_start: str = ""
    hopeless: bool = False
    background: str = ""  # where to it has gone


@dataclass(slots=True)
class Turn:
    """Lives for one call of `step`. *by* is who stands behind it, "" for overseer itself."""

    watch: Watch
    status: Status
    now: float
    by: str = ""
    order: str = ""  # what somebody asks for in this step: `stop by ada`
    ended: Ended | None = None
    stopped: bool = False  # in this step the last of a process that was being stopped has ended
    terminated: bool = False  # the daemon before has ended all that is looked after
    bound_for: str | None = None  # a state that the life, not the graph, asks for
    bound_why: str = ""
    checked: bool = False  # check_before_restart has said yes
    row: Transition | None = None  # whose answer this is
    actions: list[Action] = field(default_factory=list)

    def set(self, **changes: Any) -> None:  # the names are Status's own
        self.status = self.status.but(changes)

    def do(self, *actions: Action) -> None:
        self.actions.extend(actions)

    def tell(self, kind: Kind, message: str, **more: Any) -> None:  # the names are News's own
        self.actions.append(Tell(News(kind=kind, message=message, **more)))

    def becomes(self, life: Life, due: float | None) -> None:
        """Change the life; *due* is when it is looked after again, if ever."""
        waited = self.status.waited
        if self.status.waiting_since is not None:
            waited += self.now - self.status.waiting_since
        since = self.now if life is Life.WAITING else None
        if life is not self.status.life:
            self.set(trouble="")
        self.set(life=life, due=due, waited=waited, waiting_since=since)
        if life is not Life.ALIVE and self.status.reloading is not None:
            self.loses_reload()

    def loses_reload(self) -> None:
        """The process that was to be reloaded does not go on as it is."""
        why = f"{self.order} came in between" if self.order else "its process did not go on"
        self.set(reloading=None, reload_heard=False, reload_asked=False)
        self.set(reload_failure=f"not reloaded: {why}")

    def goes(self, state: str, why: str) -> None:
        self.bound_for, self.bound_why = state, why

    @property
    def program(self) -> Program:
        """What the living process was launched as, else what the watch says now."""
        return self.status.program or self.watch.program

    def forget_counts(self) -> None:
        """Nothing that happened before counts any more; no hold stands."""
        self.lift()
        self.set(launches=(), young=0, flaps=())

    def lift(self) -> None:
        """No hold stands. What was left running has to show anew that it is steady: its checks
        may restart it again."""
        if self.status.hold is Hold.CHECKS and self.status.process:
            self.set(steady_due=self.now + self.watch.restart_delay.reset_after)
        self.set(hold=Hold.NONE, hold_due=None, held_by="", held_row="")
