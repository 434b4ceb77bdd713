"""Whose pid file a god condition names: the watch's own, another watch's, or a stranger's."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from overseer.importers import background
from overseer.importers.recording import Condition, Recording, Watch

OTHER = "other_process_running"
"""The kind that a `process_running` about another process gets here."""
LOGS = ("log", "err_log")
UNIX = "unix:"
PATHS: Mapping[str, Sequence[str]] = {
    "disk_usage": ("mount_point",),
    "file_mtime": ("path",),
    "file_touched": ("path",),
    "http_response_code": ("ca_file",),
    "socket_responding": ("path", "socket"),
}
"""The options of conditions that are paths of this machine."""
OWN_KINDS = frozenset({"process_running", "memory_usage", "cpu_usage"})
ADOPTED = (
    "pid_file: in god only the conditions name it; the program goes to the background and writes "
    "it, so it is the watch's here"
)
SHARED = (
    "{name} is left out ({at}): its pid_file {path} is that of {other}, too, so that god took both "
    "for one process. Each watch needs its own; a program in the foreground needs none (command:)"
)


@dataclass(frozen=True, slots=True)
class PidFiles:
    """*owners* has the first watch of each pid file, by its full path."""

    folder: str = "/"
    owners: Mapping[str, str] = field(default_factory=dict)

    def full(self, path: object) -> str:
        return os.path.normpath(os.path.join(self.folder, str(path)))


def collect(recording: Recording, names: Mapping[str, str]) -> PidFiles:
    owners: dict[str, str] = {}
    found = PidFiles(recording.folder, owners)
    for watch in recording.watches:
        if not watch.task and watch.options.get("pid_file") is not None:
            owners.setdefault(found.full(watch.options["pid_file"]), names[watch.name])
    return found


def shared(watch: Watch, ours: str, pids: PidFiles) -> str:
    """Why a second watch of one pid file cannot be loaded; "" for any other."""
    if watch.task or watch.options.get("pid_file") is None:
        return ""
    path = pids.full(watch.options["pid_file"])
    other = pids.owners.get(path, ours)
    if other == ours:
        return ""
    return SHARED.format(name=ours, at=watch.at, path=path, other=other)


def prepared(recording: Recording, names: Mapping[str, str]) -> Recording:
    """With full paths, and with conditions that say of which process they are."""
    watches = tuple(_full_paths(watch, recording.folder) for watch in recording.watches)
    pids = collect(replace(recording, watches=watches), names)
    watches = tuple(_resolved(_with_pid_file(watch, pids), recording, pids) for watch in watches)
    return replace(recording, watches=watches)


def _full_paths(watch: Watch, folder: str) -> Watch:
    """god's daemon keeps the folder that it was started in; a program writes its log in `dir`."""
    options, remarks = dict(watch.options), list(watch.remarks)
    for key in () if watch.task else ("chroot", "dir", "pid_file", "unix_socket", *LOGS):
        value = options.get(key)
        if value == "":
            del options[key]
        base = (options.get("dir") or "/") if key in LOGS else folder
        if _is_relative(value) and isinstance(base, str) and base.startswith("/"):
            options[key] = os.path.normpath(os.path.join(base, value))
            remarks.append(f'{key} was "{value}", seen from {base}')
    rows = []
    for row in watch.rows:
        conditions = tuple(_seen_from(one, folder, remarks) for one in row.conditions)
        rows.append(replace(row, conditions=conditions))
    return replace(watch, options=options, rows=tuple(rows), remarks=tuple(remarks))


def _is_relative(value: object) -> TypeGuard[str]:
    """god takes a ~ for the name of a folder; nobody means that."""
    return isinstance(value, str) and value != "" and not value.startswith(("/", "~"))


def _seen_from(condition: Condition, folder: str, remarks: list[str]) -> Condition:
    """With the full paths of what it looks at."""
    options = dict(condition.options)
    for key in PATHS.get(condition.kind, ()):
        value = options.get(key)
        before = UNIX if key == "socket" else ""
        if not isinstance(value, str) or not value.startswith(before):
            continue
        relative = value.removeprefix(before)
        if _is_relative(relative):
            options[key] = before + os.path.normpath(os.path.join(folder, relative))
            remarks.append(f'{condition.kind}: {key} was "{value}", seen from {folder}')
    operands = tuple(_seen_from(part, folder, remarks) for part in condition.operands)
    return replace(condition, options=options, operands=operands)


def _with_pid_file(watch: Watch, pids: PidFiles) -> Watch:
    """That of a program that daemonizes, which only its conditions and behaviors name."""
    start = watch.options.get("start")
    if watch.task or watch.options.get("pid_file") is not None or not isinstance(start, str):
        return watch
    named = {pids.full(path) for path in _named(watch)} - pids.owners.keys()
    if len(named) != 1 or not background.goes_to_background(start):
        return watch
    options = {**watch.options, "pid_file": named.pop()}
    return replace(watch, options=options, remarks=(*watch.remarks, ADOPTED))


def _named(watch: Watch) -> Iterator[object]:
    for row in watch.rows:
        for condition in row.conditions:
            if condition.kind in OWN_KINDS and condition.options.get("pid_file") is not None:
                yield condition.options["pid_file"]
    for behavior in watch.behaviors:
        if behavior.kind == "clean_pid_file" and behavior.options.get("pid_file") is not None:
            yield behavior.options["pid_file"]


def _resolved(watch: Watch, recording: Recording, pids: PidFiles) -> Watch:
    own = None if watch.task else pids.full(own_or_gods(watch, recording))

    def about(condition: Condition) -> Condition:
        operands = tuple(map(about, condition.operands))
        path = condition.options.get("pid_file")
        if condition.kind not in OWN_KINDS or path is None:
            return replace(condition, operands=operands)
        options = {key: value for key, value in condition.options.items() if key != "pid_file"}
        full = pids.full(path)
        if full == own:
            return replace(condition, options=options)
        owner = None if watch.task else pids.owners.get(full)  # a task depends on nothing
        options |= {"pid_file": full, "owner": owner}
        kind = OTHER if condition.kind == "process_running" else condition.kind
        return replace(condition, kind=kind, options=options)

    rows = [replace(row, conditions=tuple(map(about, row.conditions))) for row in watch.rows]
    return replace(watch, rows=tuple(rows))


def own_or_gods(watch: Watch, recording: Recording) -> str:
    """Where the pid stands: in the program's own file, or in god's."""
    own = watch.options.get("pid_file")
    return str(own or os.path.join(recording.pid_folder, f"{watch.name}.pid"))


def running(path: str) -> str:
    """A shell's line that succeeds while the process of a pid file is there."""
    return f'pid=$(cat {shlex.quote(path)}) && test -d "/proc/${{pid:?}}"'
