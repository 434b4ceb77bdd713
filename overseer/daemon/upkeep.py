"""What the loop looks after now and then, because nothing tells of it."""

from overseer.crew import shortage
from overseer.daemon.chores import Chores
from overseer.daemon.herald import Herald
from overseer.system import daemon
from overseer.system.deaths import Deaths

LOOK_AFTER = 5.0
"""Seconds between two looks for orphans to reap; less where systemd wants to hear more often."""
TRY_AGAIN = 1.0
"""Seconds between tries for a thread that the system did not have."""
BURY_EVERY = 60.0
"""Seconds between two looks for ends that were not heard of."""


class Upkeep:
    def __init__(self, now: float, deaths: Deaths, chores: Chores, herald: Herald) -> None:
        self._deaths = deaths
        self._chores = chores
        self._herald = herald
        self._look_after = min(LOOK_AFTER, daemon.watchdog_interval() or LOOK_AFTER)
        self._looked_after = 0.0
        self._buried = now

    def turn(self, now: float) -> float:
        """Do what is due; the moment of the next turn."""
        if now >= self._looked_after + self._look_after:
            self._looked_after = now
            self._deaths.reap_orphans()
            self._deaths.oom.turn()
            self._chores.turn(now)
            self._herald.turn(now)
            daemon.tell_manager("WATCHDOG=1")
        if now >= self._buried + BURY_EVERY:
            self._buried = now
            self._deaths.bury_unheard()
        following = self._looked_after + self._look_after
        return following if shortage.retry() else min(following, now + TRY_AGAIN)
