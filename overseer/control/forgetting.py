"""How a watch file that is empty, or not there any more, is forgotten together with what it had."""

import os
from collections.abc import Iterable, Mapping, Sequence

from overseer.errors import Problem

EMPTY = (" holds nothing", "no such file", "no watch file is in this folder")
"""In the messages about such files; see config.gather and config.files."""


def how_to_forget(
    problems: Iterable[Problem], sources: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """By file. *sources*: of each root that is loaded, the files that it led to; a file that is
    not loaded has nothing to be forgotten."""
    advice = {}
    for problem in problems:
        if not problem.warning and any(words in problem.message for words in EMPTY):
            root = _root_of(problem.file, sources)
            if root is not None:
                advice[problem.file] = _advice(problem.file, root)
    return advice


def nothing_but_forget(roots: Iterable[str]) -> list[str]:
    """Lines of a plan that concerns no watch, contact or setting."""
    lines = [f"{root}: forgotten; no watch of it is loaded" for root in roots]
    return lines or ["nothing to do"]


def _root_of(file: str, sources: Mapping[str, Sequence[str]]) -> str | None:
    if file in sources:
        return file
    return next((root for root, files in sources.items() if file in files), None)


def _advice(file: str, root: str) -> str:
    if file == root:
        return f"`overseer unload {file}` stops and forgets what it had"
    if os.path.isdir(root):
        return f"delete {file}, then `overseer load {root}` stops and forgets what it had"
    return (
        f"take {file} out of what {root} includes, or delete it where a pattern finds it; then"
        f" `overseer load {root}` stops and forgets what it had"
    )
