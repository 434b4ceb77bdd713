"""Who holds leases: a worker of procrastinate's table, and the process it is."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from overseer.outbox.moment import Moment, boot_id
from overseer.outbox.postgres.server import Cursor

LONG_GONE = "1 day"


class Seen(NamedTuple):
    """A sign of life, and the uptime at which it was first seen."""

    heartbeat: object
    since: float


class Watcher:
    """Calls a holder dead whose process is gone from this machine, or who has given no sign of life
    for a whole lease while we were watching.

    A heartbeat that is old when we first see it says nothing: the server may have been away.
    """

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def forget(self) -> None:
        self._seen = {}

    def dead(self, cursor: Cursor, own: int | None, at: Moment, lease: float) -> list[int]:
        rows = cursor.execute(
            "SELECT w.id, w.last_heartbeat, o.machine, o.process FROM procrastinate_workers w"
            " LEFT JOIN outbox_worker o USING (id) WHERE w.id IS DISTINCT FROM %s AND EXISTS"
            " (SELECT 1 FROM procrastinate_jobs j WHERE j.status = 'doing' AND j.worker_id = w.id)",
            (own,),
        ).fetchall()
        return [row[0] for row in self._silent(rows, at, lease)]

    def _silent(
        self, rows: Iterable[tuple[Any, ...]], at: Moment, lease: float
    ) -> list[tuple[Any, ...]]:
        before, self._seen = self._seen, {}
        found = []
        for row in rows:
            id, heartbeat, machine, process = row
            seen = before.get(id)
            if seen is None or seen.heartbeat != heartbeat:
                seen = Seen(heartbeat, at.uptime)
            self._seen[id] = seen
            if at.uptime - seen.since >= lease or is_gone(machine, process):
                found.append(row)
        return found


def register(cursor: Cursor, name: str) -> int:
    row = cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
    assert row is not None
    cursor.execute(
        "INSERT INTO outbox_worker VALUES (%s, %s, %s, %s, %s)",
        (row[0], name, os.uname().nodename, machine_id(), process_id(os.getpid())),
    )
    return int(row[0])


def beat(cursor: Cursor, id: int) -> bool:
    """False: somebody has called us dead."""
    query = "UPDATE procrastinate_workers SET last_heartbeat = clock_timestamp() WHERE id = %s"
    return cursor.execute(query, (id,)).rowcount > 0


def leave(cursor: Cursor, id: int) -> None:
    cursor.execute("SELECT procrastinate_unregister_worker_v1(%s)", (id,))


def sweep(cursor: Cursor) -> None:
    """Holders of nothing that have not been heard of for long."""
    cursor.execute(
        "DELETE FROM procrastinate_workers w WHERE last_heartbeat < now() - %s::interval"
        " AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.worker_id = w.id)",
        (LONG_GONE,),
    )


def machine_id() -> str:
    """Where a process id means the same process."""
    return f"{boot_id()} {os.readlink('/proc/self/ns/pid')}"


def process_id(pid: int) -> str:
    """With its start time: nobody else ever has both."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if stat[0] in (b"Z", b"X") else f"{pid} {stat[19].decode()}"


def is_gone(machine: str | None, process: str | None) -> bool:
    if not machine or not process or machine != machine_id():
        return False
    return process_id(int(process.partition(" ")[0])) != process
