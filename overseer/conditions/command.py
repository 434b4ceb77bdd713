"""when: {command: {fails: "/usr/lib/check_web -q"}}"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from overseer.conditions.base import Check, Ended, Scene
from overseer.model.argv import SHELL, split
from overseer.model.process import signal_name
from overseer.model.program import Argv
from overseer.model.units import CommandLine
from overseer.patterns import check_pattern
from overseer.units import show_seconds

EXAMPLE = "/usr/lib/check_web"
SHOWN = 120
"""Characters of the first line of output that are shown."""


class Outcome(NamedTuple):
    """How a program did: *said* reads `exit 1: connection refused`."""

    succeeded: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Check):
    """Met when a program fails, or when it succeeds (god: lambda, which was Ruby).

    Success is exit code 0, with *output* a regular expression found in what it says, too. An end
    by a signal and one that does not come in time are failures; what cannot be run at all is
    unknown. It is run as the watch's own program is.
    """

    either: ClassVar[Mapping[str, str]] = {"fails": EXAMPLE, "succeeds": EXAMPLE}

    fails: CommandLine | None = None
    succeeds: CommandLine | None = None
    shell: bool = False
    output: str | None = None

    def __post_init__(self) -> None:
        check_line("fails", self.fails, self.shell)
        check_line("succeeds", self.succeeds, self.shell)
        check_pattern("output", self.output, "^OK")

    def measure(self, scene: Scene) -> Outcome:
        line = self.fails if self.succeeds is None else self.succeeds
        return outcome(line or "", self.shell, self.output, scene, self.timeout)

    def met(self, value: Outcome) -> bool:
        return value.succeeded is (self.succeeds is not None)

    def show(self, value: Outcome) -> str:
        return value.said

    def explain(self, value: Outcome) -> str:
        line = self.fails if self.succeeds is None else self.succeeds
        return f"{program_of(line or '', self.shell)}: {value.said}"

    def limit(self) -> str:
        return "fails" if self.succeeds is None else "succeeds"


def check_line(key: str, line: CommandLine | None, shell: bool) -> None:
    """ValueError that begins with the key to blame."""
    if line is None:
        return
    if shell and not isinstance(line, str):
        raise ValueError("shell: a list of words is run as it is; write the command as a text")
    try:
        words(line, shell)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def words(line: CommandLine, shell: bool) -> Argv:
    if not isinstance(line, str):
        return line
    return (SHELL, "-c", line) if shell else split(line)


def program_of(line: CommandLine, shell: bool) -> str:
    """Its name alone: among its arguments may be a password."""
    if shell:
        return "shell command"
    first = (line.split() or [""])[0] if isinstance(line, str) else line[0]
    return os.path.basename(first.strip("'\"")) or first


def outcome(
    line: CommandLine, shell: bool, pattern: str | None, scene: Scene, timeout: float
) -> Outcome:
    """Run it; OSError where that cannot be done."""
    try:
        ended = scene.run(words(line, shell), timeout)
    except TimeoutError:
        return Outcome(False, f"not over within {show_seconds(timeout)}")
    if ended.code != 0:
        return Outcome(False, told(end_of(ended), ended.output))
    if pattern is not None:
        from overseer.matcher import Matcher

        with Matcher(pattern, timeout, re.MULTILINE) as matcher:
            if not matcher.matches(ended.output):
                return Outcome(False, told(f"exit 0 without {pattern}", ended.output))
    return Outcome(True, told("exit 0", ended.output))


def end_of(ended: Ended) -> str:
    if ended.code is not None:
        return f"exit {ended.code}"
    return "ended by a signal" if ended.signal is None else f"ended by {signal_name(ended.signal)}"


def told(end: str, output: str) -> str:
    """`exit 1: first line of output`."""
    line = next(filter(None, map(str.strip, output.splitlines())), "")
    shown = "".join(one if one.isprintable() else " " for one in line)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
    return f"{end}: {shown}" if shown else end
