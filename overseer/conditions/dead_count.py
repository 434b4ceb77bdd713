"""alert_if: {dead_count: {file: /var/lib/app/mail.db.mail.heartbeat, above: 0}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene
from overseer.conditions.oldest_due import MINUTE, look
from overseer.mail.vitals import Report
from overseer.model.units import FullPath, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadCount(Check):
    """Met when the mail worker's queue has more than *above* that will not be tried again.

    Read from the same *file* as `oldest_due`, and unknown when that is.
    """

    brief: ClassVar[str] = "file"

    file: FullPath
    above: int = 0
    max_age: Seconds = MINUTE

    def __post_init__(self) -> None:
        if self.above < 0:
            raise ValueError(f"above: {self.above} is always exceeded; write 0")

    def measure(self, scene: Scene) -> Report | None:
        return look(self.file, self.max_age, scene)

    def met(self, value: Report) -> bool:
        return value.dead > self.above

    def show(self, value: Report) -> str:
        return f"{value.dead} dead"

    def explain(self, value: Report) -> str:
        return f"{value.dead} dead in the mail queue, more than {self.above}"

    def limit(self) -> str:
        return f"more than {self.above}"
