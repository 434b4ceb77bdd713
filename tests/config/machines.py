"""A machine that is the same everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from overseer.config import Host

ENV = {"HOME": "/home/ada", "STAGE": "production"}


@dataclass(frozen=True)
class Machine(Host):
    """Has the user and group ada, and the folders it is told of."""

    folders: frozenset[str] = frozenset({"/", "/run", "/tmp", "/var/log"})
    files: frozenset[str] = field(default_factory=frozenset)
    lacking: frozenset[str] = field(default_factory=frozenset)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def user(self) -> str:
        return "ada"

    @property
    def group(self) -> str:
        return "staff"

    def has_user(self, user: str) -> bool:
        return user in ("ada", "root") or user.isdigit()

    def has_group(self, group: str) -> bool:
        return group in ("staff", "root") or group.isdigit()

    def has_folder(self, path: str) -> bool:
        return path.rstrip("/") in {folder.rstrip("/") for folder in self.folders}

    def env_file_problem(self, path: str, user: str | None, group: str | None) -> str:
        if not self.has_file(path):
            return f"there is no file {path}; make it"
        return super().env_file_problem(path, None, None) if path.startswith("/tmp/") else ""

    def runs(self, path: str) -> bool | None:
        return True if path not in self.lacking else None

    def shebang(self, path: str) -> str:
        return ""

    def text(self, path: str) -> str:
        return self.texts.get(path, "")

    def logrotate(self) -> Mapping[str, str]:
        return {path: text for path, text in self.texts.items() if "logrotate" in path}

    def has_file(self, path: str) -> bool:
        return path in self.files


def machine(**more: object) -> Machine:
    known: dict[str, object] = {"env": ENV, "uid": 1000, "gid": 50, "name": "mail1"}
    return Machine(**{**known, "program": "/opt/overseer", **more})  # type: ignore[arg-type]
