"""A relay with habits: 421 after so many mails, or a connection that ends before the 250."""

from pathlib import Path

from storms.post import post
from storms.verdict import Verdict

MOST = 7
"""Mails over one connection."""
EVERY = 20
"""Of so many mails one is cut off: each pauses the queue for a second."""


def says_421(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    with post(folder, url) as here:
        put = here.put(mails)
        here.serve("--most", str(MOST))
        here.work()
        here.run_dry()
        found = here.arrived()
        attempts = sum(row.attempts for row in here.outbox.rows("sent", mails))
        pauses = len(here.outbox.pauses())
    return Verdict(
        what=f"{mails} mails, 421 after each {MOST} of a connection",
        lost=found.lost(put),
        twice=found.twice,
        others=found.others(put),
        bar="none twice, no attempt counted, no pause left",
        within=not found.twice + attempts + pauses,
        more=(f"attempts counted: {attempts}",),
    )


def cuts_off(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    cut = range(0, mails, EVERY)
    with post(folder, url) as here:
        put = here.put(mails)
        here.serve(*(word for n in cut for word in ("--drop", f"u{n}@example.com")))
        here.work()
        here.run_dry()
        found = here.arrived()
        attempts = sum(row.attempts for row in here.outbox.rows("sent", mails))
    most = max(found.times().values(), default=0)
    return Verdict(
        what=f"{mails} mails, {len(cut)} cut off after DATA, before the 250",
        lost=found.lost(put),
        twice=found.twice,
        others=found.others(put),
        bar="each of them at most twice, under its first Message-ID, the others once",
        within=most <= 2 and found.twice <= len(cut) and not attempts,
    )
