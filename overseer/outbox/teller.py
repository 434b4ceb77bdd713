"""Tells an application of what has been recorded, in a thread of its own."""

import threading
from queue import SimpleQueue

from overseer.crew import begins
from overseer.outbox.hooks import Hooks
from overseer.outbox.parcel import Fate, Settled


class Teller:
    """No hook holds up the books."""

    def __init__(self, hooks: Hooks, name: str) -> None:
        self._hooks = hooks
        self._name = name
        self._news: SimpleQueue[tuple[Settled, bool] | None] = SimpleQueue()
        self.thread: threading.Thread | None = None

    def hear(self, settled: Settled, tried: bool) -> None:
        if not self._hooks.follow or settled.fate not in (Fate.RETRY, Fate.DEAD):
            return
        self._news.put((settled, tried))
        if self.thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self.thread = thread if begins(thread) else None  # else with the next news

    def close(self) -> None:
        """What it has heard is still told."""
        self._news.put(None)

    def _run(self) -> None:
        while (news := self._news.get()) is not None:
            self._hooks.settled(*news)
