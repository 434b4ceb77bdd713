"""Whether logrotate moves a file away under a program that writes it, by what its files say."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

KEEPS = frozenset({"copytruncate", "copy"})
"""Directives with which the file stays where it is."""
HELD = 1000
"""Bytes of a line that are read."""


class Block(NamedTuple):
    """`/var/log/app/*.log { … }`"""

    file: str
    line: int
    patterns: tuple[str, ...]
    words: frozenset[str]  # first words of its lines
    body: str


def moved_by(path: str, rotations: Iterable[Block]) -> str:
    """`FILE:LINE` of the block that renames the file; "" where none does. What restarts a watch
    after a rotation (`overseer restart`) may rename it."""
    for block in rotations:
        named = any(_matches(path, pattern) for pattern in block.patterns)
        if named and not block.words & KEEPS and "overseer" not in block.body:
            return f"{block.file}:{block.line}"
    return ""


def blocks(texts: Mapping[str, str]) -> Iterator[Block]:
    """Of all files; what one says outside its blocks holds for those that follow."""
    usual: set[str] = set()
    for file, text in texts.items():
        patterns: list[str] = []
        begins, body = 0, list[str]()
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()[:HELD]
            if not line or line.startswith("#"):
                continue
            if begins and line == "}":
                own = {directive.split()[0] for directive in body}
                words = own | {word for word in usual if f"no{word}" not in own}
                yield Block(file, begins, tuple(patterns), frozenset(words), "\n".join(body))
                patterns, begins, body = [], 0, []
            elif begins:
                body.append(line)
            else:
                head, brace, rest = line.partition("{")
                patterns += _paths(head)
                if not patterns:
                    usual.update(head.split()[:1])
                if brace:
                    begins, body = number, [rest.strip()] if rest.strip() else []


def _paths(head: str) -> list[str]:
    try:
        return [word for word in shlex.split(head) if word.startswith("/")]
    except ValueError:
        return []


def _matches(path: str, pattern: str) -> bool:
    """A * stays within one folder, as in glob(7)."""
    return path.count("/") == re.sub("/+", "/", pattern).count("/") and fnmatchcase(path, pattern)
