"""Which of the last lines of a log says what went wrong.

The last line that one of SURE matches; else the exception of the last Python traceback; else the
last line with a word of LIKELY. A line of a stack trace never counts, nor does one that says there
are no errors. Where nothing matches there is no such line: the last one may be about anything.
"""

import re
from collections.abc import Sequence

SURE = re.compile(
    r"address already in use|EADDRINUSE|permission denied|EACCES|operation not permitted"
    r"|no such file or directory|ENOENT|command not found|: not found\s*$|not a directory"
    r"|no space left on device|disk quota exceeded|read-only file system"
    r"|out of memory|cannot allocate memory|MemoryError|heap limit"
    r"|too many open files|resource temporarily unavailable"
    r"|connection refused|ECONNREFUSED|connection timed out|name or service not known"
    r"|could not connect|authentication failed|access denied"
    r"|segmentation fault|core dumped|stack smashing|bus error|illegal instruction"
    r"|error while loading shared libraries|symbol lookup error|exec format error"
    r"|syntax error|bad interpreter"
    r"|^panic: |^fatal error: |panicked at|^Exception in thread|^Caused by: |^Uncaught ",
    re.I,
)
LIKELY = re.compile(
    r"\b(?:fatal|panic|critical|emerg|crit|alert|abort(?:ed|ing)?|error|err|exception|fail(?:ed|ure)?"
    r"|cannot|can't|could not|couldn't|unable to|invalid|denied|refused|missing|killed|traceback)\b"
    r"|\w(?:Error|Exception|Exit)\b",
    re.I,
)
NOT_SO = re.compile(
    r"\b(?:no|0|without) (?:errors?|failures?|exceptions?)\b|\berrors?[:=] ?0\b", re.I
)
OF_A_STACK = re.compile(r"^\s+(?:at |from |File \"|in |\.\.\. \d+ more)|^goroutine \d+|^\s+\S+:\d+")
TRACEBACK = "Traceback (most recent call last):"
RUST = re.compile(r"panicked at \S+:\d+:\d+:$")


def error_line(lines: Sequence[str]) -> str:
    """ "" where no line says so."""
    for number in reversed(range(len(lines))):
        line = lines[number]
        if SURE.search(line) and counts(line):
            return with_its_message(lines, number)
    return raised(lines) or next(
        (line.strip() for line in reversed(lines) if LIKELY.search(line) and counts(line)), ""
    )


def counts(line: str) -> bool:
    return not OF_A_STACK.search(line) and not NOT_SO.search(line) and TRACEBACK not in line


def with_its_message(lines: Sequence[str], number: int) -> str:
    """Rust says where first, and what on the next line."""
    line = lines[number].strip()
    if RUST.search(line) and number + 1 < len(lines):
        return f"{line} {lines[number + 1].strip()}"
    return line


def raised(lines: Sequence[str]) -> str:
    """The exception at the end of the last Python traceback."""
    began = max((n for n, line in enumerate(lines) if TRACEBACK in line), default=None)
    if began is None:
        return ""
    indent = lines[began].index(TRACEBACK)
    for line in lines[began + 1 :]:
        text = line[indent:]
        if text and not text[0].isspace():
            return text.strip()
    return ""
