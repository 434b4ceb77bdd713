"""What the daemon says of itself when it is ready."""

import logging
import os
import sys

from overseer import VERSION
from overseer.doctor.finding import Level
from overseer.doctor.rivals import rivals

log = logging.getLogger("overseer")


def greet(watches: int, socket: str, *, foreground: bool) -> None:
    said = f"{watches} watch{'' if watches == 1 else 'es'}, socket {socket}"
    log.info("overseer %s, pid %s: %s", VERSION, os.getpid(), said)
    if foreground and sys.stdin.isatty():
        log.info("Ctrl-C stops everything; in another terminal: overseer status")


def name_rivals() -> None:
    """Warn of other supervisors on this host: what both keep up would be started twice."""
    for finding in rivals():
        if finding.level is Level.WARNING:
            log.warning("%s: %s", finding.said, finding.do)
