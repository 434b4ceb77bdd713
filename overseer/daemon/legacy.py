"""What an earlier daemon, or a watch, has left: statuses and living processes."""

import os
from collections.abc import Collection

from overseer.control.office import LeftOver
from overseer.core import unrecorded
from overseer.engine import Engine
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.system import identity
from overseer.system.leftovers import Leftovers

SHOWN = 40
"""Characters of the name of a program."""


def take_up(
    engine: Engine,
    store: StateStore,
    watches: Collection[Watch],
    leftovers: Leftovers,
    now: float,
    replaced: bool = False,
) -> list[str]:
    """Every watch with what was known of it; the rest is kept for a watch that takes it over. Where
    the record of a watch names nothing that lives, a process may run all the same that was launched
    later: the records were lost, or could not be written. The names of such watches."""
    without_record = []
    known, boot = store.load_statuses(), identity.boot_id()
    living = leftovers.everywhere(watch.name for watch in watches)
    for watch in watches:
        record = remembered(store, watch, known)
        newer: list[unrecorded.LaunchedProcess] = []
        if watch.name in living and has_launch_ids(watch) and not names_a_living_one(record):
            newer = unrecorded.since(record, leftovers.launched(living[watch.name]), boot)
        if newer:
            without_record.append(watch.name)
            leftovers.forgotten(watch.name, [launched.process for launched in newer])
            record = unrecorded.taken_over(watch, record, newer, boot, now)
        engine.add(watch, record, replaced=replaced)
    engine.left.update((name, one) for name, one in known.items() if name not in engine.watches)
    return without_record


def has_launch_ids(watch: Watch) -> bool:
    """What daemonizes itself is found by its pid file."""
    return watch.is_task or watch.program.command is not None


def names_a_living_one(record: Status | None) -> bool:
    """The watch's process, or that of a command under way."""
    if record is None:
        return False
    named = (record.process, record.errand.process if record.errand else None)
    return any(process is not None and identity.lives(process) for process in named)


def remembered(store: StateStore, watch: Watch, known: dict[str, Status]) -> Status | None:
    """By this name, or by the one that it had."""
    if watch.name in known or watch.was not in known:
        return known.get(watch.name)
    status = known.pop(watch.was).but({"name": watch.name})
    store.record({watch.name: status}, (), True)
    store.forget(watch.was)
    return status


def left_over(engine: Engine, leftovers: Leftovers) -> list[LeftOver]:
    """Processes of watches that are gone, as long as they live and nobody has taken them; and what
    launches have left behind."""
    taken = {status.process for status in list(engine.statuses.values())}
    found = [
        LeftOver(name, status.process.pid, command=command(status.process.pid))
        for name, status in list(engine.left.items())
        if status.process and status.process not in taken and identity.lives(status.process)
    ]
    known = {one.pid for one in found}
    for name, orphans in leftovers.now(list(engine.watches)).items():
        main = engine.process_of(name)
        for orphan in orphans:  # one in the session of its main process is part of that
            if orphan.pid not in known and (main is None or orphan.session != main.pid):
                gone = name not in engine.watches
                found.append(LeftOver(name, orphan.pid, gone, command(orphan.pid)))
    return found


def command(pid: int) -> str:
    """The name of its program; of its arguments nothing, for passwords may stand there."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            program = words.read(4096).partition(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""
    return "".join(filter(str.isprintable, os.path.basename(program)))[:SHOWN]
