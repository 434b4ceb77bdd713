"""The fields of a request, each read as what it has to be."""

import re
import signal
import sys
from typing import TypeVar

from overseer.control.protocol import Request
from overseer.errors import UsageError
from overseer.units import is_whole

T = TypeVar("T")
MOST = 10**9
MOST_OF_OTHERS = 10_000
"""Lines, entries, names: of a request of those who may only look or operate."""
LONGEST = 1e9
"""Seconds; what is longer was not meant."""
NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, what turns the direction of writing, and bytes that are no UTF-8."""


class Fields:
    """UsageError names the field and what it holds."""

    def __init__(self, request: Request, most: int = MOST) -> None:
        """*most*: of whatever is counted."""
        self._request = request
        self._most = most

    @property
    def whole(self) -> Request:
        """As it was asked."""
        return self._request

    def text(self, name: str) -> str:
        found = self.maybe_text(name)
        if not found:
            raise UsageError(f"{name} is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        text = self.maybe_path(name)
        return None if text is None else check_text(name, text)

    def maybe_path(self, name: str) -> str | None:
        """A path may hold any byte."""
        return self._one(name, str, None, "a text")

    def choice(self, name: str, *known: str) -> str | None:
        found = self.maybe_text(name)
        if found is not None and found not in known:
            raise UsageError(f"{name}: {found!r} is not understood; write {' or '.join(known)}")
        return found

    def flag(self, name: str, otherwise: bool = False) -> bool:
        found = self._one(name, bool, otherwise, "true or false")
        return otherwise if found is None else found

    def words(self, name: str = "names") -> list[str]:
        return [check_text(name, word) for word in self.paths(name)]

    def paths(self, name: str) -> list[str]:
        found = self._request.get(name)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise UsageError(f"{name}: {found!r} is not a list of texts")
        self._check_most(name, len(found))
        return found

    def _check_most(self, name: str, number: int) -> None:
        if number > self._most:
            raise UsageError(f"{name}: {number} is more than {self._most}, which is the most")

    def count(self, name: str, otherwise: int, least: int = 0) -> int:
        found = self._one(name, int, otherwise, "a number")
        if found is None:
            return otherwise
        if isinstance(found, bool) or found < least or found > MOST:
            raise UsageError(f"{name}: {found!r} is not a number from {least} on")
        self._check_most(name, found)
        return found

    def seconds(self, name: str) -> float | None:
        return self._number(name, LONGEST, "a number of seconds")

    def moment(self, name: str) -> float | None:
        """Seconds since the epoch."""
        return self._number(name, sys.float_info.max, "a moment in seconds since the epoch")

    def _number(self, name: str, most: float, what: str) -> float | None:
        value = self._request.get(name)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= most:
            raise UsageError(f"{name}: {str(value)[:40]!r} is not {what}")
        return float(value)

    def signal(self, name: str = "signal") -> int:
        """`HUP`, `SIGHUP`, `1` or 1."""
        found = self._request.get(name)
        if found is None:
            raise UsageError("which signal? name one, like HUP")
        text = str(found).upper()
        try:
            known = (
                int(text) if is_whole(text) else signal.Signals["SIG" + text.removeprefix("SIG")]
            )
            if not 0 < known < signal.NSIG:
                raise ValueError
        except (KeyError, ValueError):
            raise UsageError(f"there is no signal {found!r}; name one like HUP or USR1") from None
        return int(known)

    def _one(self, name: str, kind: type[T], otherwise: T | None, what: str) -> T | None:
        found = self._request.get(name, otherwise)
        if found is not None and not isinstance(found, kind):
            raise UsageError(f"{name}: {found!r} is not {what}")
        return found


def check_text(name: str, text: str) -> str:
    """UsageError for what no name, reason or value holds, and no terminal, mail or table takes."""
    if NOT_TEXT.search(text):
        raise UsageError(f"{name}: {text!r} holds characters that are not text; write it in UTF-8")
    return text
