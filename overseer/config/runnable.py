"""Whether the commands of a watch can be run on this machine, and stay in the foreground.

What is wrong is a warning: the file may be another machine's, and what is missing now may be there
when it is needed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from overseer.config.host import Host
from overseer.config.node import Entry, Node, Series, Spot, Table, Text, is_null
from overseer.config.trouble import Troubles
from overseer.model import background
from overseer.model.argv import SHELL, split
from overseer.model.program import HOOKS, Argv, Program
from overseer.model.watch import Watch
from overseer.paths import PROGRAM_PATH

OWN = ("command", "start", "stop", "restart", "reload", "check_before_restart")
INSIDE = ("hooks", "states", "ready", "transitions", "lifecycle", "behaviors")
"""Keys of a watch under which commands stand."""
OF_CHECKS = ("fails", "succeeds", "run")
"""Keys of conditions; in the short forms of `healthy` and `ready` they have other names."""
COMMANDS = frozenset((*OWN, *HOOKS, *OF_CHECKS))
NO_COMMANDS = frozenset({"headers", "notify", "from", "to"})
SIGNAL = re.compile(r"[A-Z]+\d*|\d+")
QUOTED = re.compile(r"\\.|'[^']*'|\"[^\"]*\"|[A-Za-z][\w+.-]{0,30}://\S*")  # and URLs
GLOB = re.compile(r"(?<!\S)[^\s*?]*+[*?]\S*")


class Written(NamedTuple):
    """A command as it stands in the file."""

    key: str
    node: Node
    argv: Argv


class Runnable:
    """*path*: PATH of all programs, unless a watch has one of its own."""

    def __init__(self, host: Host, path: str | None, troubles: Troubles) -> None:
        self._host = host
        self._path = path or PROGRAM_PATH
        self._troubles = troubles
        self._read = cache(host.text)
        self._runs = cache(host.runs)
        self._cannot_run = cache(self._why_not)

    def check(self, watch: Watch, spot: Spot, table: Table, commands: Iterable[Written]) -> None:
        program = watch.program
        for one in commands:
            self._warn(one, spot, self._missing(one.argv, program) or globbed(one.node))
            if one.key == "command":
                self._warn(one, spot, self._leaves(one.argv, kept_up=watch.kind == "watch"))
            elif one.key == "start" and background.stays_in_foreground(one.argv):
                why = "it stays in the foreground; write `command` for `start` and `pid_file`"
                self._warn(one, spot, why)
        if "command" in table.entries and watch.kind == "watch" and program.command:
            self._others_work(program.command, spot, table)

    def check_contacts(self, contacts: Mapping[str, Entry]) -> None:
        """Those that run a program, from the root folder."""
        for entry in contacts.values():
            node = entry.node.get("command") if isinstance(entry.node, Table) else None
            argv = words(node, entry.node) if node else ()
            if node and argv:
                why = self._missing(argv, Program())
                self._warn(Written("command", node, argv), entry.spot, why)

    def _warn(self, one: Written, spot: Spot, why: str) -> None:
        if why:
            key = "" if one.key in OF_CHECKS else f"{one.key}: "
            self._troubles.warn(one.node.spot if one.node.spot.line else spot, f"{key}{why}")

    def _missing(self, argv: Argv, program: Program) -> str:
        """Looked for as its launch will look."""
        word = argv[0]
        if program.chroot is not None or (program.env_file is not None and "/" not in word):
            return ""
        if word.startswith("/"):
            return self._cannot_run(word)
        if "/" in word:
            path = f"{program.dir.rstrip('/')}/{word.removeprefix('./')}"
            why = self._cannot_run(path) if self._host.has_folder(program.dir) else ""
            where = f"{word} is looked for in {program.dir} (dir), where"
            return f"{where} {why}" if why else ""
        path = program.env.get("PATH", self._path)
        return self._not_in(word, path)

    def _not_in(self, word: str, path: str) -> str:
        places = [f"{folder}/{word}" for folder in path.split(":") if folder]
        if any(self._runs(place) for place in places):
            return ""
        near = "install it, write its full path, or name its folder in settings: {path: …}"
        return f"there is no program {word} in {path} (PATH); {near}"

    def _why_not(self, path: str) -> str:
        match self._runs(path):
            case None:
                return f"there is no program {path} here; install it, or mend the path"
            case False if self._host.has_folder(path):
                return f"{path} is a folder; write the program in it"
            case False:
                return f"{path} cannot be run here; chmod +x {path}"
        if self._host.shebang(path).endswith("\r"):
            message = f"{path}: its first line ends in a carriage return, as on Windows"
            return f"{message}; mend it with dos2unix"
        return ""

    def _leaves(self, argv: Argv, *, kept_up: bool) -> str:
        """It goes to the background, or has another daemon do the work."""
        daemon = background.goes_to_background(argv, self._read)
        if daemon is None or (daemon.elsewhere and not kept_up):
            return ""
        if daemon.elsewhere:
            return f"it ends at once, what it starts is no child of overseer; {daemon.write}"
        write = background.advice(argv) if kept_up else daemon.write
        return f"it goes to the background, where overseer ends it; {write}"

    def _others_work(self, argv: Argv, spot: Spot, table: Table) -> None:
        """The defaults are other ones, which nobody has to guess."""
        entry = table.entries.get("kill")
        if entry is not None and entry.node.spot.line:
            return
        if work := background.others_work(argv):
            why = f"its {work} outlive it; write kill: process, or kill: tree to end them with it"
        elif background.goes_to_background(argv):
            return
        elif work := background.others_work_within(argv):
            why = f"a stop ends its {work} too; write it without what runs it, or kill: tree"
        else:
            return
        self._warn(Written("command", table.entries["command"].node, argv), spot, why)


def written(table: Table) -> Iterator[Written]:
    """The commands of a watch: its own, and those of hooks, states, checks and rows."""
    for key, entry in table.entries.items():
        if key in OWN:
            yield from _command(key, entry.node, table)
        elif key == "states" and isinstance(entry.node, Table):
            yield from _of_states(entry.node)
        elif key in INSIDE:
            yield from _within(key, entry.node, table)


def _of_states(states: Table) -> Iterator[Written]:
    """A task's: the keys are its own."""
    for name, entry in states.entries.items():
        if isinstance(entry.node, Table):
            yield from _within("states", entry.node, states)
        else:
            yield from _command(name, entry.node, states)


def _within(key: str, node: Node, table: Table) -> Iterator[Written]:
    if isinstance(node, Table):
        for inner, entry in node.entries.items():
            if inner in COMMANDS and not isinstance(entry.node, Table):
                yield from _command(inner, entry.node, node)
            elif inner not in NO_COMMANDS:
                yield from _within(inner, entry.node, node)
    elif isinstance(node, Series):
        for item in node.items:
            yield from _within(key, item, table)


def _command(key: str, node: Node, table: Table) -> Iterator[Written]:
    is_signal = key == "reload" and isinstance(node, Text) and SIGNAL.fullmatch(node.value)
    if not is_signal and (argv := words(node, table)):
        yield Written(key, node, argv)


def words(node: Node, around: Node | None = None) -> Argv:
    """Of a command as it is written, beside `shell: true` in *around*; none where it is not
    understood."""
    if isinstance(node, Series):
        return tuple(one.value for one in node.items if isinstance(one, Text))
    if not isinstance(node, Text) or is_null(node):
        return ()
    shell = around.get("shell") if isinstance(around, Table) else None
    if isinstance(shell, Text) and shell.value == "true":
        return (SHELL, "-c", node.value)
    try:
        return split(node.value)
    except ValueError:
        return ()


def globbed(node: Node) -> str:
    """What a shell would have turned into names of files."""
    if not isinstance(node, Text) or not (glob := GLOB.search(QUOTED.sub("", node.value))):
        return ""
    return (
        f"no shell makes names of files of {glob[0]}; write shell: true, or put it in single"
        " quotes if it is meant as it stands"
    )
