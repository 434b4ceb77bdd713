"""How long a regular expression may take at worst, told from its text: Python's engine goes back
and tries again, so that `(a+)+$` takes years over some lines.

Counted are the ways in which each part can match, from the left to the right: an upper bound.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

Chars = frozenset[str]
Items = Sequence[tuple[Any, Any]]

OTHERS = "\u4e2d"
"""Stands for all characters beyond Latin-1."""
ALPHABET = frozenset({*map(chr, range(256)), *"\u0130\u017f\u0660\u1e9e\u2028\u212a", OTHERS})
"""Characters by which it is told whether two sets have one in common."""
NOTHING: Chars = frozenset()
CLASSES = {
    ops.CATEGORY_DIGIT: r"\d", ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s", ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w", ops.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
GREEDY = (ops.MAX_REPEAT, ops.MIN_REPEAT)
CHAR = 0.1
"""The price of one character that is compared; one step is a nanosecond or ten."""
SAMPLE = 1000
"""Characters of the text over which a pattern is called slow."""
SLOW = 1e10
LONGEST_PATTERN = 10_000
"""Characters; a longer one is not read."""


class NotJudged(Exception):
    """Whether a text has a pattern in it could not be told in time."""

    def __init__(self, pattern: str, where: str = "") -> None:
        super().__init__(f"whether {pattern!r} matches could not be told in time{where}")


class Price(NamedTuple):
    """*ways*: ends at which it may match from one place; *steps*: to have tried all of them."""

    ways: float
    steps: float


def check_pattern(key: str, pattern: str | None, example: str) -> None:
    """ValueError that begins with the key, and says what to write."""
    try:
        re.compile(pattern or "")
    except (re.error, OverflowError) as error:
        message = f"{key}: {pattern!r} is no regular expression: {error}; write {example}"
        raise ValueError(message) from None
    except RecursionError:
        message = f"{key}: {pattern!r} is nested too deeply; write {example}"
        raise ValueError(message) from None


def is_slow(pattern: str, flags: int = 0) -> bool:
    """Whether some texts of a thousand characters take hours."""
    return steps(pattern, flags, SAMPLE) > SLOW


@lru_cache(maxsize=1000)
def steps(pattern: str, flags: int, length: int) -> float:
    """At most so many to search a text of that length, math.inf where there is no telling."""
    if len(pattern) > LONGEST_PATTERN:
        return math.inf
    try:
        tree = _parser.parse(pattern, flags)
        return _Prices(length, tree.state.flags).of_search(tree)
    except (re.error, RecursionError, OverflowError):
        return math.inf


class _Prices:
    def __init__(self, length: int, flags: int) -> None:
        self._length = length
        self._flags = flags

    def of_search(self, items: Items) -> float:
        anchored = bool(items) and items[0] in (
            (ops.AT, ops.AT_BEGINNING_STRING),
            *(() if self._flags & re.MULTILINE else ((ops.AT, ops.AT_BEGINNING),)),
        )
        return (1 if anchored else self._length) * self.of_all(items, NOTHING).steps

    def of_all(self, items: Items, following: Chars) -> Price:
        """Where all of it has matched, nothing is tried again: *following* is empty at the end."""
        behind = [following]  # what may follow each, from the last to the first
        for op, value in reversed(items):
            chars, may_be_empty = self.first_of_one(op, value)
            behind.append(chars | behind[-1] if may_be_empty else chars)
        ways, steps = 1.0, 0.0
        for (op, value), after in zip(items, behind[-2::-1], strict=True):
            price = self.of_one(op, value, after)
            steps += ways * price.steps
            ways *= max(1.0, price.ways)
        return Price(ways, steps)

    def of_one(self, op: Any, value: Any, following: Chars) -> Price:
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.AT):
            return Price(1, CHAR)
        if op in GREEDY:
            return self.of_repeat(value, following)
        if op is ops.SUBPATTERN:
            return self._with_flags(value).of_all(value[-1], following)
        if op is ops.BRANCH:
            return self.of_branch(value[1], following)
        if op is ops.GROUPREF:
            return Price(1, CHAR * self._length)
        return self.of_one_way(op, value)

    def of_one_way(self, op: Any, value: Any) -> Price:
        """What matches in the first way that it can, and in no other."""
        if op is ops.POSSESSIVE_REPEAT:
            return self.of_repeat(value, NOTHING)._replace(ways=1)
        if op is ops.ATOMIC_GROUP:
            return self.of_all(value, NOTHING)._replace(ways=1)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return self.of_all(value[1], NOTHING)._replace(ways=1)
        return Price(1, 1) if op is ops.FAILURE else Price(math.inf, math.inf)

    def of_repeat(self, value: Any, following: Chars) -> Price:
        least, most, items = value
        first = self.first(items, NOTHING)
        each = self.of_all(items, first | following)
        shortest = max(1, items.getwidth()[0])
        times = min(most, self._length // shortest)
        if times <= 1:
            return Price(each.ways + (least == 0), each.steps)
        if each.ways > 1:
            return Price(_power(each.ways, times), _power(each.ways, times) * each.steps)
        ends = 1 if not first & following else max(1, times - least + 1)
        return Price(ends, 1 + times * each.steps)

    def of_branch(self, choices: Sequence[Items], following: Chars) -> Price:
        prices = [self.of_all(items, following) for items in choices]
        firsts = [self.first(items, following) for items in choices]
        apart = sum(map(len, firsts)) == len(reduce(frozenset.union, firsts, NOTHING))
        ways = [price.ways for price in prices]
        return Price(max(ways) if apart else sum(ways), sum(CHAR + price.steps for price in prices))

    def first(self, items: Items, following: Chars) -> Chars:
        """The characters with which it may begin, those of *following* where it may be empty."""
        found = NOTHING
        for op, value in items:
            chars, may_be_empty = self.first_of_one(op, value)
            found |= chars
            if not may_be_empty:
                return found
        return found | following

    def first_of_one(self, op: Any, value: Any) -> tuple[Chars, bool]:
        if op in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN):
            return chars_of(op, value, bool(self._flags & re.IGNORECASE)), False
        if op in (*GREEDY, ops.POSSESSIVE_REPEAT):
            return self.first(value[2], NOTHING), value[2].getwidth()[0] == 0 or value[0] == 0
        if op is ops.SUBPATTERN:
            return self._with_flags(value).first(value[-1], NOTHING), _may_be_empty(value[-1])
        if op is ops.ATOMIC_GROUP:
            return self.first(value, NOTHING), _may_be_empty(value)
        if op is ops.BRANCH:
            firsts = (self.first(items, NOTHING) for items in value[1])
            return reduce(frozenset.union, firsts, NOTHING), any(map(_may_be_empty, value[1]))
        if op is ops.AT and value in (ops.AT_END, ops.AT_END_STRING):
            return frozenset("\n"), False
        return ALPHABET, True

    def _with_flags(self, value: Any) -> "_Prices":
        _, added, removed, _ = value
        return _Prices(self._length, (self._flags | added) & ~removed)


def chars_of(op: Any, value: Any, ignores_case: bool) -> Chars:
    found = frozenset(_chars_of(op, value))
    if not ignores_case:
        return found
    cases = {other for char in found for other in (char.lower(), char.upper(), char.swapcase())}
    return found | cases | {char for char in ALPHABET if char.lower() in cases}


def _chars_of(op: Any, value: Any) -> Iterable[str]:
    if op is ops.ANY:
        return ALPHABET
    if op in (ops.LITERAL, ops.NOT_LITERAL):
        members = set(_members(ops.LITERAL, value))
    else:
        members = {char for member in value for char in _members(*member)}
    negated = op is ops.NOT_LITERAL or (op is ops.IN and value[0][0] is ops.NEGATE)
    return (ALPHABET - members) | {OTHERS} if negated else members


def _members(op: Any, value: Any) -> Iterator[str]:
    if op in (ops.LITERAL, ops.RANGE):
        low, high = (value, value) if op is ops.LITERAL else value
        yield from (char for char in ALPHABET if low <= ord(char) <= high)
        if high > 255:
            yield OTHERS
    elif op is ops.CATEGORY:
        yield from filter(re.compile(CLASSES[value]).match, ALPHABET)


def _may_be_empty(items: Any) -> bool:
    return bool(items.getwidth()[0] == 0)


def _power(ways: float, times: int) -> float:
    return math.inf if times * math.log(ways) > 600 else ways**times
