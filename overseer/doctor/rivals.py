"""Other supervisors on this host: two that keep one program up undo each other's work."""

import os
from collections.abc import Iterator

from overseer.doctor.finding import Finding, ok, warning

CHECK = "other supervisors"
SCRIPTS = {"god": "god", "supervisord": "supervisord", "circusd": "circusd", "eye": "eye"}
"""By the name of the script that an interpreter runs, or of the program itself."""
NAMES = SCRIPTS | {"monit": "monit"}
TITLES = {"PM2 v": "pm2", "eye monitoring": "eye"}
"""By how a process has renamed itself."""
INTERPRETERS = ("python", "ruby", "node", "perl", "sh", "bash")


def rivals(proc: str = "/proc") -> Iterator[Finding]:
    found = sorted({(name, pid) for pid in _pids(proc) if (name := _rival(proc, pid))})
    for name, pid in found:
        do = f"see that no program is in both its files and yours; `{QUIT.get(name, name)}` ends it"
        yield warning(CHECK, f"{name} runs too (pid {pid})", do)
    if not found:
        yield ok(CHECK, "none runs")


QUIT = {
    "god": "god quit",
    "monit": "monit quit",
    "supervisord": "supervisorctl shutdown",
    "circusd": "circusctl quit",
    "pm2": "pm2 kill",
    "eye": "eye quit",
}


def _pids(proc: str) -> list[int]:
    return [int(name) for name in os.listdir(proc) if name.isdigit()]


def _rival(proc: str, pid: int) -> str | None:
    """By its command line; a process that only mentions one is none."""
    try:
        with open(f"{proc}/{pid}/cmdline", "rb") as file:
            line = file.read(4096).decode(errors="replace")
    except OSError:  # gone, or not ours to look at
        return None
    for title, name in TITLES.items():
        if line.startswith(title):
            return name
    words = [os.path.basename(word) for word in line.split("\0")]
    script = words[1] if words[0].rstrip("0123456789.").startswith(INTERPRETERS) else words[0]
    return NAMES.get(script)
