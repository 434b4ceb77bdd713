"""What the last start of a worker was told: beside its pid file, for the next start."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from overseer.safe_files import read_file, write_new

MOST = 100
"""Workers of one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """*folder* is where it was typed. *instances* is None for the one worker without a number."""

    arguments: Sequence[str] = ()
    folder: str = ""
    instances: int | None = None


class Memory:
    def __init__(self, pid_file: Path) -> None:
        self._file = pid_file.with_name(f"{pid_file.name}.args")

    def last(self) -> Start:
        """Without arguments where nothing is remembered."""
        try:
            found = json.loads(read_file(self._file))
            words, folder = [str(word) for word in found["arguments"]], str(found["folder"])
            number = found.get("instances")
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Start(folder=here())
        return Start(
            arguments=words,
            folder=folder,
            instances=number if isinstance(number, int) and 0 < number <= MOST else None,
        )

    def next(self, arguments: Sequence[str], instances: int | None) -> Start:
        """Those given now, and of the last start what is not."""
        last = self.last()
        number = last.instances if instances is None else instances
        if arguments:
            return Start(arguments=list(arguments), folder=here(), instances=number)
        return replace(last, instances=number)

    def keep(self, start: Start) -> None:
        try:  # the URL of a queue may hold a password
            write_new(self._file, json.dumps(asdict(start)).encode(), 0o600)
        except OSError as error:  # it runs all the same
            print(f"{self._file}: {error.strerror}; name them at a restart", file=sys.stderr)


def here() -> str:
    """The working folder by the name it was entered by: a link may lead elsewhere tomorrow."""
    real, named = os.getcwd(), os.environ.get("PWD", "")
    is_same = os.path.isabs(named) and os.path.exists(named) and os.path.samefile(named, real)
    return named if is_same else real
