"""Work that is done to its end, whoever still waits for it."""

import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from overseer.control.protocol import Answer, done, failed
from overseer.control.voice import Voice
from overseer.crew import begin
from overseer.errors import BUG, FAILED, OverseerError
from overseer.log_format import bug_report
from overseer.units import show_seconds

log = logging.getLogger(__name__)


class Job:
    """A piece of work on a thread of its own, and what it says to whoever still listens."""

    def __init__(self) -> None:
        self._said: SimpleQueue[Answer] = SimpleQueue()

    def say(self, answer: Answer) -> None:
        self._said.put(answer)

    def gone(self) -> bool:
        return False  # done to the end

    def begin(self, work: Callable[[], Answer]) -> None:
        def run() -> None:
            try:
                self.say(work())
            except OverseerError as error:
                self.say(failed(error))
            except Exception as error:  # a bug met by one is not to keep another waiting
                log.exception("at work for a client")
                self.say(done(BUG, error=bug_report(error)))

        begin(run, "job")

    def follow(self, timeout: float | None, voice: Voice) -> Answer:
        """Until its end, or for *timeout* seconds. HungUp if *voice* raises it; it goes on."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                left = None if end is None else max(0.0, end - time.monotonic())
                answer = self._said.get(timeout=left)
            except Empty:
                spent = show_seconds(timeout or 0.0)
                return done(FAILED, error=f"not done after {spent}; it goes on")
            if answer.get("done"):
                return answer
            voice.say(answer)
