"""Where programs write, and since when, for whoever reads their logs or looks after them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from overseer.daemon.log_watcher import WatchedLog
from overseer.engine import Engine
from overseer.model.log_file import LogMark
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.system.secrets import secrets_of


class ProgramLogs:
    """For any thread; the folder and the engine may come later."""

    def __init__(self, folder: Callable[[], Path], engine: Callable[[], Engine]) -> None:
        self._folder = folder
        self._engine = engine
        self._known: dict[str, tuple[Watch, Status, tuple[WatchedLog, ...]]] = {}

    def paths(self, watch: Watch) -> tuple[str, str | None]:
        """As the watch file has them: of its output, and of its errors where they go elsewhere."""
        log = watch.program.log or f"{self._folder()}/{watch.name}.log"
        return log, watch.program.err_log

    def of(self, watch: Watch, status: Status) -> tuple[LogMark, ...]:
        """Where the output of its last process begins; of one that somebody else has begun the
        whole log counts."""
        return marks(status) or tuple(LogMark(path) for path in self.paths(watch) if path)

    def begin(self, name: str) -> tuple[LogMark, ...]:
        """The same of a watch by its name, as far as it is known."""
        status = self._engine().statuses.get(name)
        return marks(status) if status else ()

    def secrets(self, name: str) -> Sequence[str]:
        """What its program was given and nobody is to read."""
        status, watch = self._engine().statuses.get(name), self._engine().watches.get(name)
        program = (status.program if status else None) or (watch.program if watch else None)
        return secrets_of(program) if program else ()

    def watched(self) -> Iterator[WatchedLog]:
        """All of them, with where living processes have begun to write."""
        engine, known, self._known = self._engine(), self._known, {}
        for name, watch in list(engine.watches.items()):
            if (status := engine.statuses.get(name)) is None:
                continue
            kept = known.get(name)
            if kept is None or kept[0] is not watch or kept[1] is not status:
                kept = watch, status, tuple(self._of_one(watch, status))
            self._known[name] = kept
            yield from kept[2]

    def _of_one(self, watch: Watch, status: Status) -> Iterator[WatchedLog]:
        process = status.process
        begun = {one.path: one for one in marks(status)} if process else {}
        for path in {one for one in self.paths(watch) if one} | begun.keys():
            yield WatchedLog(watch.name, path, begun.get(path), process.pid if process else 0)


def marks(status: Status) -> tuple[LogMark, ...]:
    return tuple(one for one in (status.log, status.err) if one)


def tags_of(engine: Engine, name: str) -> Sequence[str]:
    watch = engine.watches.get(name)
    return watch.tags if watch else ()
