"""when: {flapping: {to_state: [start, restart], times: 5, within: 5m, retry_in: 10m}}"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Condition, Times
from overseer.model.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping(Condition):
    """Met when one more launch is needed and the last *launches* came too fast (god: flapping).

    Only in a lifecycle. `times` in the watch file is *launches*.times here, a plain number.
    """

    polled: ClassVar[bool] = False

    times: Times
    within: Seconds
    from_state: tuple[str, ...] = ()
    to_state: tuple[str, ...] = ()
    retry_in: Seconds | None = None
    retry_times: int | None = None
    retry_within: Seconds | None = None
