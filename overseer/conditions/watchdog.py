"""restart_if: [{watchdog: 30s}]"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene, Unknown
from overseer.model.units import Seconds
from overseer.units import show_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog(Polled):
    """Met when the process has not said WATCHDOG=1 *within* so long, counted from its start at
    first; at once when it says WATCHDOG=trigger (sd_notify(3), WatchdogSec= of systemd.service(5)).
    It is told by WATCHDOG_USEC; most say it twice as often. Of a process that was launched without,
    or was told a longer time, its silence says nothing: unknown, until it is restarted."""

    needs_process: ClassVar[bool] = True
    sudden: ClassVar[bool] = True
    listens: ClassVar[bool] = True
    brief: ClassVar[str] = "within"

    within: Seconds

    @property
    def reads(self) -> bool:
        return False

    def measure(self, scene: Scene) -> float | None:
        """Seconds of silence."""
        if scene.process is None:
            return None
        if scene.said.sick:
            return float("inf")
        worn, said = scene.worn, scene.said
        if worn.notify_socket is False or (worn.notify_socket and worn.watchdog is None):
            raise Unknown("its process was launched without a watchdog; restart it")
        if worn.watchdog is not None and worn.watchdog > self.within:
            longer = show_seconds(worn.watchdog)
            raise Unknown(f"its process was told {longer} when it was launched; restart it")
        return scene.now - max(scene.process.began, said.alive or 0.0, said.since)

    def met(self, value: float) -> bool:
        return value > self.within

    def show(self, value: float) -> str:
        return "WATCHDOG=trigger" if value == float("inf") else show_seconds(max(value, 0.0))

    def explain(self, value: float) -> str:
        if value == float("inf"):
            return "it has said WATCHDOG=trigger"
        return f"no WATCHDOG=1 for {show_seconds(value)}, limit {show_seconds(self.within)}"

    def limit(self) -> str:
        return f"within {show_seconds(self.within)}"
