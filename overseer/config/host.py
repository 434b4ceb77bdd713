"""What a watch file may ask of this machine: who is there, what its name is, what exists."""

import grp
import os
import pwd
import socket
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from glob import glob

from overseer.credentials import of_names
from overseer.env_file import BadEnvFile, read_env_file
from overseer.safe_files import read_file
from overseer.trust import Trust
from overseer.units import is_id

LOGROTATE, LOGROTATE_FOLDER = "/etc/logrotate.conf", "/etc/logrotate.d"


def own_program() -> str:
    """The `overseer` command that belongs to the Python at work, wherever it is installed."""
    beside = os.path.join(os.path.dirname(sys.executable), "overseer")
    return beside if os.path.exists(beside) else "overseer"


@dataclass(frozen=True)
class Host:
    """This machine; a test hands in one of its own."""

    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    uid: int = field(default_factory=os.geteuid)
    gid: int = field(default_factory=os.getegid)
    name: str = field(default_factory=socket.gethostname)
    program: str = field(default_factory=own_program)
    allowed: tuple[str, ...] = ()  # paths that are trusted, whoever may write there

    @cached_property
    def trust(self) -> Trust:
        return Trust(self.uid, self.allowed)

    def is_root(self, user: str | None) -> bool:
        """What runs as that user, or as ours."""
        if user is None or user in ("root", "0"):
            return self.uid == 0
        try:
            return not is_id(user) and pwd.getpwnam(user).pw_uid == self.uid == 0
        except (KeyError, ValueError):  # ValueError: a NUL
            return False

    @property
    def user(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:  # a container's number without a name
            return str(self.uid)

    @property
    def group(self) -> str:
        try:
            return grp.getgrgid(self.gid).gr_name
        except KeyError:
            return str(self.gid)

    def has_user(self, user: str) -> bool:
        """A number is taken as it is."""
        try:
            return is_id(user) or bool(pwd.getpwnam(user))
        except (KeyError, ValueError):  # ValueError: a NUL
            return False

    def has_group(self, group: str) -> bool:
        try:
            return is_id(group) or bool(grp.getgrnam(group))
        except (KeyError, ValueError):  # ValueError: a NUL
            return False

    def has_folder(self, path: str) -> bool:
        return os.path.isdir(path)

    def has_file(self, path: str) -> bool:
        return os.path.exists(path)

    def env_file_problem(self, path: str, user: str | None, group: str | None) -> str:
        """Why *path* cannot be read as an env_file of a watch with that user; "" if it can."""
        try:
            read_env_file(path, of_names(user, group))
        except KeyError:
            return ""  # there is no such user, which is a problem of its own
        except FileNotFoundError:
            return f"there is no file {path}; make it"
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}"
        except BadEnvFile as error:
            return str(error)
        return ""

    def runs(self, path: str) -> bool | None:
        """Whether *path* is a file that somebody may run; None: there is none."""
        try:
            mode = os.stat(path).st_mode
        except OSError:
            return None
        return stat.S_ISREG(mode) and bool(mode & 0o111)

    def shebang(self, path: str) -> str:
        """The first line of a script, without its end; "" for anything else."""
        try:
            with open(path, "rb") as file:
                line = file.readline(256)
        except OSError:
            return ""
        return line.decode(errors="replace").rstrip("\n") if line.startswith(b"#!") else ""

    def text(self, path: str) -> str:
        """Of a program's configuration; "" where it cannot be read."""
        try:
            return read_file(path).decode(errors="replace")
        except OSError:
            return ""

    def logrotate(self) -> Mapping[str, str]:
        """What logrotate reads, by file."""
        found = (LOGROTATE, *sorted(glob(f"{LOGROTATE_FOLDER}/*")))
        return {path: text for path in found if (text := self.text(path))}

    def real(self, path: str) -> str:
        return os.path.realpath(path)
