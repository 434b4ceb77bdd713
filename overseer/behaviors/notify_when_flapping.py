"""behaviors: [{notify_when_flapping: {failures: 5, seconds: 1m, notifier: ops}}]"""

from dataclasses import dataclass

from overseer.behaviors.base import Behavior
from overseer.model.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyWhenFlapping(Behavior):
    """god's words for `flapping: {times: 5, within: 1m, notify: ops}`, which is what a watch that
    has this behavior gets: told once and held back, where god told of every further start."""

    failures: int = 8
    seconds: Seconds = 300.0
    notifier: tuple[str, ...] = ()
