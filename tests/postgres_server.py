"""A PostgreSQL of the tests' own: on a unix socket in a folder, gone with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "listen_addresses=")
PATIENCE = "60"


def programs() -> Path | None:
    """Where initdb and pg_ctl are."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(DEBIAN.glob("*/bin"), key=lambda p: float(p.parent.name), default=None)


def lacking() -> str:
    """Why there can be no server here; "": there can."""
    if programs() is None:
        return "PostgreSQL's programs are not installed (apt-get install postgresql)"
    for library in ("procrastinate", "psycopg"):
        try:
            __import__(library)
        except ImportError:
            return f"{library} is not installed (pip install 'overseer-supervisor[postgres]')"
    return ""


class Server:
    def __init__(self, folder: Path, options: tuple[str, ...] = FAST) -> None:
        self.folder = folder
        self._options = options
        self._bin = programs()

    @property
    def url(self) -> str:
        return f"postgresql://tester@/postgres?host={self.folder}"

    def make(self) -> None:
        if os.getuid() == 0:
            os.chown(self.folder, *owner())
        data = str(self.folder / "data")
        self.run("initdb", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", data)

    def start(self) -> None:
        words = " ".join(f"-c {option}" for option in self._options)
        log = str(self.folder / "log")
        self.ctl("start", "-w", "-t", PATIENCE, "-l", log, "-o", f"-k {self.folder} {words}")

    def stop(self, mode: str = "immediate") -> None:
        self.ctl("stop", "-m", mode, "-w", "-t", PATIENCE)

    def ctl(self, *words: str) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), *words)

    def run(self, program: str, *words: str) -> None:
        """As another user than root, whom PostgreSQL refuses to serve."""
        user = owner() if os.getuid() == 0 else None
        # A file: a pipe would stay open in the server.
        with tempfile.TemporaryFile() as out:
            done = subprocess.run(
                [str(self._bin / program), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=user[0] if user else None,
                group=user[1] if user else None,
                extra_groups=() if user else None,
                check=False,
                timeout=120,
            )
            out.seek(0)
            assert done.returncode == 0, out.read().decode(errors="replace")


def owner() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise LookupError("neither a user postgres nor nobody is here")


@contextmanager
def running(options: tuple[str, ...] = FAST) -> Iterator[Server]:
    """In a folder of its own: pytest's may not be entered by others, and have too long a name."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(folder, options)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
