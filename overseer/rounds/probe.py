"""How the rounds look at processes."""

from typing import Protocol

from overseer.model.process import Process
from overseer.model.usage import Metric, Usage


class Probe(Protocol):
    """Looks at processes. None: it cannot be told, or it is not this process any more."""

    def read(self, process: Process) -> Usage | None: ...

    def survey(self, until: float) -> bool:
        """Go on with a pass over all processes until *until* on the clock; True when it is
        done. The call after that begins the next."""
        ...

    def read_tree(self, process: Process) -> Usage | None:
        """The process with its descendants, as the last survey found them."""
        ...

    def weigh(self, process: Process, metric: Metric, tree: bool) -> int | None:
        """Bytes of its memory by PSS or USS, or of its tree's; slow."""
        ...

    def forget(self, process: Process) -> None: ...
