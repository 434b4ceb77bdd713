"""Has the user's own Ruby run god configurations, and hears what they ask for."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from overseer.errors import BAD_FILE, OverseerError, Refused
from overseer.importers import recording
from overseer.importers.recording import Recording

RECORDER = Path(__file__).parent / "god_recorder.rb"


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


def record(files: Sequence[str], *, ruby: str | None = None) -> Recording:
    """Run *files*, one after another, as god would. What they print goes to standard error.

    BadFile where one of them cannot be read or raises.
    """
    for file in files:
        if not os.path.isfile(file):
            raise BadFile(f"{file}: no such file; name a god configuration, like /etc/god/web.god")
    told = _run([ruby or find(), "-W0", str(RECORDER)], files)
    if not told:
        raise BadFile(f"{', '.join(files)}: ruby has ended without a word about it")
    if told.startswith('{"failed"'):
        raise BadFile(_failure(told))
    return recording.read(told)


def _run(command: Sequence[str], files: Sequence[str]) -> str:
    """What came through the pipe; standard output may be written on by the files."""
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as pipe:
        try:
            child = subprocess.Popen(
                [*command, str(writing), *map(os.path.abspath, files)],
                stdin=subprocess.DEVNULL,
                stdout=2,
                pass_fds=[writing],
            )
        finally:
            os.close(writing)
        try:
            told = pipe.read()
        finally:
            child.terminate() if child.poll() is None else None
            child.wait()
    return told


def _failure(told: str) -> str:
    import json

    failed = json.loads(told)["failed"]
    first = failed["message"].splitlines()[0] if failed["message"] else failed["kind"]
    if failed["status"] is not None:
        return f"{failed['at']}: it ended itself, exit code {failed['status']}: {first}"
    if failed["kind"] == "SyntaxError":
        return str(first)
    hint = ""
    if failed["kind"] == "LoadError":
        hint = "; install that library for this ruby, or take the line out"
    return f"{failed['at']}: {first} ({failed['kind']}){hint}"
