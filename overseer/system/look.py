"""Is a process of this watch there already? The record, then the intent, then the pid file."""

import logging
import os
import time
from collections.abc import Iterable

from overseer.accounts import user_name
from overseer.crew import Crew
from overseer.errors import Refused
from overseer.model.action import Look
from overseer.model.event import Looked
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.status import Errand, Job
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.safe_files import read_file
from overseer.system import identity
from overseer.system.deaths import Deaths
from overseer.system.identity import Stat
from overseer.system.leftovers import Leftovers
from overseer.system.table import Tables, launch_id
from overseer.system.users import uid_of
from overseer.trust import who_misleads

log = logging.getLogger("overseer")

LEEWAY = 2.0
"""Seconds by which a process may seem to have begun after its pid file was written."""
MOST_AT_ONCE = 32
PATIENCE = 30.0
"""Seconds that one look may take."""
TICKS = os.sysconf("SC_CLK_TCK")


class Doubt(Exception):
    """It cannot be told; the message says why."""


class Looker:
    """On threads of its own: a pid file may lie on a file system that hangs."""

    def __init__(self, deaths: Deaths, inbox: Inbox, tables: Tables, leftovers: Leftovers) -> None:
        self._deaths = deaths
        self._inbox = inbox
        self._tables = tables
        self._leftovers = leftovers
        self._under_way: dict[tuple[str, int], float] = {}
        self._crew = Crew("looker", MOST_AT_ONCE)

    def look(self, watch: Watch, action: Look) -> None:
        asked = time.monotonic()
        self._crew.do(lambda: self._look_once(watch, action, asked))

    def say_what_hangs(self) -> None:
        """A look that has begun and has no answer for long tells nothing; one that waits for its
        turn is late. From any thread."""
        for (name, token), began in list(self._under_way.items()):
            if time.monotonic() - began >= PATIENCE:
                self._under_way[name, token] = float("inf")
                doubt = f"looking for its process has had no answer for {PATIENCE:.0f}s"
                self._inbox(name, Looked(token, doubt=doubt))

    def _look_once(self, watch: Watch, action: Look, asked: float) -> None:
        """Asked again while it is looked for, it is not looked for twice."""
        key = (watch.name, action.token)
        if key in self._under_way:
            return
        self._under_way[key] = time.monotonic()
        try:
            self._look(watch, action, asked)
        finally:
            self._under_way.pop(key, None)

    def _look(self, watch: Watch, action: Look, asked: float) -> None:
        try:
            found = self._seek(watch, action, asked)
            if found is not None and not self._deaths.follow(watch.name, found):
                found = None  # it ended while it was being looked at
        except Doubt as doubt:
            self._inbox(watch.name, Looked(action.token, doubt=str(doubt)))
        except Exception as error:  # an answer is owed, whatever went wrong
            log.exception("%s: could not be looked for", watch.name)
            self._inbox(watch.name, Looked(action.token, doubt=f"cannot be told: {error}"))
        else:
            own = found is not None and is_errands(action, found)
            command = action.errand.process if action.errand else None
            left: tuple[Process, ...] = ()
            if found is None and command is not None:
                left = tuple(self._leftovers.behind(watch.name, command, asked))
            self._inbox(watch.name, Looked(action.token, found, running_errand=own, left=left))

    def _seek(self, watch: Watch, action: Look, asked: float) -> Process | None:
        """Where the pid file names a younger process by now, as after a restart command, that."""
        if action.process is not None and self._is_there(action.process):
            return self._successor(watch.name, action) or action.process
        found = seek(watch.name, action, self._tables, self._leftovers, asked)
        return found or self._unrecorded(watch, action)

    def _is_there(self, process: Process) -> bool:
        """Also where it has ended and its end, with its exit code, is about to be heard."""
        return identity.lives(process) or self._deaths.follows(process)

    def _successor(self, name: str, action: Look) -> Process | None:
        try:
            return successor(action.program, name, action.process, self._deaths, self._leftovers)
        except Doubt:  # what is known lives
            return None

    def _unrecorded(self, watch: Watch, action: Look) -> Process | None:
        """The program of a daemon whose records are lost."""
        if action.process is not None or action.errand is not None:
            return None
        programs = self._leftovers.programs(watch.name)
        if len(programs) > 1:
            pids = ", ".join(str(one.pid) for one in programs)
            raise Doubt(
                f"pid {pids} were launched as {watch.name}, and the record of which is lost: end"
                f" all but one, or say which with `overseer adopt {watch.name} PID`"
            )
        return programs[0] if programs else None

    def close(self) -> None:
        self._crew.close()


def is_errands(action: Look, found: Process) -> bool:
    """True for the command's own process: known, or found by the id in its environment. What
    it has started has that id too; but only the program itself stands in the pid file."""
    errand, pid_file = action.errand, action.program.pid_file
    if errand is None or errand.process is not None:
        return errand is not None and found == errand.process
    if errand.job is not Job.LAUNCH and pid_file and read_pid(pid_file) == found.pid:
        return False
    return launch_id(found.pid) == errand.id and is_leader(found.pid)


def is_leader(pid: int) -> bool:
    seen = identity.stat(pid)
    return seen is not None and seen.session == pid


def seek(
    name: str, action: Look, tables: Tables, leftovers: Leftovers, asked: float
) -> Process | None:
    if action.errand is not None and action.errand.process is None:
        launched = by_intent(action.errand, action.program, tables, asked)
        if launched is not None:
            return launched
    if action.program.pid_file is not None:
        return by_pid_file(action.program, name, leftovers)
    return None


def by_intent(errand: Errand, program: Program, tables: Tables, asked: float) -> Process | None:
    """What an earlier daemon launched and did not live to record, in a pass over /proc."""
    if errand.boot != identity.boot_id():
        return None
    table = tables.since(asked)
    named = of_its_user(table.launched.get(errand.id, ()), program)
    named = [it for it in named if it.ticks >= errand.ticks]
    if len(named) > 1:
        raise Doubt(f"more than one process has launch id {errand.id}")
    if named:
        return Process(named[0].pid, named[0].ticks, errand.boot)
    uid = uid_of(program)
    young = [it for it in table.hidden if it.ticks >= errand.ticks]
    if hidden := [it for it in young if identity.owner(it.pid) == uid]:  # who it can only be
        pids = ", ".join(str(it.pid) for it in hidden)
        raise Doubt(f"pid {pids} may be its process: begun since, and its environment is hidden")
    return None


def of_its_user(leaders: Iterable[Stat], program: Program) -> list[Stat]:
    """Without those whose user may have copied the launch id: a program that has begun as its
    user may be nobody else, but while its launch has not yet become him. One of root's may have
    become anybody, unless one is root still."""
    owners = [(it, identity.owner(it.pid)) for it in leaders]
    own = [it for it, owner in owners if owner == uid_of(program)]
    if program.user is None:
        return own or [it for it, _ in owners]
    return own or [it for it, owner in owners if owner == 0]


def read_pid(path: str) -> int | None:
    """The pid a pid file names: the first line that is a number and nothing else, as in god."""
    try:
        lines = read_file(path, 4096).split(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Doubt(f"{path} (pid_file): {error.strerror}") from None
    numbers = (int(line) for line in map(bytes.strip, lines) if line.isdigit())
    return next((pid for pid in numbers if pid > 0), None)


def by_pid_file(program: Program, name: str, leftovers: Leftovers) -> Process | None:
    """Believed only if it is alive, began before the file was written, and is one that the file may
    decide about."""
    path = program.pid_file or ""
    pid = read_pid(path)
    if pid is None or pid in identity.above(identity.stat):
        return None
    process = identity.process_of(pid)
    if process is None or not runs_as(pid, program):
        return None
    try:
        written = os.stat(path).st_mtime
    except OSError:
        return None
    clock_offset = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    if written < clock_offset - LEEWAY:  # before this boot: it names nothing of it
        return None
    if process.ticks / TICKS + clock_offset > written + LEEWAY:
        raise Doubt(
            f"pid {pid} ({program_of(pid)}) began after {path} was written: another program may"
            f" have the pid. Where it has, `rm {path}`; where not, `overseer adopt {name} {pid}`"
        )
    refuse_misled(process, program, name, leftovers)
    return process


def refuse_misled(process: Process, program: Program, name: str, leftovers: Leftovers) -> None:
    """Doubt where somebody else than root may write the pid file, and it names what he could not
    signal himself: neither a process of his own or of the watch's user, nor launched for it."""
    uid, path = identity.owner(process.pid), program.pid_file or ""
    if os.geteuid() != 0 or uid is None:  # the kernel lets us signal our own alone
        return
    if program.user is not None and uid == uid_of(program) != 0:
        return
    misled = who_misleads(path, uid)
    seen = identity.stat(process.pid) if misled else None
    if misled is None or (seen is not None and leftovers.owner(seen) == name):
        return
    own = f"`overseer adopt {name} {process.pid}`"
    if program.user is not None:
        own = f"write user: {user_name(uid)} for {program.user} in its watch"
    raise Doubt(
        f"pid {process.pid} ({program_of(process.pid)}) runs as {user_name(uid)}, and {path} may"
        f" not say so: {misled.why}. If it is another program, `rm {path}`; if it is {name}, {own}"
    )


def refuse_another_users(pid: int, program: Program) -> None:
    """Refused for a process that this program cannot be: whoever asks may have read the pid in a
    file of somebody else."""
    uid = identity.owner(pid)
    if program.user is None or uid is None or uid == uid_of(program):
        return
    runs_as = user_name(uid)
    raise Refused(
        f"pid {pid} ({program_of(pid)}) runs as {runs_as}, and the watch as {program.user}; name"
        f" its own process, or write user: {runs_as} in the watch"
    )


def successor(
    program: Program,
    name: str,
    process: Process | None,
    deaths: Deaths,
    leftovers: Leftovers,
) -> Process | None:
    """The younger process of the watch *name* that its pid file names instead."""
    named = by_pid_file(program, name, leftovers) if program.pid_file and process else None
    if named is None or process is None or named.ticks <= process.ticks:
        return None
    return None if named.pid == process.pid or deaths.is_others(named.pid, name) else named


def program_of(pid: int) -> str:
    """Its name, as `ps` has it."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as comm:
            name = comm.read(64).decode(errors="replace").strip()
    except OSError:
        name = ""
    return "".join(filter(str.isprintable, name)) or "its name cannot be read"


def runs_as(pid: int, program: Program) -> bool:
    """A daemon started by root's control script may have become anybody; else the user counts."""
    uid = identity.owner(pid)
    return uid is not None and (program.user is None or uid in (uid_of(program), 0))
