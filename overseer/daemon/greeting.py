"""What the daemon says of itself when it is ready."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence

from overseer import VERSION
from overseer.daemon.opening import Wanted
from overseer.doctor.finding import Level
from overseer.doctor.rivals import rivals
from overseer.options import RunOptions
from overseer.units import show_count

log = logging.getLogger("overseer")


def greet(watches: int, socket: str, options: RunOptions) -> None:
    runs = show_count(watches, "watch", "es")
    log.info("overseer %s, pid %s: %s, socket %s", VERSION, os.getpid(), runs, socket)
    if options.observe:
        log.info("only observing: nothing is started, stopped or signalled")
    if not options.daemonize and sys.stdin.isatty():
        what = "ends the daemon" if options.observe else "stops everything"
        log.info("Ctrl-C %s; in another terminal: overseer status", what)


def name_rivals() -> None:
    """Warn of other supervisors on this host: what both keep up would be started twice."""
    for finding in rivals():
        if finding.level is Level.WARNING:
            log.warning("%s: %s", finding.said, finding.do)


def also_loaded(given: Sequence[str], wanted: Wanted) -> Iterator[str]:
    """What the daemon runs with beside what it was given, for whoever has forgotten it."""
    for root in wanted.config.sources:
        if root not in given:
            said = f"{root} is loaded too, as an earlier `overseer load` named it; "
            log.info("%s`overseer unload %s` forgets it", said, root)
            yield f"{said}`overseer unload {root}` forgets it"
