"""Feeds documents to a reader in a child: with little memory, and a limit for its CPU seconds."""

import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SECONDS = 2.0
"""Of CPU for one document: other people's load is no fault of it."""
MEMORY = 200 * 2**20
"""Bytes that one document may add."""
LONGEST = 30.0
"""CPU seconds after which a document that does not end is given up."""

Read = Callable[[str], None]
"""Takes a document; raises AssertionError, or anything else, where it does what it should not."""


@dataclass(frozen=True)
class Fault:
    number: int  # of the document: its seed is `seed:number`
    what: str
    document: str

    def __str__(self) -> str:
        return f"document {self.number}: {self.what}\n---\n{self.document[:3000]}\n---"


class TooLong(BaseException):
    """It would never end."""


def documents(seed: int, numbers: range, make: Callable[[random.Random], str]) -> Iterator[str]:
    for number in numbers:
        yield make(random.Random(f"{seed}:{number}"))


def try_all(
    seed: int, numbers: range, make: Callable[[random.Random], str], read: Read
) -> list[Fault]:
    """In a child of its own. What ends the child is the fault of the document that did."""
    outlet, inlet = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(outlet)
        status = 1
        try:
            with os.fdopen(inlet, "w") as told:
                for number, text in zip(numbers, documents(seed, numbers, make), strict=True):
                    told.write(json.dumps([number, "", ""]) + "\n")
                    told.flush()
                    if what := fault_of(read, text):
                        told.write(json.dumps([number, what, text]) + "\n")
            status = 0
        finally:
            os._exit(status)
    os.close(inlet)
    with os.fdopen(outlet) as heard:
        lines = [json.loads(line) for line in heard]
    _, status = os.waitpid(pid, 0)
    faults = [Fault(*line) for line in lines if line[1]]
    if status:
        last = lines[-1][0] if lines else numbers[0]
        text = next(documents(seed, range(last, last + 1), make))
        faults.append(Fault(last, f"the child ended with status {status}", text))
    return faults


def fault_of(read: Read, text: str) -> str:
    """What is wrong with reading it, "" for nothing."""
    before = time.process_time()
    try:
        with limited():
            read(text)
    except TooLong:
        return f"it does not end within {LONGEST:.0f} CPU seconds"
    except BaseException:  # noqa: BLE001 - whatever it is, it is the fault that is looked for
        return traceback.format_exc(limit=-6)
    spent = time.process_time() - before
    return f"{spent:.1f} CPU seconds" if spent > SECONDS else ""


@contextmanager
def limited() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise TooLong

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(open("/proc/self/statm").read().split()[0])  # noqa: SIM115
    size = pages * resource.getpagesize() + MEMORY
    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.setitimer(signal.ITIMER_PROF, 0)
