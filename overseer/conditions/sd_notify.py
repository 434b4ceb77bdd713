"""ready: [sd_notify]"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Polled, Scene
from overseer.model.said import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class SdNotify(Polled):
    """Met when the process has said READY=1, as programs for systemd's `Type=notify` do
    (sd_notify(3)). Heard at once, not polled; a watch that asks for it is given NOTIFY_SOCKET."""

    needs_process: ClassVar[bool] = True
    listens: ClassVar[bool] = True
    said_once: ClassVar[bool] = True

    @property
    def reads(self) -> bool:
        return False

    def measure(self, scene: Scene) -> Said:
        return scene.said

    def met(self, value: Said) -> bool:
        return value.ready

    def show(self, value: Said) -> str:
        return value.status or ("READY=1" if value.ready else "no READY=1 yet")

    def limit(self) -> str:
        return "READY=1"

    def explain(self, value: Said) -> str:
        return f"it has said {self.show(value)}"
