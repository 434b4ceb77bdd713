"""Who is told of progress, and what happens when nobody is."""

from contextlib import suppress
from typing import Protocol

from overseer.control.protocol import Answer, HungUp


class Voice(Protocol):
    """Who is told of progress."""

    def say(self, answer: Answer) -> None: ...

    def gone(self) -> bool:
        """Nobody is told any more: what waits for its turn is not begun."""
        ...


class Silence:
    """For work that goes on when nobody waits for it."""

    def say(self, answer: Answer) -> None:
        pass

    def gone(self) -> bool:
        return False


class Unmoved:
    """Goes on when the client hangs up: for what is not to end half-way."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def say(self, answer: Answer) -> None:
        with suppress(HungUp):
            self._voice.say(answer)

    def gone(self) -> bool:
        return False
