"""when: process_exits"""

from dataclasses import dataclass
from typing import ClassVar

from overseer.conditions.base import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessExits(Condition):
    """Met when the process ends uninvited (god: process_exits).

    *expected* asks for ends with (true) or without (false) one of the watch's success_codes.
    """

    polled: ClassVar[bool] = False

    expected: bool | None = None
