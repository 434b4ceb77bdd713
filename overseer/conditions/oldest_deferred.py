"""alert_if: {oldest_deferred: {file: /var/lib/app/mail.db.mail.heartbeat, above: 15m}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene
from overseer.conditions.oldest_due import MINUTE, look
from overseer.mail.vitals import Report
from overseer.model.units import FullPath, Seconds
from overseer.units import show_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class OldestDeferred(Check):
    """Met when something in the mail worker's queue failed first longer than *above* ago and is
    still tried again, as all of it where a relay defers everything.

    Read from the same *file* as `oldest_due`, and unknown when that is.
    """

    brief: ClassVar[str] = "file"

    file: FullPath
    above: Seconds = 15 * MINUTE
    max_age: Seconds = MINUTE

    def measure(self, scene: Scene) -> Report | None:
        return look(self.file, self.max_age, scene)

    def met(self, value: Report) -> bool:
        return (value.oldest_deferred or 0.0) > self.above

    def show(self, value: Report) -> str:
        if value.oldest_deferred is None:
            return "nothing deferred"
        return f"{value.deferred} deferred, for {show_seconds(value.oldest_deferred)}"

    def explain(self, value: Report) -> str:
        count = f"{value.deferred} {'is' if value.deferred == 1 else 'are'} deferred"
        waits = show_seconds(value.oldest_deferred or 0.0)
        said = f": {value.deferred_text}" if value.deferred_text else ""
        return f"{count}, the oldest since {waits}, longer than {show_seconds(self.above)}{said}"

    def limit(self) -> str:
        return f"longer than {show_seconds(self.above)}"
