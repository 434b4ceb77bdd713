"""The types that give an option its unit: how it is read, and how a right value looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from overseer import units


@dataclass(frozen=True, slots=True)
class Unit:
    """*read* raises ValueError for what it does not understand."""

    read: Callable[[Any], Any]
    example: str
    schema: str  # a regular expression for editors, matching what *read* takes as text


Seconds = Annotated[
    float, Unit(units.seconds, "30s or 5m", r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$|^\d+$")
]
Bytes = Annotated[int, Unit(units.size, "100MB", r"^\d+(\.\d+)?\s*([KMGT](i?B)?|B)$")]
FullPath = Annotated[str, "from / on"]
Share = Annotated[float, Unit(units.share, "90%", r"^\d{1,2}(\.\d+)?\s*%$")]
Percent = Annotated[float, Unit(units.percent, "50%", r"^\d+(\.\d+)?\s*%$")]
CommandLine = Annotated[str | tuple[str, ...], "a text to be split, or a list of words"]
