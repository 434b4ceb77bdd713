"""A terminal for a while: drawn over and over, asked for keys, left as it was found."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO

from overseer.cli.context import size
from overseer.errors import FAILED
from overseer.terminal import is_dumb, visible, write_raw

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # another page, no cursor, lines end where they end
LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
HOME, REST_OF_LINE, REST = "\x1b[H", "\x1b[K", "\x1b[J"
QUIT = "q"
ESCAPE = "\x1b"


class Screen:
    """Draws on *out* between `open` and its end, however that comes: an error, a signal, Ctrl-Z."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._dumb = is_dumb()
        self._keys = sys.stdin.fileno() if sys.stdin.isatty() else None
        self._before: list[Any] = []

    @contextmanager
    def open(self) -> Iterator["Screen"]:
        told = {one: signal.signal(one, self._ends) for one in (signal.SIGTERM, signal.SIGHUP)}
        told[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._pauses)
        self._enter()
        try:
            yield self
        finally:
            told[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)
            self._leave()
            for number, handler in told.items():
                signal.signal(number, handler)

    def draw(self, lines: Sequence[str]) -> None:
        """As many lines as there is room for; below the last ones on a terminal that is dumb."""
        if self._dumb:
            print("\n".join(lines), end="\n\n", file=self._out, flush=True)
            return
        room = size(self._out)[1]
        clean = (visible(line, colours=True) for line in lines[:room])
        shown = f"{REST_OF_LINE}\r\n".join(clean)
        self._obey(f"{HOME}{shown}{REST_OF_LINE}{REST}")

    def key(self, seconds: float) -> str:
        """The key that is pressed within that time, else ""; without a keyboard it only waits."""
        ready, _, _ = select.select([] if self._keys is None else [self._keys], [], [], seconds)
        if not ready or self._keys is None:
            return ""
        pressed = os.read(self._keys, 64).decode(errors="replace")
        if not pressed:  # the keyboard is gone
            self._keys = None
            return QUIT
        return "" if pressed.startswith(ESCAPE) else pressed[0]

    def _enter(self) -> None:
        if self._keys is not None:
            self._before = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys)
        self._obey(ENTER)

    def _leave(self) -> None:
        self._obey(LEAVE)
        if self._keys is not None:
            termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def _obey(self, text: str) -> None:
        if not self._dumb:
            write_raw(self._out, text)
            self._out.flush()

    def _ends(self, number: int, _: FrameType | None) -> None:
        raise SystemExit(FAILED)

    def _pauses(self, number: int, _: FrameType | None) -> None:
        """Ctrl-Z: the shell gets its terminal back, and we ours when it says `fg`."""
        self._leave()
        signal.raise_signal(signal.SIGSTOP)
        self._enter()
