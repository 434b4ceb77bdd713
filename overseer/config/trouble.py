"""All that is wrong with the watch files, gathered, so that it can be said at once."""

import re
from collections.abc import Iterable
from typing import Final

from overseer.config.node import MOST_QUOTED, Entry, Spot, shortened, spots
from overseer.errors import Problem
from overseer.terminal import on_one_line


class Unread:
    """Stands for a value whose problem has been told."""


UNREAD: Final = Unread()


LONGEST = 1000
"""Characters of a message; of a longer one, which quotes a long value, the middle is left out."""
QUOTED = re.compile(rf"(?<![^\s(\[{{:=])'[^'\n]{{{MOST_QUOTED + 2},}}'")
OPTIONS_WRITTEN = {"fails": "", "succeeds": "", "code_is_not": "code_is", "url": ""}
"""Options of conditions, by what stands for them in a short form."""


class Troubles:
    def __init__(self) -> None:
        self.count = 0  # of errors, those that were said already too
        self._found: dict[Problem, None] = {}  # a default used by many watches is blamed once
        self._written: dict[Spot, tuple[str, str]] = {}

    def call(self, entry: Entry, condition: str, written: str) -> None:
        """What stands there is read as that condition, and blamed as it is *written*."""
        for spot in (entry.spot, *spots(entry.node)):
            if spot.line:
                self._written[spot] = condition, written

    def _as_written(self, spot: Spot, message: str) -> str:
        condition, written = self._written.get(spot, ("", ""))
        begins = re.match(rf"{condition}(?:: (\w+))?(?=: | has )", message) if condition else None
        if begins is None:
            return message
        option = OPTIONS_WRITTEN.get(begins[1] or "", begins[1])
        more = f": {option}" if option and not written.endswith(f": {option}") else ""
        return written + more + message[begins.end() :]

    def error(self, spot: Spot, message: str, *, only_notify: bool = False) -> Unread:
        self.count += 1
        self._add(spot, self._as_written(spot, message), only_notify=only_notify)
        return UNREAD

    def warn(self, spot: Spot, message: str) -> None:
        self._add(spot, message, warning=True)

    def _add(
        self, spot: Spot, message: str, *, warning: bool = False, only_notify: bool = False
    ) -> None:
        message = QUOTED.sub(_shortened, on_one_line(message))
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]} … {message[-LONGEST // 2 :]}"
        problem = Problem(spot.file, spot.line, spot.column, message, warning, only_notify)
        self._found[problem] = None

    def said(self, beginning: str) -> list[str]:
        """Messages that begin so."""
        messages = (problem.message for problem in self._found)
        return [message for message in messages if message.startswith(beginning)]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._found))

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.warning)


def _shortened(quoted: "re.Match[str]") -> str:
    return f"'{shortened(quoted[0][1:-1])}'"


def colon(word: str, known: Iterable[str]) -> str:
    """`; write a space after the colon: autostart: false`, where that is what is missing."""
    key, mark, value = word.partition(":")
    if mark and value and key.strip() in set(known):
        return f"; write a space after the colon: {key.strip()}: {value.strip()}"
    return ""


def suggestion(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """`; did you mean interval?`, or *otherwise* where nothing is near."""
    from difflib import get_close_matches  # only whoever made a mistake pays for it

    if hint := colon(word, known := list(known)):
        return hint
    close = get_close_matches(word, known, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; {otherwise}" if otherwise else ""
