"""Several watches of one definition: how many its file says, and how many an operator wants."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What an operator wants of the definition *name*, for as long as its file says *written*.

    *at* in seconds since the epoch. *before*: how many there were, until it has been carried out.
    """

    name: str
    instances: int
    written: int
    by: str = ""
    at: float = 0.0
    before: int | None = None

    @property
    def unfinished(self) -> bool:
        return self.before is not None

    def begun(self) -> "Scale":
        """For a daemon that goes on with it: all that may still be there."""
        return replace(self, instances=max(self.instances, self.before or 0))

    def finished(self) -> "Scale":
        return replace(self, before=None)


@dataclass(frozen=True, slots=True)
class Copies:
    """*name*-1 to *name*-N: *instances* of them, where the file, at that line, says *written*."""

    name: str
    instances: int
    written: int
    file: str = ""
    line: int = 0
    scale: Scale | None = None  # which is followed; None: the file is

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{number}" for number in range(1, self.instances + 1))

    def __str__(self) -> str:
        many = f"{self.instances} {'copy' if self.instances == 1 else 'copies'}"
        if self.scale is None:
            return f"{self.name}: {many}"
        return f"{self.name}: {many}, scaled by {self.scale.by} (its file says {self.written})"


def place(name: str) -> int:
    """Of a copy: its number; 0 where it is none."""
    last = name.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdigit() else 0
