"""The process in which matcher.py searches: run by its path, with nothing of overseer's in it.

Read: a line with the size of the pattern, its flags and seconds for one text; the pattern; then,
again and again, a line with the sizes of texts, and the texts. Written for each text: 1, 0, or ?
where it took too long.
"""

import contextlib
import os
import re
import resource
import signal
import sys

YES, NO, LATE = b"1", b"0", b"?"
MOST_MEMORY = 2**29
NICER = 5


def late(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    limit_self()
    given = sys.stdin.buffer
    size, flags, seconds = given.readline().split()
    pattern = re.compile(given.read(int(size)).decode("utf-8", "surrogatepass"), int(flags))
    signal.signal(signal.SIGALRM, late)
    while row := given.readline():
        for text in [
            given.read(int(size)).decode("utf-8", "surrogatepass") for size in row.split()
        ]:
            os.write(1, answer(pattern, text, float(seconds)))


def limit_self() -> None:
    """Its parent ends it in time; should that be killed, the kernel does."""
    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, 30)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError):
        os.nice(NICER)


def answer(pattern: "re.Pattern[str]", text: str, seconds: float) -> bytes:
    """The engine asks for signals now and then, and so can be stopped in its own process."""
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return YES if pattern.search(text) else NO
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (TimeoutError, MemoryError, RecursionError):
        return LATE


if __name__ == "__main__":
    main()
