"""Moments of the machine's clock, as people tell time. The one place where they are turned."""

from datetime import UTC, datetime

from overseer.ports import Clock

DAY = 86400.0


class Moments:
    """Reads both clocks once, so that all of one answer agrees."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now()
        self.wall = clock.wall()

    def text(self, moment: float | None) -> str | None:
        """RFC 3339, in the zone of the machine, of seconds of CLOCK_BOOTTIME."""
        return None if moment is None else told(self.wall - self.now + moment)

    def clock_time(self, moment: float) -> str:
        """`15:42:07`, with the date where it is not within a day."""
        at = datetime.fromtimestamp(self.wall - self.now + moment, UTC).astimezone()
        near = abs(moment - self.now) < DAY
        return at.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M")


def told(epoch: float, *, fine: bool = False) -> str:
    """RFC 3339, in the zone of the machine; *fine* to the millisecond."""
    at = datetime.fromtimestamp(epoch, UTC).astimezone()
    return at.isoformat(timespec="milliseconds" if fine else "seconds")
