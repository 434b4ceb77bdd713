"""kill -9 of the worker's process group, again and again."""

import time
from pathlib import Path

from overseer.outbox.limits import Limits
from storms.post import kill, post, wait
from storms.verdict import Verdict

MOST = 3
"""Copies that a kill may cost, on average; one alone at most what a worker holds."""
HELD = Limits().most_leased
AFTERMATH = 0.1
"""Seconds in which the server reads what the dead worker has written."""


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    with post(folder, url) as here:
        here.serve()
        put = here.put(mails)
        cost, known = [], set[str]()
        for number in range(kills):
            worker = here.work()
            goal = (number + 1) * mails // (kills + 1)
            wait(lambda goal=goal: here.came() >= goal)  # type: ignore[misc]
            kill(worker)
            time.sleep(AFTERMATH)
            # What has gone on its way but is not recorded, and was not so before.
            unrecorded = here.unrecorded()
            cost.append(len(unrecorded - known))
            known |= unrecorded
        here.work()
        here.run_dry()
        found = here.arrived()
    most = HELD if url else MOST  # a server takes longer for a commit
    return Verdict(
        what=f"{mails} mails, {kills} kills",
        lost=found.lost(put),
        twice=found.twice,
        others=found.others(put),
        bar=f"at most {most} twice a kill, {HELD} after one, under their first Message-IDs",
        within=sum(cost) <= most * kills and max(cost, default=0) <= HELD,
        more=(f"that is {sum(cost) / kills:.1f} a kill: {' '.join(map(str, cost))}",),
    )
