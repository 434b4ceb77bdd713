"""Passes on what the engine does to whoever listens for a while."""

import threading

from overseer.control.office import Engine, Observer
from overseer.model.news import News
from overseer.model.status import Status
from overseer.model.watch import Watch


class Ear:
    """The engine's one observer here: listeners come and go without touching its list."""

    def __init__(self, engine: Engine) -> None:
        self._listeners: tuple[Observer, ...] = ()
        self._lock = threading.Lock()
        engine.observers.append(self._hear)

    def listen(self, listener: Observer) -> None:
        """*listener* is called on the engine's thread, so it has to be quick."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def forget(self, listener: Observer) -> None:
        with self._lock:
            self._listeners = tuple(one for one in self._listeners if one != listener)

    def _hear(self, name: str, watch: Watch, status: Status, news: tuple[News, ...]) -> None:
        for listener in self._listeners:
            listener(name, watch, status, news)
