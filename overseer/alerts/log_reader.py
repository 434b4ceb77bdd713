"""Reads the ends of many logs, one after another, and waits for no file system that is away."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from overseer.crew import begins
from overseer.model.log_file import LogMark, LogPiece, ReadLog

READ_BACK = 16 * 2**10
"""Bytes of a log that are looked at for its last lines."""
PATIENCE = 2.0
"""Seconds that one file may take."""
MOST_HANGING = 8
"""Threads that may wait for file systems; then nothing more is read until one comes back."""


@dataclass(frozen=True, slots=True)
class Want:
    """*end* may change while the file is read: then it is read again."""

    mark: LogMark
    end: Callable[[], int | None] = lambda: None


@dataclass(slots=True)
class Work:
    """What one thread reads; *found* grows as it goes on."""

    wants: Sequence[Want]
    patience: float
    found: list[LogPiece] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)
    given_up: bool = False

    def do(self, read: ReadLog) -> None:
        for want in self.wants:
            if self.given_up:
                return
            piece = take(read, want)
            with self.moved:
                self.found.append(piece)
                self.moved.notify()

    def wait(self) -> int:
        """Until all is read, or one file takes too long; how many have been."""
        with self.moved:
            seen = -1
            while seen < len(self.found) < len(self.wants):
                seen = len(self.found)
                self.moved.wait_for(lambda: len(self.found) > seen, self.patience)  # noqa: B023
            self.given_up = True
            return len(self.found)


class LogReader:
    """For one thread."""

    def __init__(self, read: ReadLog, patience: float = PATIENCE) -> None:
        self._read = read
        self._patience = patience
        self._hanging: list[tuple[threading.Thread, str]] = []

    def read(self, wants: Sequence[Want]) -> list[LogPiece | None]:
        """None for what could not be read for now."""
        self._hanging = [one for one in self._hanging if one[0].is_alive()]
        found: list[LogPiece | None] = []
        while len(found) < len(wants):
            away = {folder for _, folder in self._hanging}
            if len(away) >= MOST_HANGING or folder_of(wants[len(found)]) in away:
                found.append(None)
                continue
            some = self._some(wants[len(found) :], away)
            found += some if some is not None else [None] * (len(wants) - len(found))
        return found

    def _some(self, wants: Sequence[Want], away: set[str]) -> list[LogPiece | None] | None:
        """Those that can be read before the first that cannot; None where no thread is to be had
        for it."""
        count = next((n for n, one in enumerate(wants) if folder_of(one) in away), len(wants))
        work = Work(wants[:count], self._patience)
        thread = threading.Thread(
            target=work.do, args=(self._read,), name="log-reader", daemon=True
        )
        if not begins(thread):
            return None
        done = work.wait()
        if done < count:
            self._hanging.append((thread, folder_of(wants[done])))
        return list(work.found[:done])

    def close(self) -> None:
        """Once the file systems are back."""
        for thread, _ in self._hanging:
            thread.join(self._patience)

    @staticmethod
    def silent(marks: Sequence[LogMark]) -> LogPiece:
        path = ", ".join(one.path for one in marks)
        return LogPiece(path, note=f"{path} could not be read: its file system did not answer")


def take(read: ReadLog, want: Want) -> LogPiece:
    while True:
        end = want.end()
        piece = read(want.mark, end, READ_BACK)
        if want.end() == end:
            return piece


def folder_of(want: Want) -> str:
    return os.path.dirname(want.mark.path)
