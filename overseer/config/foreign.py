"""Configurations of other tools, which are told from broken watch files by what they look like."""

import re
from collections.abc import Collection, Mapping

from overseer.config.keys import EXPLICIT, SYNONYMS

GOD = re.compile(
    r"^[ \t]*God(::[A-Z]\w*)*\.[a-z_]+\b|^[^#\n]*\bGod\.(watch|contact|task)\b\s*(do\b|\(|\{)",
    re.MULTILINE,
)
OTHERS: Mapping[str, str] = {
    "supervisor": r"^\[(program|group|fcgi-program|eventlistener|rpcinterface):[^\]\n]+\][ \t]*$"
    r"|^\[(unix_http_server|inet_http_server|supervisord|supervisorctl)\][ \t]*$",
    "systemd": r"^\[(Unit|Service|Install|Timer|Socket)\][ \t]*$",
    "monit": r"^[ \t]*check\s+(process|host|file|program|system|filesystem|directory)\s+\S+"
    r"(\s+(with|matching|address|path|pidfile)\b|\s*$)",
    "pm2": r"^[ \t]*module\.exports\s*=|^apps:[ \t]*\n\s*-\s|\A\s*\{\s*\"apps\"\s*:",
}
PATTERNS = {tool: re.compile(pattern, re.MULTILINE) for tool, pattern in OTHERS.items()}
PROCFILE = re.compile(r"[A-Za-z0-9_-]+:\s+[^\s{\[|>&*!\"'].*")
"""A line of one: `web: bundle exec puma`."""
OURS = EXPLICIT | SYNONYMS.keys()
"""Keys of a watch, which somebody may have written without `watches`."""
WRITE = "write watches: {NAME: {command: …}}"


def recognise(text: str, file: str, sections: Collection[str]) -> tuple[int, str] | None:
    """The line where it shows that *text* is of another tool, and what to do; None for what may
    be a watch file: it begins one of *sections*."""
    if GOD.search(text):
        said = "this is a god configuration; turn it into a watch file: "
        return 1, f"{said}overseer import god {file}"
    if not sections or re.search(rf"^({'|'.join(sections)})\s*:", text, re.MULTILINE):
        return None
    for tool, pattern in PATTERNS.items():
        if match := pattern.search(text):
            line = text.count("\n", 0, match.start()) + 1
            return line, f"this is a file of {tool}; {WRITE}"
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    names = {line.partition(":")[0] for line in lines}
    if lines and all(map(PROCFILE.fullmatch, lines)) and not names & OURS:
        return 1, f"this is a Procfile; {WRITE}"
    return None
