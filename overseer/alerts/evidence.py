"""The last lines of a program's log, as they are shown to people: bounded, and without secrets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from overseer.alerts.error_line import error_line
from overseer.model.log_file import LogPiece

LINES = 20
LONGEST_LINE = 500
OVERLAP = 200
"""Characters of a long line that are looked through for secrets beyond what is shown of it."""
MOST_SHOWN = 8 * 2**10
"""Characters of all lines together."""
NOT_FOR_A_SCREEN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
WORD = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|credentials?|(?:api|access|private)[_-]?key", re.I
)
"""Names for what nobody is to read. All patterns here have bounds: they read anybody's text."""
NAMED = re.compile(r"(?:[_-][\w-]{0,40})?['\"]?\s{0,5}[:=]\s{0,5}['\"]?(?=[^\s'\",;&])")
"""After a WORD: `: "x`, `_id=x`."""
SPACED = re.compile(r"\s{1,5}(?=[^\s'\"-])")
"""After an option that is a WORD."""
VALUE = re.compile(r"[^\s'\",;&]{1,1000}")
ARGUMENT = re.compile(r"\S{1,1000}")
OTHERS = re.compile(
    # postgres://user:x@; bearer x; cookie: x
    r"(?i)(?<=://)([^/\s:@]{0,100}:)[^/\s@]{1,300}(?=@)"
    r"|(\b(?:authorization:\s{0,5}\w{1,20}|bearer)\s{1,5})[^\s'\",;]{6,}"
    r"|(\bcookie:\s{0,5})\S.*"
)
SECRET = "(secret)"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """*error_line* is the one that says what went wrong, "" where none does; *note*: why there
    are no lines."""

    log: str = ""
    lines: tuple[str, ...] = ()
    error_line: str = ""
    note: str = ""


def excerpt(pieces: Sequence[LogPiece], secrets: Sequence[str] = (), count: int = LINES) -> Excerpt:
    """Of the logs of one process: its output, and where its errors go, which count more."""
    found = [(one, last_lines(one, count, secrets)) for one in pieces]
    told = [(piece, lines) for piece, lines in found if lines]
    paths = ", ".join(piece.path for piece, _ in told or found)
    if not told:
        notes = [piece.note for piece, _ in found if piece.note]
        return Excerpt(paths, note="; ".join(notes) or f"nothing was written to {paths}")
    error = next((text for _, lines in reversed(told) if (text := error_line(lines))), "")
    return Excerpt(paths, tuple(together(told, count)), error)


def together(told: Sequence[tuple[LogPiece, list[str]]], count: int) -> Iterator[str]:
    """As tail(1) shows several files."""
    if len(told) == 1:
        return (line for line in told[0][1])
    share = max(1, count // len(told))
    return (
        line for piece, lines in told for line in (f"==> {piece.path} <==", *lines[-share:])
    )  # fmt: skip


def last_lines(piece: LogPiece, count: int, secrets: Sequence[str] = ()) -> list[str]:
    """Without what moves a cursor; of a line that was written over itself what stood there last."""
    if count <= 0:
        return []
    raw = piece.data.decode(errors="replace").rstrip().split("\n")
    begins = piece.left_out > 0 and len(raw) == 1
    lines = [shown(line.rstrip("\r").rpartition("\r")[2], secrets, begins) for line in raw[-count:]]
    while lines and not lines[0].strip():
        del lines[0]
    while sum(map(len, lines)) > MOST_SHOWN:
        del lines[0]
    return lines


def shown(line: str, secrets: Sequence[str], begins: bool = False) -> str:
    """*begins* with what is in the middle of a line."""
    if len(line) > LONGEST_LINE:
        near = LONGEST_LINE + OVERLAP
        text = masked(clean(line[-near:] if begins else line[:near]), secrets)
        return f"… {text[-LONGEST_LINE:]}" if begins else f"{text[:LONGEST_LINE]} …"
    return masked(clean(line), secrets)


def clean(line: str) -> str:
    return NOT_FOR_A_SCREEN.sub("", line)


def masked(line: str, secrets: Iterable[str] = ()) -> str:
    """Without what looks like a password, and without *secrets*."""
    for secret in secrets:
        line = line.replace(secret, SECRET)
    return OTHERS.sub(lambda m: f"{next(filter(None, m.groups()), '')}{SECRET}", unnamed(line))


def unnamed(line: str) -> str:
    """Without what stands behind a name such as password."""
    parts, place = [], 0
    for word in WORD.finditer(line):
        if word.start() < place:
            continue
        given = NAMED.match(line, word.end())
        value = VALUE.match(line, given.end()) if given else None
        if given is None and line[max(0, word.start() - 1) : word.start()] == "-":
            given = SPACED.match(line, word.end())
            value = ARGUMENT.match(line, given.end()) if given else None
        if given and value:
            parts += [line[place : given.end()], SECRET]
            place = value.end()
    return "".join((*parts, line[place:]))
