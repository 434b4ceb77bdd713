"""Has the user's own Ruby run god configurations, and hears what they ask for."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from overseer.errors import BAD_FILE, OverseerError, Refused
from overseer.importers import recording
from overseer.importers.recording import Recording

RECORDER = Path(__file__).parent / "god_recorder.rb"
LIMIT = 60.0
SPARE = 5.0
"""Seconds for the recorder to say where it was after its time."""
NOTHING = "there is nothing of god in it: no God.watch, God.task or God.contact"
OURS = "; it looks like a watch file of overseer, which needs no import: overseer check"


class BadFile(OverseerError):
    """A god configuration that does not run: where, and what Ruby said."""

    exit_code = BAD_FILE


def find() -> str:
    """The path of `ruby`; Refused where there is none."""
    found = shutil.which("ruby")
    if found is None:
        said = "god configurations are Ruby, and there is no ruby on this machine's PATH; "
        raise Refused(said + "apt install ruby (any version will do; god itself is not needed)")
    return found


def record(files: Sequence[str], *, ruby: str | None = None, limit: float = LIMIT) -> Recording:
    """Run *files*, one after another, as god would. What they print goes to standard error.

    BadFile where one of them cannot be read, raises, or is not done in *limit* seconds, and where
    there is nothing of god in them.
    """
    for file in files:
        _check_file(file)
    text = _run([ruby or find(), "-W0", str(RECORDER)], files, limit)
    if not text:
        raise BadFile(f"{', '.join(files)}: ruby ended before the end of it, without an error")
    if text.startswith('{"failed"'):
        raise BadFile(_failure(text))
    recorded = recording.read(text)
    if not (recorded.watches or recorded.contacts or recorded.options):
        raise BadFile(f"{', '.join(files)}: {NOTHING}")
    return recorded


def _check_file(file: str) -> None:
    if os.path.isdir(file):
        raise BadFile(f"{file}: a folder; name the files in it, like {os.path.join(file, '*.god')}")
    if not os.path.isfile(file):
        raise BadFile(f"{file}: no such file; name a god configuration, like /etc/god/web.god")
    try:
        with open(file, "rb"):
            return
    except OSError as error:
        raise BadFile(f"{file}: {error.strerror}") from error


def _run(command: Sequence[str], files: Sequence[str], limit: float) -> str:
    """What the recorder wrote into a file of its own; standard output may be written on by *files*.

    The recorder ends itself after *limit*, and says where it was; if it cannot, it is killed.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        child = subprocess.Popen(
            [*command, str(output.fileno()), f"{limit:g}", *map(os.path.abspath, files)],
            stdin=subprocess.DEVNULL,
            stdout=2,
            pass_fds=[output.fileno()],
            process_group=0,
        )
        try:
            child.wait(limit + SPARE)
        except subprocess.TimeoutExpired:
            raise BadFile(f"{', '.join(files)}: {_too_long(limit)}") from None
        finally:
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        output.seek(0)
        return output.read()


def _too_long(limit: float) -> str:
    return f"still at it after {limit:g} s; if it only needs longer, write --timeout 5m"


def _failure(text: str) -> str:
    failed = json.loads(text)["failed"]
    at, kind = failed["at"], failed["kind"]
    first = failed["message"].splitlines()[0] if failed["message"] else kind
    if failed["status"] is not None:
        return f"{at}: it ended itself, exit code {failed['status']}: {first}"
    if kind == "SyntaxError":
        hint = OURS if at.endswith((".yml", ".yaml")) else ""
        return f"{first if at in first else f'{at}: {first}'}{hint}"
    if kind == "TooLong":
        return f"{at}: {first}; if it only needs longer, write --timeout 5m"
    hint = "; install that library for this ruby, or take the line out" if failed["library"] else ""
    return f"{at}: {first} ({kind}){hint}"
