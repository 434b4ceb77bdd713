"""alert_if: {oldest_due: {file: /var/lib/app/mail.db.mail.heartbeat, above: 10m}}"""

import time
from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Check, Scene, Unknown
from overseer.mail.vitals import Report, read
from overseer.model.units import FullPath, Seconds
from overseer.outbox.moment import boot_id
from overseer.units import show_seconds

MINUTE = 60.0
NOTICED_AFTER = 30.0
"""Seconds that a queue is paused before people are told where they ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldestDue(Check):
    """Met when what is due in the mail worker's queue has waited for longer than *above*; with
    *stuck* only if it has settled nothing for as long, though no pause holds the queue back.

    The worker writes its figures into *file* every few seconds: what is older than *max_age*, or
    was written before the process began, is unknown. The queue itself is not opened.
    """

    brief: ClassVar[str] = "file"

    file: FullPath
    above: Seconds = 10 * MINUTE
    stuck: bool = False
    max_age: Seconds = MINUTE

    def measure(self, scene: Scene) -> Report | None:
        return look(self.file, self.max_age, scene)

    def met(self, value: Report) -> bool:
        return self._waits(value) > self.above

    def show(self, value: Report) -> str:
        if value.oldest_due is None:
            return "nothing due"
        return f"{'stuck' if self.stuck else 'due'} for {show_seconds(self._waits(value))}"

    def explain(self, value: Report) -> str:
        waits, most = show_seconds(self._waits(value)), show_seconds(self.above)
        if self.stuck:
            return (
                f"the mail worker has settled nothing for {waits}, longer than {most}, though there"
                " is something to do and nothing holds it back"
            )
        held = f": {value.why_held}" if value.paused else ""
        return f"the oldest due in the queue has waited {waits}, longer than {most}{held}"

    def notice(self, value: Report) -> str:
        """What holds the queue back, long before it is too long."""
        long = any(one.seconds >= NOTICED_AFTER for one in value.paused)
        return value.why_held if long and not self.stuck else ""

    def limit(self) -> str:
        return f"longer than {show_seconds(self.above)}"

    def _waits(self, value: Report) -> float:
        return value.stuck if self.stuck else value.oldest_due or 0.0


def look(file: str, max_age: float, scene: Scene) -> Report:
    """What the worker said of itself last. Raises Unknown, OSError."""
    try:
        report = read(file)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {file}") from None
    except ValueError as error:
        raise Unknown(str(error)) from None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - report.uptime
    if report.boot != boot_id():
        raise Unknown(f"{file} was written before the machine was started")
    if scene.process is not None and report.uptime < scene.process.began:
        raise Unknown(f"{file} has not been written by this process yet")
    if abs(age) > max_age:
        longest = show_seconds(max_age)
        raise Unknown(f"{file} was written {show_seconds(abs(age))} ago, longer than {longest}")
    if report.trouble:
        raise Unknown(f"the mail worker cannot look into its queue: {report.trouble}")
    return report
