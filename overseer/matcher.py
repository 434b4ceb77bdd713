"""Searches texts of others by a pattern of the administrator's, and ends in time whatever both are.

Python's engine cannot be ended, and lets no other thread run meanwhile. So what may take long
(patterns.py) is searched in a process of its own.
"""

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import IO, cast

from overseer import matcher_helper
from overseer.forking import MarkedPopen
from overseer.matcher_helper import LATE, YES
from overseer.patterns import NotJudged, steps

MOST_STEPS = 5e6
"""Of searches that are made in this process: some 30 ms."""
PATIENCE = 2.0
"""Seconds for all searches of one check."""
PATIENCE_FOR_ONE = 0.5
"""Seconds for one text."""


class Matcher:
    """*timeout*: seconds from now on for all that is searched, at most PATIENCE."""

    def __init__(self, pattern: str, timeout: float, flags: int = 0) -> None:
        self._pattern = pattern
        self._flags = flags
        self._deadline = time.monotonic() + min(timeout, PATIENCE)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Matcher":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._child.kill()
            with contextlib.suppress(OSError):
                self._child.communicate()

    def matches(self, text: str) -> bool:
        """Raises NotJudged."""
        found = self.search([text])[0]
        if found is None:
            raise NotJudged(self._pattern)
        return found

    def search(self, texts: Sequence[str]) -> list[bool | None]:
        """Of each text whether the pattern is in it, None where that could not be told in time.
        Raises OSError."""
        if self._child is None and self._cost(texts) <= MOST_STEPS:
            search = re.compile(self._pattern, self._flags).search
            return [search(text) is not None for text in texts]
        answers = self._ask(texts)
        judged = [None if answer in LATE else answer in YES for answer in answers]
        return [*judged, *[None] * (len(texts) - len(judged))]

    def _cost(self, texts: Sequence[str]) -> float:
        """Lengths in powers of two, which are soon known."""
        lengths = (1 << len(text).bit_length() for text in texts)
        return sum(steps(self._pattern, self._flags, length) for length in lengths)

    def _ask(self, texts: Sequence[str]) -> bytes:
        """As many answers as came in time. The helper reads all that it is given before it
        searches, so that writing waits for nothing but its start."""
        child = self._child or self._started()
        stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        raw = [text.encode("utf-8", "surrogatepass") for text in texts]
        sizes = b" ".join(b"%d" % len(text) for text in raw)
        with contextlib.suppress(BrokenPipeError):
            stdin.write(b"".join((sizes, b"\n", *raw)))
            stdin.flush()
        poller = select.poll()
        poller.register(stdout, select.POLLIN)
        answers = b""
        while len(answers) < len(texts) and (left := self._deadline - time.monotonic()) > 0:
            part = os.read(stdout.fileno(), 2**16) if poller.poll(left * 1000) else b""
            if not part:
                break
            answers += part
        return answers

    def _started(self) -> "subprocess.Popen[bytes]":
        self._child = MarkedPopen(
            [sys.executable, "-I", "-S", matcher_helper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        pattern = self._pattern.encode("utf-8", "surrogatepass")
        header = b"%d %d %g\n" % (len(pattern), self._flags, PATIENCE_FOR_ONE)
        cast("IO[bytes]", self._child.stdin).write(header + pattern)
        return self._child
