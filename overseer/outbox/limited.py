"""A job function with a time limit: run in a process of its own, which is killed when it is over.

No thread can be ended from outside; whatever the function waits for, its process can.
"""

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from overseer.outbox.parcel import Verdict, dead, retry, sent
from overseer.units import show_seconds

MAIN = "from overseer.outbox.limited import main; main()"
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2): the worker's end is the job's
LONGEST_ANSWER = 2**16


def check_importable(run: Callable[..., object]) -> None:
    """Raises ValueError where another process would not find it."""
    if "<" in run.__qualname__ or run.__module__ == "__main__":
        raise ValueError(
            f"job {run.__name__}: a function with a time_limit runs in a process of its own, which"
            " imports it; define it in a module, outside of other functions"
        )


def run_limited(run: Callable[..., object], payload: Mapping[str, Any], limit: float) -> Verdict:
    hear, say = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", MAIN, run.__module__, run.__qualname__, str(say)],
            stdin=subprocess.PIPE,
            pass_fds=(say,),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
    except OSError as error:
        os.close(hear)
        return retry(f"{sys.executable}: {error.strerror}")
    finally:
        os.close(say)
    with os.fdopen(hear, "rb") as pipe, child:
        try:
            child.communicate(json.dumps(payload).encode(), timeout=limit)
        except subprocess.TimeoutExpired:
            return retry(f"its time limit of {show_seconds(limit)} was over; it was killed")
        finally:
            end(child)
        return read_answer(pipe.read(LONGEST_ANSWER), child.returncode)


def end(child: "subprocess.Popen[bytes]") -> None:
    """With all that it has started and left in its session's group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def read_answer(answer: bytes, code: int) -> Verdict:
    try:
        fate, text = json.loads(answer)
    except ValueError:
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        return retry(f"its process ended without a word: {how}")
    return {"sent": lambda: sent(), "dead": lambda: dead(text)}.get(fate, lambda: retry(text))()


def main() -> None:
    """In the process of its own: module, function, and where to write the answer."""
    from overseer.outbox.jobs import judged

    ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    module, name, descriptor = sys.argv[1:]
    payload = json.load(sys.stdin)
    try:
        run: Any = importlib.import_module(module)
        for part in name.split("."):
            run = getattr(run, part)
        run(**payload)
        verdict = sent()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the application's own code
        verdict = judged(error)
    os.write(int(descriptor), json.dumps([verdict.fate.value, verdict.text[:2000]]).encode())
