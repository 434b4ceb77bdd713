"""Lines of logs that somebody has asked for: chosen by time and pattern, and shown."""

import heapq
import json
import re
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from overseer.cli import lines
from overseer.cli.context import Context
from overseer.cli.log_time import Span, own_time, show
from overseer.cli.show import DIM, PLAIN
from overseer.control.protocol import Answer
from overseer.errors import UsageError
from overseer.terminal import visible

FRONTS = ("\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[33m")
PATTERN_PATIENCE = 5.0
"""Seconds that a pattern may take for all that the daemon sends at once."""
UNKNOWN = Span()
LONGEST = 16_384
"""Characters of a line that a pattern sees."""


class Line(NamedTuple):
    """*at*: what it says of itself, or the one before it; *key*: to sort by."""

    key: float
    watch: str
    file: str
    text: str
    at: float | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """*since* and *until* in seconds since the epoch. A line that may belong to it does."""

    since: float | None = None
    until: float | None = None
    pattern: "re.Pattern[str] | None" = None

    def holds(self, line: Line) -> bool:
        first = line.span.after if line.at is None else line.at
        last = line.span.before if line.at is None else line.at
        if self.since is not None and last is not None and last < self.since:
            return False
        if self.until is not None and first is not None and first > self.until:
            return False
        return self.pattern is None or self.pattern.search(line.text[:LONGEST]) is not None


@dataclass(slots=True)
class Log:
    """What is remembered of one file while it is read."""

    most: int | None
    at: float | None = None
    span: Span = UNKNOWN
    key: float = 0.0
    past: "deque[Line]" = field(default_factory=deque)


class LogLines:
    """Hears what the daemon says of logs. What has been is shown in the order of its times, as
    far as they are known, and what comes after as it comes."""

    def __init__(
        self,
        context: Context,
        choice: Choice,
        most: int | None,
        *,
        as_json: bool = False,
        times: bool = False,
        history: bool = False,
        raw: bool = False,
    ) -> None:
        self._context = context
        self._choice = choice
        self._most = most
        self._json = as_json
        self._times = times
        self._history = history
        self._raw = raw or not context.out.isatty()
        self._logs: dict[tuple[str, str], Log] = {}
        self._fronts: dict[str, str] = {}
        self._entries: list[lines.Entry] = []
        self._past = True

    def hear(self, one: Answer) -> None:
        if "about" in one:
            self._meet(one["about"])
        elif "caught_up" in one:
            self.catch_up()
        elif "moved" in one or "missing" in one:
            self._context.complain(one["say"])
        elif "entry" in one:
            self._hear_entry(one["entry"])
        elif "file" in one:
            self._hear_lines(one)

    def _hear_entry(self, entry: lines.Entry) -> None:
        at = when(entry)
        late = self._choice.until is not None and at > self._choice.until
        if not late and self._past:
            self._entries.append(entry)
        elif not late:
            self._show_entry(entry)

    def _hear_lines(self, one: Answer) -> None:
        log = self._logs.setdefault((one["watch"], one["file"]), Log(self._most))
        span = Span(one.get("after"), one.get("before"))
        with patience(self._choice.pattern):
            for text in one["says"] if "says" in one else [one["say"]]:
                line = placed(log, one["watch"], one["file"], text, span)
                if not self._choice.holds(line):
                    continue
                if self._past:
                    log.past.append(line)
                    if log.most is not None and len(log.past) > log.most:
                        log.past.popleft()
                else:
                    self._show(line)

    def catch_up(self) -> None:
        """Show what has been, once."""
        if not self._past:
            return
        self._past = False
        entries = ((when(one), one) for one in self._entries)
        shown: list[Iterator[tuple[float, int, Any]]] = [
            ((line.key, 1, line) for line in log.past) for log in self._logs.values()
        ]
        shown.append((at, 0, one) for at, one in entries)
        for _, is_line, one in heapq.merge(*shown, key=lambda each: each[:2]):
            if is_line:
                self._show(one)
            else:
                self._show_entry(one)
        self._logs = {name: Log(log.most) for name, log in self._logs.items()}

    def _show_entry(self, entry: lines.Entry) -> None:
        coloured = self._context.coloured
        text = json.dumps({"entry": entry}) if self._json else lines.line(entry, coloured)
        self._context.print(text)

    def _show(self, line: Line) -> None:
        if self._json:
            told = {"watch": line.watch, "file": line.file, "at": show(line.at)}
            told |= {"after": show(line.span.after), "before": show(line.span.before)}
            return self._context.print(json.dumps({**told, "line": line.text}))
        front = self._fronts.get(line.watch, "") + ("  | " if self._history else "")
        text = line.text if self._raw else visible(line.text)
        return self._context.print_raw(front + self._time_of(line) + text)

    def _time_of(self, line: Line) -> str:
        """`~` where it is known only that it was written by then."""
        if not self._times:
            return ""
        at = line.at if line.at is not None else line.span.before
        text = f"{'' if line.at is not None else '~'}{lines.moment(show(at)) if at else '?'}"
        return f"{DIM}{text}{PLAIN} " if self._context.coloured else f"{text} "

    def _meet(self, names: list[str]) -> None:
        width = max(map(len, names))
        for place, name in enumerate(names if len(names) > 1 else ()):
            front = f"{name:<{width}}  "
            colour = FRONTS[place % len(FRONTS)]
            self._fronts[name] = f"{colour}{front}{PLAIN}" if self._context.coloured else front


def placed(log: Log, watch: str, file: str, text: str, span: Span) -> Line:
    """A line without a time of its own has that of the one before: a traceback, say."""
    if span != log.span:
        log.span = span
        if log.at is not None and span.after is not None and log.at < span.after - 1:
            log.at = None
    own = own_time(text, span)
    log.at = own if own is not None else log.at
    log.key = max(log.key, log.at or span.after or 0.0)
    return Line(log.key, watch, file, text, log.at, span)


def when(entry: lines.Entry) -> float:
    from datetime import datetime

    return datetime.fromisoformat(entry["at"]).timestamp()


def compiled(pattern: str | None, ignore_case: bool) -> "re.Pattern[str] | None":
    if pattern is None:
        return None
    try:
        return re.compile(pattern, re.I if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"--grep: {pattern!r} is no pattern: {error}") from None


@contextmanager
def patience(pattern: "re.Pattern[str] | None") -> Iterator[None]:
    """The pattern is looked for here and not in the daemon, and not for ever."""
    if pattern is None:
        yield
        return

    def enough(*_: object) -> None:
        raise UsageError(
            f"--grep: {pattern.pattern!r} takes too long on these lines; write it without repeats"
            " within repeats"
        )

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGALRM, enough)
    signal.setitimer(signal.ITIMER_REAL, PATTERN_PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
