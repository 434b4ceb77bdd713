"""Where mail comes in: ports of this host alone, and unix sockets."""

import contextlib
import fcntl
import grp
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from typing import NamedTuple

from overseer.errors import Refused, UsageError
from overseer.units import is_whole

UNIX = "unix:"
BACKLOG = 128


class Port(NamedTuple):
    host: str
    number: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.number}" if ":" in self.host else f"{self.host}:{self.number}"


class Access(NamedTuple):
    """Whose processes may open a unix socket."""

    mode: int
    gid: int  # -1: as it is


def read_access(group: str | None, others: bool) -> Access:
    """Our own user's; the group's too; everybody's, whom SO_PEERCRED then tells apart."""
    if group is None:
        return Access(0o666 if others else 0o600, -1)
    try:
        return Access(0o660, grp.getgrnam(group).gr_gid)
    except KeyError:
        raise UsageError(f"--group: there is no group {group!r} here") from None


def read_address(text: str, *, anywhere: bool) -> Port | str:
    """A port, or the path of a unix socket. UsageError says what to write."""
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not os.path.isabs(path):
            raise UsageError(f"--address: {text!r} is no absolute path; write unix:/run/app/mail")
        return path
    host, colon, number = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not is_whole(number) or int(number) > 65535:
        raise UsageError(
            f"--address: {text!r} is not understood; write 127.0.0.1:2525 or unix:/run/app/mail"
        )
    if not anywhere and not is_loopback(host):
        raise UsageError(
            f"--address: {text!r} can be reached from elsewhere, and whoever reaches it sends mail"
            " in your name; write 127.0.0.1, or --anywhere if that is what you want"
        )
    return Port(host, int(number))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(address: Port | str, access: Access, stack: contextlib.ExitStack) -> list[socket.socket]:
    """Until *stack* is closed; a name with several addresses has a socket for each. Refused says
    why not."""
    try:
        if isinstance(address, Port):
            return [stack.enter_context(line) for line in on_port(address)]
        return [stack.enter_context(at_path(address, access))]
    except OSError as error:
        raise Refused(f"--address {address}: {error.strerror or error}") from error


def on_port(address: Port) -> list[socket.socket]:
    found = socket.getaddrinfo(
        *address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
    )
    places = dict.fromkeys((family, place[:2]) for family, _, _, _, place in found)
    return [
        socket.create_server((str(host), int(number)), family=family, backlog=BACKLOG)
        for family, (host, number) in places
    ]


@contextlib.contextmanager
def at_path(path: str, access: Access) -> Iterator[socket.socket]:
    """Never taken from a living listener; PATH.lock, which stays, says whether there is one."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"--address {UNIX}{path}: a listener is there already") from None
        clear(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            os.fchmod(line.fileno(), 0o600)  # the file has the mode of the socket, not the umask's
            line.bind(path)
            try:
                os.chown(path, -1, access.gid)
                os.chmod(path, access.mode)
                line.listen(BACKLOG)
                yield line
            finally:
                with contextlib.suppress(OSError):  # somebody tidied up
                    os.unlink(path)
    finally:
        os.close(lock)


def clear(path: str) -> None:
    """What a listener that was killed has left."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise Refused(f"--address {UNIX}{path}: there is something here that is not a socket")
    os.unlink(path)
