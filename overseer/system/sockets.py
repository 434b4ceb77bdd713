"""Listening sockets that overseer holds, so that a restart of the program refuses nobody.

They are handed to programs as sd_listen_fds(3) says, and stay open while those come and go. A
daemon that begins takes them over from the processes of the one before (pidfd_getfd(2)).
"""

import errno
import logging
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress

from overseer.model.held import Held
from overseer.model.program import Program
from overseer.safe_files import status_of
from overseer.safe_sockets import bind_at, remove_socket
from overseer.system.exec_chain import CannotRun
from overseer.system.takeover import KINDS, Living, high, sockets_of, taken_over
from overseer.system.users import NoSuchUser, resolve

log = logging.getLogger("overseer")

BACKLOG = 4096
"""Connections that wait while the program restarts; the kernel has its own limit (listen(2))."""
Place = tuple[str, str, int, str]


class Sockets:
    """For any thread."""

    def __init__(self, living: Callable[[], Living] = tuple) -> None:
        """*living*: processes that may have been given sockets by the daemon before."""
        self._living = living
        self._open: dict[Place, socket.socket] = {}
        self._wanted: dict[Place, Held] = {}
        self._lock = threading.Lock()

    def arrange(self, programs: Iterable[Program]) -> None:
        """Hold what these name, and nothing else."""
        wanted = {one.place: one for program in programs for one in sockets_of(program).values()}
        with self._lock:
            self._wanted = wanted
            for place in self._open.keys() - wanted.keys():
                self._release(place)
        for trouble in self._try_all():
            log.warning("%s; it is tried again", trouble)

    def descriptors(self) -> list[tuple[Place, int]]:
        """Of those that are held now."""
        with self._lock:
            return [(place, one.fileno()) for place, one in self._open.items()]

    def inherit(self, held: Iterable[tuple[Place, int]]) -> None:
        """From the program before this one in the same process; before `arrange`."""
        with self._lock:
            for place, descriptor in held:
                self._open[place] = socket.socket(fileno=descriptor)

    def turn(self) -> None:
        """Try again what could not be had."""
        if self._wanted.keys() - self._open.keys():
            for _ in self._try_all():
                pass

    def handed_to(self, program: Program) -> Mapping[str, int]:
        """Descriptors by name, in their order. Raises CannotRun."""
        found: dict[str, int] = {}
        with self._lock:
            for word, one in sockets_of(program).items():
                try:
                    found[word] = self._have(one).fileno()
                except (OSError, NoSuchUser) as error:
                    why = f"cannot listen on {program.sockets[word]} (sockets: {word}): "
                    raise CannotRun(why + said(error), hopeless=False) from None
        return found

    def _try_all(self) -> Iterator[str]:
        with self._lock:
            for one in list(self._wanted.values()):
                try:
                    self._have(one)
                except (OSError, NoSuchUser) as error:
                    yield f"cannot listen on {shown(one)}: {said(error)}"

    def _have(self, one: Held) -> socket.socket:
        found = self._open.get(one.place)
        if found is None:
            try:
                found = listening(one)
            except OSError as error:
                taken = taken_over(one, self._living()) if error.errno == errno.EADDRINUSE else None
                if taken is None:
                    raise
                found = taken
            self._open[one.place] = found
        return found

    def _release(self, place: Place) -> None:
        """A path goes with its socket: nobody would answer there."""
        self._open.pop(place).close()
        if place[0] == "unix":
            with suppress(OSError):
                remove_socket(place[3])

    def close(self) -> None:
        """Those of programs that live on go on listening."""
        with self._lock:
            for one in self._open.values():
                one.close()
            self._open.clear()


def listening(one: Held) -> socket.socket:
    """Raises OSError, NoSuchUser."""
    if one.kind == "unix":
        return at_path(one)
    host = one.host or ("::" if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") else "")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    line = high(socket.socket(family, KINDS[one.kind]))
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, one.kind == "tcp")
        if family is socket.AF_INET6:
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(one.host))
        line.bind((host, one.port))
        if one.kind == "tcp":
            line.listen(BACKLOG)
    except BaseException:
        line.close()
        raise
    return line


def at_path(one: Held) -> socket.socket:
    """In place of a socket that nobody listens on. Mode and owner are set of the socket that was
    made: the path may be something else by then."""
    line = high(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    try:
        remove_dead(one.path)
        uid, gid = -1, -1
        if one.user is not None or one.group is not None:
            who = resolve(one.user, one.group)
            uid, gid = who.uid, who.gid
        bind_at(line, one.path, mode=one.mode, uid=uid, gid=gid)
        line.listen(BACKLOG)
    except BaseException:
        line.close()
        raise
    return line


def remove_dead(path: str) -> None:
    """Raises EADDRINUSE where somebody listens, or what is there is no socket."""
    try:
        about = status_of(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(about.st_mode):
        raise OSError(errno.EEXIST, "something that is no socket is there")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as caller:
        caller.setblocking(False)
        with suppress(BlockingIOError):  # its queue is full: somebody listens, slowly
            try:
                caller.connect(path)
            except ConnectionRefusedError:
                return remove_socket(path)
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def shown(one: Held) -> str:
    if one.kind == "unix":
        return f"unix://{one.path}"
    host = f"[{one.host}]" if ":" in one.host else one.host or "*"
    return f"{one.kind}://{host}:{one.port}"


def said(error: OSError | NoSuchUser) -> str:
    if isinstance(error, NoSuchUser):
        return str(error)
    why = str(error.strerror).lower()
    if error.errno == errno.EADDRINUSE:
        return f"{why}; another program listens there"
    return why
