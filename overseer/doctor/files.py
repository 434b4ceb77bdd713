"""Watch files and overseer's own folders: readable, and nobody else's to write."""

import os
import sys
from collections.abc import Iterator, Sequence

from overseer.doctor.finding import Finding, ok, problem, warning
from overseer.paths import Paths
from overseer.trust import Trust, Untrusted

CHECK = "watch files"
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ALLOWED = "allowed"


def files(paths: Sequence[str], trust: Trust) -> Iterator[Finding]:
    """*trust* is of the uid that overseer runs as: whoever writes them runs what he likes."""
    findings = [found for path in paths for found in _one(path, trust)]
    yield from findings
    if not findings:
        count = f"{len(paths)} file{'s' * (len(paths) != 1)}"
        yield ok(CHECK, f"{count}, readable, and no one else may write them")


def own_folders(where: Paths, trust: Trust) -> Iterator[Finding]:
    """Overseer itself, where it keeps what it believes, and what it writes."""
    if not trust.uid and (untrusted := trust.of(PACKAGE) or trust.of(sys.executable)):
        yield warning("overseer", f"{untrusted.whole}, which root runs", untrusted.commands)
    socket = os.path.dirname(where.socket)
    for check, path, content in (
        ("state folder", where.state_dir, True),
        ("log folder", where.log_dir, True),
        ("socket", socket, False),
    ):
        if os.path.exists(path) and (untrusted := trust.of(path, content=content)):
            yield _finding(check, untrusted, trust)


def allowed(trust: Trust) -> Iterator[Finding]:
    """What is trusted although others may write there."""
    strict = Trust(trust.uid)
    for path in sorted(trust.allowed):
        if untrusted := strict.of(path, content=True):
            said = f"{untrusted.whole}; --allow-untrusted {path} lets them"
            yield warning(ALLOWED, said, untrusted.commands)


def _one(path: str, trust: Trust) -> Iterator[Finding]:
    try:
        os.stat(path)
    except OSError as error:
        said = f"{path}: {str(error.strerror).lower()}"
        yield problem(CHECK, said, "put it back, or `overseer load` the files there are")
        return
    if not os.access(path, os.R_OK):
        yield problem(CHECK, f"{path} cannot be read", f"chmod u+r {path}, or ask with sudo")
    if untrusted := trust.of(path):
        yield _finding(CHECK, untrusted, trust)


def _finding(check: str, untrusted: Untrusted, trust: Trust) -> Finding:
    """A group that an ordinary user shares files with may do all that he may."""
    if trust.uid and untrusted.is_shared:
        return warning(check, untrusted.whole, f"{untrusted.commands}, unless that is meant")
    return problem(check, untrusted.whole, untrusted.mend)
