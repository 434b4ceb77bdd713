"""Hears what processes say of themselves: the receiving half of sd_notify(3)."""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from overseer.log_limit import LogLimit, and_more
from overseer.model.event import Extended, Reloading, Succeeded
from overseer.model.process import TICKS, Process
from overseer.model.said import SILENT, Doing, Said
from overseer.model.watch import Watch
from overseer.ports import Clock, Inbox
from overseer.system import identity
from overseer.system.deaths import Deaths
from overseer.system.loop import Loop
from overseer.system.notify_sockets import NotifySockets
from overseer.system.users import uid_of

log = logging.getLogger("overseer")

CREDENTIALS = struct.Struct("iII")  # pid, uid, gid: unix(7)
LONGEST = 4096
"""Bytes of a message; what is longer is cut."""
STATUS_SHOWN = 200
AT_ONCE = 20
"""Messages at one socket that are read in a turn."""
PAUSE = 0.05
"""Seconds that a socket with more than these has to wait, for each twenty such sockets."""
LEEWAY = 2
"""Clock ticks: a process may seem to have begun before its launch was noted."""


class NotifyLine(NamedTuple):
    """A socket that is listened to: by which address, and its descriptor."""

    address: str
    descriptor: int


class Notices:
    """A socket for each watch that listens. `prepare` is for launcher threads, all else is on the
    loop's. Who sends without end waits, and nobody else."""

    def __init__(
        self,
        loop: Loop,
        clock: Clock,
        inbox: Inbox,
        deaths: Deaths,
        sockets: NotifySockets,
        current: Callable[[str], Process | None],
        nudge: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._inbox = inbox
        self._deaths = deaths
        self._sockets = sockets
        self._current = current
        self._nudge = nudge
        self._lines: dict[str, dict[str, socket.socket]] = {}  # by watch and address
        self._addresses: dict[str, str] = {}  # what the next process of a watch is given
        self._paused: dict[tuple[str, str], float] = {}
        self._log_limit = LogLimit()
        self._said: dict[str, Said] = {}
        self._born: dict[str, tuple[int, int]] = {}  # uid and ticks of the last launch
        self._lock = threading.Lock()
        self._arranged = False  # before: what an earlier daemon was told is not known here

    def arrange(self, watches: Iterable[Watch]) -> None:
        """Listen for these, and for no others."""
        wanted = {watch.name: watch for watch in watches if watch.listens}
        for name in self._lines.keys() - wanted.keys():
            self._close(name)
        for watch in wanted.values():
            self._open(watch)
        self._arranged = True

    def turn(self, now: float) -> float:
        """Read again what had to wait; the moment of the next turn."""
        for (name, address), due in list(self._paused.items()):
            if due <= now:
                del self._paused[name, address]
                self._listen_at(name, address, self._lines[name][address])
        return min(self._paused.values(), default=float("inf"))

    def inherit(
        self, name: str, line: NotifyLine, said: Said, born: tuple[int, int] | None
    ) -> None:
        """From the program before this one in the same process; before `arrange`."""
        inherited = socket.socket(fileno=line.descriptor)
        inherited.setblocking(False)
        self._lines.setdefault(name, {})[line.address] = inherited
        self._said[name] = said
        if born is not None:
            self._born[name] = born
        self._listen_at(name, line.address, inherited)

    def handed_over(self) -> list[tuple[str, NotifyLine, Said, tuple[int, int] | None]]:
        """What `inherit` takes."""
        return [
            (name, NotifyLine(address, line.fileno()), self.said(name), self._born.get(name))
            for name, lines in self._lines.items()
            for address, line in lines.items()
        ]

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
        address = self._addresses[watch.name]
        try:
            self._sockets.give(address, uid)
        except OSError as error:
            log.error("%s: cannot hear what it says (sd_notify): %s", watch.name, error.strerror)
        told = {"NOTIFY_SOCKET": address}
        if watch.watchdog is not None:
            told["WATCHDOG_USEC"] = str(int(watch.watchdog * 1e6))
        return told

    def _open(self, watch: Watch) -> None:
        process = self._current(watch.name)
        owner = identity.owner(process.pid) if process else None
        uid = uid_of(watch.program) if owner is None else owner
        pid = None if self._arranged or process is None else process.pid
        addresses = self._sockets.addresses(watch, pid)
        lines = self._lines.setdefault(watch.name, {})
        for address in addresses:
            if address in lines:
                continue
            try:
                line = lines[address] = self._sockets.bind(address, uid)
            except OSError as error:
                said = error.strerror or error
                log.error("%s: cannot hear what it says (sd_notify): %s", watch.name, said)
                continue
            self._listen_at(watch.name, address, line)
        if not lines:
            del self._lines[watch.name]
            return
        self._addresses[watch.name] = addresses[0]
        # What runs since before a load was never given the socket: it cannot say it.
        self._said.setdefault(watch.name, Said(ready=self._arranged, since=self._clock.now()))

    def _listen_at(self, name: str, address: str, line: socket.socket) -> None:
        self._loop.read(line.fileno(), lambda: self._read(name, address, line))

    def _close(self, name: str) -> None:
        for address, line in self._lines.pop(name).items():
            if self._paused.pop((name, address), None) is None:
                self._loop.ignore(line.fileno())
            line.close()
            with suppress(OSError):
                self._sockets.remove(address)
        self._addresses.pop(name, None)
        self._said.pop(name, None)
        self._born.pop(name, None)

    def _read(self, name: str, address: str, line: socket.socket) -> None:
        heard = False
        for _ in range(AT_ONCE):
            try:
                data, extras, _, _ = line.recvmsg(LONGEST, socket.CMSG_SPACE(CREDENTIALS.size))
            except OSError:  # nothing more
                break
            for level, kind, content in extras:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                    pid, uid, _ = CREDENTIALS.unpack(content[: CREDENTIALS.size])
                    if self._believes(name, pid, uid):
                        heard = True
                        self._hear(name, data.decode(errors="replace"))
        else:
            self._pause(name, address, line)
        if heard:
            self._nudge(name)

    def _pause(self, name: str, address: str, line: socket.socket) -> None:
        """The sender waits, as the kernel keeps only some messages."""
        self._loop.ignore(line.fileno())
        due = self._clock.now() + PAUSE * (1 + len(self._paused) / 20)
        self._paused[name, address] = due
        self._loop.alarm(due)

    def _believes(self, name: str, pid: int, uid: int) -> bool:
        """Its user's or root's, and begun since the launch: whoever is left of the process before
        says nothing about this one."""
        owner, born = self._born.get(name) or (None, 0)
        if owner is None:
            process = self._current(name)
            owner = identity.owner(process.pid) if process else None
        if uid in (0, owner):  # else it is not worth a look
            seen = identity.stat(pid)
            if seen is not None and seen.ticks >= born - LEEWAY:
                return True
        if (number := self._log_limit.left_out((name, uid), self._clock.now())) is not None:
            said = f"pid {pid} (uid {uid}) is not heard: it is not the watch's"
            log.warning("%s: %s%s", name, said, and_more(number))
        return False

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
    """None for what is none, or is longer than any time or pid."""
    return int(text) if text and len(text) < 18 and text.isascii() and text.isdigit() else None
