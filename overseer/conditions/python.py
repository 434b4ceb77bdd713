"""when: {python: {call: "checks.queue:too_long", args: {limit: 100}}}"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Any, ClassVar

from overseer.conditions.base import Check, Scene, Unknown

CALL = re.compile(r"(?P<place>[A-Za-z_]\w*(\.\w+)*|/.+\.py):(?P<name>[A-Za-z_]\w*(\.\w+)*)")
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Python(Check):
    """Met when a Python function says True; or, with *above*, a number above it (god: lambda).

    None is unknown; what it raises is unknown, too, and why. It is imported when it is first
    asked, and runs in overseer itself, as overseer's user: what hangs there, hangs there for
    ever. A program of its own (`command`) can do less harm.
    """

    brief: ClassVar[str] = "call"

    call: str
    args: Mapping[str, Any] = field(default_factory=dict)
    above: float | None = None

    def __post_init__(self) -> None:
        check_call(self.call)

    def measure(self, scene: Scene) -> float | None:
        said = called(self.call, self.args)
        if said is None:
            return None
        number = isinstance(said, int | float) and not isinstance(said, bool)
        if self.above is None and not isinstance(said, bool):
            wanted = "write above: 100 to compare it" if number else "return True or False"
            raise Unknown(f"{self.call} returned {type(said).__name__}; {wanted}")
        if self.above is not None and not number:
            raise Unknown(f"{self.call} returned {type(said).__name__}, no number to compare")
        return float(said)

    def met(self, value: float) -> bool:
        return bool(value) if self.above is None else value > self.above

    def show(self, value: float) -> str:
        return str(bool(value)).lower() if self.above is None else f"{value:g}"

    def explain(self, value: float) -> str:
        name = self.call.rpartition(":")[2]
        said = f"{name} says {self.show(value)}"
        return said if self.above is None else f"{said}, {self.limit()}"

    def limit(self) -> str:
        return "" if self.above is None else f"above {self.above:g}"


def check_call(call: str) -> None:
    if not CALL.fullmatch(call):
        said = f"call: {call!r} is not understood; write package.module:function"
        raise ValueError(f"{said}, or /a/full/path.py:function")


def called(call: str, args: Mapping[str, Any]) -> Any:
    """What it returns; whatever it raises is an Exception, so that its thread lives on."""
    try:
        return function(call)(**args)
    except SystemExit as error:
        raise Unknown(f"{call} called sys.exit({error.code!r})") from None


def function(call: str) -> Function:
    from importlib import import_module

    place, _, name = call.rpartition(":")
    if place.startswith("/"):
        import os

        module = of_file(place, os.stat(place).st_mtime_ns)
    else:
        module = import_module(place)
    found: Function = reduce(getattr, name.split("."), module)
    return found


@cache
def of_file(path: str, written: int) -> Any:
    """The module that a file makes, anew when it has been written."""
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"overseer check {path}", path)
    if spec is None or spec.loader is None:
        raise Unknown(f"{path} is no Python file")
    module = sys.modules[spec.name] = module_from_spec(spec)  # dataclasses look for it there
    spec.loader.exec_module(module)
    return module
