"""Whether this machine has what a watch asks for, and whether two watches ask for the same."""

import os
from collections.abc import Container, Iterator, Mapping
from functools import cache

from overseer.config import logrotate
from overseer.config.host import Host
from overseer.config.node import Entry, Spot, Table
from overseer.config.settings import Settings
from overseer.config.trouble import Troubles
from overseer.model.program import Program
from overseer.model.watch import Watch

GROUPS = ("admin_group", "operator_group", "viewer_group", "socket_group")
RUN = ("/run", "/var/run")


class Presence:
    """Of the files in *strict* what is missing is an error; else a warning: it may be another
    machine's, or come by itself."""

    def __init__(self, host: Host, strict: Container[str], troubles: Troubles) -> None:
        self._host = host
        self._strict = strict
        self._troubles = troubles
        self._pid_files: dict[str, tuple[str, Spot]] = {}
        self._known: dict[tuple[str, str], bool] = {}
        self._env_files: dict[tuple[str, str | None, str | None], str] = {}
        self._rotations = cache(lambda: tuple(logrotate.blocks(host.logrotate())))

    def check(self, watch: Watch, spot: Spot, table: Table) -> None:
        self._pid_file(watch, table)
        program = watch.program
        if program.user is None and self._host.uid == 0:
            said = f"{watch.name} runs as root; write user: NAME, or user: root if that is meant"
            self._troubles.warn(spot, said)
        for key, said in (*self._people(program), *self._places(program)):
            self._missed(_spot(table, key, spot), f"{key}: {said}")
        for key, said in (*self._pid_folder(program), *self._rotated(program)):
            self._troubles.warn(_spot(table, key, spot), f"{key}: {said}")

    def check_groups(self, settings: Settings, entries: Mapping[str, Entry]) -> None:
        """Those that may use the control socket."""
        for key in GROUPS:
            group = getattr(settings, key)
            if key in entries and group is not None and not self._is("group", group):
                said = f"{key}: there is no unix group {group} here; make it with groupadd"
                self._missed(entries[key].node.spot, said)

    def _missed(self, spot: Spot, said: str) -> None:
        if spot.file in self._strict:
            self._troubles.error(spot, said)
        else:
            self._troubles.warn(spot, said)

    def _pid_file(self, watch: Watch, table: Table) -> None:
        """One process belongs to one watch."""
        if watch.program.pid_file is None:
            return
        spot = table.entries["pid_file"].node.spot
        real = self._host.real(watch.program.pid_file)
        other, place = self._pid_files.setdefault(real, (watch.name, spot))
        if other != watch.name:
            said = f"pid_file: {watch.program.pid_file} is {other}'s too, at {place}; "
            self._troubles.error(spot, said + "each watch needs its own")

    def _people(self, program: Program) -> Iterator[tuple[str, str]]:
        user, group = program.user, program.group
        if user is not None and not self._is("user", user):
            yield "user", f"there is no user {user} here; write one that exists, or a number"
        if group is not None and not self._is("group", group):
            said = f"there is no unix group {group} here; to put watches together "
            yield "group", f"{said}write tags: [{group}]"

    def _places(self, program: Program) -> Iterator[tuple[str, str]]:
        root = program.chroot or ""
        if root and not self._is("folder", root):
            yield "chroot", f"there is no folder {root}; make it"
            return
        if root and not self._is("file", f"{root}/dev/null"):
            yield "chroot", f"there is no dev/null in {root}; make it with mknod"
        if not self._is("folder", root + program.dir):
            yield "dir", f"there is no folder {root}{program.dir}; make it"
        for key in ("log", "err_log"):
            path = getattr(program, key)
            folder = os.path.dirname(path) if path else None
            if folder and not self._will_be(folder, program):
                said = f"there is no folder {folder}; make it"
                yield key, said + (", or write runtime_dir" if folder.startswith(RUN) else "")
        if program.env_file and (why := self._env_file(program.env_file, program)):
            yield "env_file", why

    def _env_file(self, path: str, program: Program) -> str:
        """Read once, however many watches of a user name it."""
        reads = path, program.user, program.group
        if reads not in self._env_files:
            self._env_files[reads] = self._host.env_file_problem(*reads)
        return self._env_files[reads]

    def _pid_folder(self, program: Program) -> Iterator[tuple[str, str]]:
        """A start command may make it, as many did before there was systemd."""
        folder = os.path.dirname(program.pid_file or "")
        if folder and not self._will_be(folder, program):
            said = f"there is no folder {folder} yet; without it no pid file comes: the start "
            said += "command has to make it"
            yield "pid_file", said + (", or write runtime_dir" if folder.startswith(RUN) else "")

    def _rotated(self, program: Program) -> Iterator[tuple[str, str]]:
        """A program goes on writing into a log that was renamed."""
        for key in ("log", "err_log"):
            path = getattr(program, key)
            if path and (where := logrotate.moved_by(path, self._rotations())):
                said = f"{where} renames it, and what is written then goes to the renamed file; "
                yield key, f"{said}write copytruncate there, or leave the log to log_size"

    def _will_be(self, folder: str, program: Program) -> bool:
        """runtime_dir is made before each launch."""
        made = program.runtime_dir and folder in [f"{run}/{program.runtime_dir}" for run in RUN]
        inside = f"{program.chroot}{folder}" if program.chroot else folder
        return bool(made) or self._is("folder", folder) or self._is("folder", inside)

    def _is(self, what: str, name: str) -> bool:
        """The host, asked once."""
        if (what, name) not in self._known:
            self._known[what, name] = self._ask(what, name)
        return self._known[what, name]

    def _ask(self, what: str, name: str) -> bool:
        match what:
            case "user":
                return self._host.has_user(name)
            case "group":
                return self._host.has_group(name)
            case "folder":
                return self._host.has_folder(name)
        return self._host.has_file(name)


def _spot(table: Table, key: str, otherwise: Spot) -> Spot:
    entry = table.entries.get(key)
    return entry.node.spot if entry else otherwise
