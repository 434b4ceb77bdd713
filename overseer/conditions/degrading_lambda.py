"""when: {degrading_lambda: {fails: "/usr/lib/check_web -q"}}"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from overseer.conditions.base import Check, Scene
from overseer.conditions.command import EXAMPLE, check_line, outcome, program_of
from overseer.conditions.python import called, check_call
from overseer.model.units import CommandLine

STRIKES = 3


class Strikes(NamedTuple):
    """So many failures in a row, and what the last call gave."""

    failures: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DegradingLambda(Check):
    """Met at the third failure in a row (god: degrading_lambda).

    After the first it is asked again in half of its interval, after the second in a quarter; a
    success restores the interval. Healthy is a Python function that says something true, or a
    program that ends with exit code 0 and in time. As long as it goes on failing it is met again
    each time.
    """

    sudden: ClassVar[bool] = True
    either: ClassVar[Mapping[str, str]] = {"call": "checks.web:healthy", "fails": EXAMPLE}

    call: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    fails: CommandLine | None = None
    shell: bool = False

    def __post_init__(self) -> None:
        check_line("fails", self.fails, self.shell)
        if self.call is not None:
            check_call(self.call)

    def measure(self, scene: Scene) -> Strikes | None:
        if self.call is None:
            healthy, said = outcome(self.fails or "", self.shell, None, scene, self.timeout)
        else:
            answer = called(self.call, self.args)
            if answer is None:
                return None
            healthy, said = bool(answer), str(answer)
        before: Strikes | None = scene.before
        return Strikes(0 if healthy else (before.failures if before else 0) + 1, said)

    def met(self, value: Strikes) -> bool:
        return value.failures >= STRIKES

    def pace(self, value: Strikes) -> float:
        return 0.5 ** min(value.failures, STRIKES - 1)

    def show(self, value: Strikes) -> str:
        return value.said

    def explain(self, value: Strikes) -> str:
        if self.call is None:
            name = program_of(self.fails or "", self.shell)
        else:
            name = self.call.rpartition(":")[2]
        return f"{name} failed {value.failures} times in a row: {value.said}"

    def limit(self) -> str:
        return f"fails {STRIKES} times"
