"""Hears what processes say of themselves: the receiving half of sd_notify(3)."""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from overseer.model.event import Extended, Reloading, Succeeded
from overseer.model.process import TICKS, Process
from overseer.model.said import SILENT, Doing, Said
from overseer.model.watch import Watch
from overseer.ports import Clock, Inbox
from overseer.system import identity
from overseer.system.deaths import Deaths
from overseer.system.loop import Loop

log = logging.getLogger("overseer")

CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: unix(7)
LONGEST = 4096
"""Bytes of a message; what is longer is cut."""
STATUS_SHOWN = 200
AT_ONCE = 100
"""Messages of one watch that are read in a turn."""
LEEWAY = 2
"""Clock ticks: a process may seem to have begun before its launch was noted."""


class Notices:
    """A socket for each watch that listens. It is abstract, so that a program in a jail reaches
    it, and has the same name in the next daemon. `prepare` is for launcher threads, all else is
    on the loop's."""

    def __init__(
        self,
        loop: Loop,
        clock: Clock,
        inbox: Inbox,
        deaths: Deaths,
        place: str,
        current: Callable[[str], Process | None],
        nudge: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._inbox = inbox
        self._deaths = deaths
        own = blake2b(f"{identity.boot_id()} {place}".encode(), digest_size=8).hexdigest()
        self._prefix = f"overseer/{own}"
        self._current = current
        self._nudge = nudge
        self._lines: dict[str, socket.socket] = {}
        self._said: dict[str, Said] = {}
        self._born: dict[str, tuple[int, int]] = {}  # uid and ticks of the last launch
        self._lock = threading.Lock()
        self._arranged = False  # before: what an earlier daemon was told is not known here

    def arrange(self, watches: Iterable[Watch]) -> None:
        """Listen for these, and for no others."""
        wanted = {watch.name for watch in watches if watch.listens}
        for name in self._lines.keys() - wanted:
            self._close(name)
        for name in sorted(wanted - self._lines.keys()):
            self._open(name)
        self._arranged = True

    def said(self, name: str) -> Said:
        return self._said.get(name, SILENT)

    def prepare(self, watch: Watch, uid: int) -> Mapping[str, str]:
        """Before a launch: forget what the process before has said. What its environment needs."""
        if watch.name not in self._lines:
            return {}
        now = self._clock.now()
        with self._lock:
            self._born[watch.name] = uid, int(now * TICKS)
            self._said[watch.name] = Said(since=now)
        told = {"NOTIFY_SOCKET": f"@{self._address(watch.name)}"}
        if watch.watchdog is not None:
            told["WATCHDOG_USEC"] = str(int(watch.watchdog * 1e6))
        return told

    def _address(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _open(self, name: str) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            line.bind("\0" + self._address(name))
        except OSError as error:
            line.close()
            log.error("%s: cannot hear what it says (sd_notify): %s", name, error.strerror)
            return
        self._lines[name] = line
        # What runs since before a load was never given the socket: it cannot say it.
        self._said.setdefault(name, Said(ready=self._arranged, since=self._clock.now()))
        self._loop.read(line.fileno(), lambda: self._read(name, line))

    def _close(self, name: str) -> None:
        line = self._lines.pop(name)
        self._loop.ignore(line.fileno())
        line.close()
        self._said.pop(name, None)
        self._born.pop(name, None)

    def _read(self, name: str, line: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                data, extras, _, _ = line.recvmsg(LONGEST, socket.CMSG_SPACE(CREDENTIALS.size))
            except OSError:  # nothing more
                break
            for level, kind, content in extras:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    pid, uid, _ = CREDENTIALS.unpack(content[: CREDENTIALS.size])
                    if self._believes(name, pid, uid):
                        self._hear(name, data.decode(errors="replace"))
        self._nudge(name)

    def _believes(self, name: str, pid: int, uid: int) -> bool:
        """Its user's or root's, and begun since the launch: whoever is left of the process before
        says nothing about this one."""
        owner, born = self._born.get(name) or (None, 0)
        if owner is None:
            process = self._current(name)
            owner = identity.owner(process.pid) if process else None
        seen = identity.stat(pid)
        if seen is None or uid not in (0, owner) or seen.ticks < born - LEEWAY:
            log.warning("%s: pid %d (uid %d) is not heard: it is not the watch's", name, pid, uid)
            return False
        return True

    def _tell_reload(self, name: str, fields: Mapping[str, str]) -> None:
        ready = fields.get("READY") == "1"
        process = self._current(name)
        if process and (ready or fields.get("RELOADING") == "1"):
            self._inbox(name, Reloading(process, over=ready))

    def _hear(self, name: str, text: str) -> None:
        fields = dict(line.partition("=")[::2] for line in text.splitlines())
        now = self._clock.now()
        with self._lock:
            self._said[name] = taken_in(self._said.get(name, SILENT), fields, now)
        self._tell_reload(name, fields)
        if (pid := whole(fields.get("MAINPID"))) is not None:
            self._main_pid(name, pid)
        if (more := whole(fields.get("EXTEND_TIMEOUT_USEC"))) is not None:
            self._inbox(name, Extended(now + more / 1e6))

    def _main_pid(self, name: str, pid: int) -> None:
        before, found = self._current(name), identity.process_of(pid)
        if before is None or found is None or found == before or found.ticks < before.ticks:
            return
        owners = identity.owner(pid), identity.owner(before.pid)
        if owners[0] != owners[1] or self._deaths.is_others(pid, name):
            return
        if self._deaths.follow(name, found):
            self._inbox(name, Succeeded(before, found))

    def close(self) -> None:
        for name in list(self._lines):
            self._close(name)


def taken_in(said: Said, fields: Mapping[str, str], now: float) -> Said:
    """What is known after one message more."""
    if fields.get("READY") == "1":
        said = replace(said, ready=True, alive=said.alive or now, doing=Doing.NOTHING)
    if "STATUS" in fields:
        said = replace(said, status=printable(fields["STATUS"]))
    if fields.get("WATCHDOG") == "1":
        said = replace(said, alive=now, sick=False)
    if fields.get("WATCHDOG") == "trigger":
        said = replace(said, sick=True)
    if fields.get("RELOADING") == "1":
        said = replace(said, doing=Doing.RELOADING)
    if fields.get("STOPPING") == "1":
        said = replace(said, doing=Doing.STOPPING)
    return said


def printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text.strip())[:STATUS_SHOWN]


def whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
