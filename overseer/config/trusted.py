"""What watch files have root read and run, and somebody else may write: refused."""

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from importlib.util import find_spec

from overseer.config.catalogue import Catalogue
from overseer.config.draft import Draft, Rough
from overseer.config.host import Host
from overseer.config.lenient import EVERYTHING
from overseer.config.node import Entry, Node, Series, Spot, Table, Text
from overseer.config.runnable import Written
from overseer.config.settings import Settings
from overseer.config.trouble import Troubles, Unread
from overseer.contacts.base import Contact
from overseer.contacts.command import Command
from overseer.errors import Problem
from overseer.model import background
from overseer.model.known_programs import RUNS_ANOTHER, SHELLS
from overseer.model.program import Argv, Program
from overseer.model.watch import Watch
from overseer.paths import PROGRAM_PATH
from overseer.trust import Untrusted

RUNNERS = SHELLS | RUNS_ANOTHER.keys()
INTERPRETERS = frozenset({"python", "ruby", "node", "perl"}) & RUNS_ANOTHER.keys()
READS, RUNS = "which root reads", "which root runs"
WITH_CHECKS = ("transitions", "lifecycle", "ready")


class TrustCheck:
    """In the files *judged* it is an error, elsewhere a warning: what runs goes on. Where overseer
    is not root it is a warning, and of programs not a word: a shell would run them too."""

    def __init__(
        self,
        host: Host,
        judged: Container[str],
        draft: Draft,
        catalogue: Catalogue,
        troubles: Troubles,
    ) -> None:
        self._host = host
        self._judged = judged
        self._draft = draft
        self._catalogue = catalogue
        self._troubles = troubles
        self._path = PROGRAM_PATH
        self._programs = cache(self._of_program)

    def settings(self, settings: Settings, entries: Mapping[str, Entry]) -> Settings:
        """Without a folder for logs that is not to be used."""
        self._path = settings.path or PROGRAM_PATH
        path, entry = settings.log_dir, entries.get("log_dir")
        untrusted = self._host.trust.of(path, content=True) if path and entry else None
        if untrusted is None or entry is None or (self._host.uid and untrusted.is_shared):
            return settings
        is_refused = self._blame(entry.node.spot, "log_dir", untrusted, "where root writes")
        return replace(settings, log_dir=None) if is_refused else settings

    def check(self, watch: Watch, rough: Rough, table: Table, commands: Iterable[Written]) -> None:
        if self._catalogue.has_named("conditions", "python"):
            self._check_calls(rough, table)
        program = watch.program
        if not self._host.is_root(program.user):
            return
        for command in commands:
            for found in self._found(command.argv, program):
                self._blame(self._within(rough, command.node), command.key, found, RUNS)
        if program.env_file and (untrusted := self._host.trust.of(program.env_file)):
            node = table.entries["env_file"].node
            self._blame(self._within(rough, node), "env_file", untrusted, READS)

    def _check_calls(self, rough: Rough, table: Table) -> None:
        """Python runs in overseer itself, whoever the watch's user is."""
        for key in WITH_CHECKS:
            entry = table.entries.get(key)
            for node in calls(entry.node) if entry else ():
                place = place_of(node.value)
                if place and (untrusted := self._host.trust.of(place)):
                    self._blame(self._within(rough, node), "python", untrusted, RUNS)

    def contacts(
        self, contacts: Mapping[str, Contact | Unread], entries: Mapping[str, Entry]
    ) -> dict[str, Contact]:
        """Those that may be used."""
        return {
            name: contact
            for name, contact in contacts.items()
            if not isinstance(contact, Unread) and self._may_be_used(name, contact, entries[name])
        }

    def _may_be_used(self, name: str, contact: Contact, entry: Entry) -> bool:
        refused = False
        for key, untrusted, used in self._of_contact(contact) if not self._host.uid else ():
            spot = entry.spot
            for node in entry.node.entries.values() if isinstance(entry.node, Table) else ():
                if isinstance(node.node, Table) and (option := node.node.entries.get(key)):
                    spot = option.node.spot
            refused |= self._blame(spot, f"{name}: {key}", untrusted, used)
        return not refused

    def _of_contact(self, contact: Contact) -> Iterator[tuple[str, Untrusted, str]]:
        found: list[tuple[str, Untrusted | None, str]] = []
        for option in fields(contact):
            key, path = option.name, getattr(contact, option.name)
            if isinstance(path, str) and path.startswith("/"):
                if key.endswith("_file"):
                    found.append((key, self._host.trust.of(path), READS))
                elif key == "sendmail":
                    found.append((key, self._host.trust.of(path), RUNS))
        if folder := contact.templates:
            whole = self._host.trust.of(folder, content=True)
            each = [self._host.trust.of(one) for one in entries(folder)] if not whole else []
            found += [("templates", one, READS) for one in (whole, *each)]
        if isinstance(contact, Command) and self._host.is_root(contact.user):
            found += [("command", one, RUNS) for one in self._found(contact.argv(), Program())]
        yield from ((key, one, used) for key, one, used in found if one)

    def _found(self, argv: Argv, program: Program) -> Sequence[Untrusted]:
        path = program.env.get("PATH", self._path)
        if runner(argv[0]) not in RUNNERS and "=" not in argv[0]:
            argv = argv[:1]  # of thousands of watches a few programs
        return self._programs(argv, program.dir, program.chroot or "", path)

    def _of_program(self, argv: Argv, folder: str, root: str, path: str) -> Sequence[Untrusted]:
        found = (self._host.trust.of(place) for place in self._places(argv, folder, root, path))
        return tuple(dict.fromkeys(one for one in found if one))

    def _places(self, argv: Argv, folder: str, root: str, path: str) -> Iterator[str]:
        """The program, the interpreter of its first line, and what these run in their turn."""
        before = ""
        for words, _ in background.stages(argv):
            if not words:
                return
            word = words[0]
            is_script = runner(before) in INTERPRETERS
            if not is_script or self._host.has_file(os.path.join(folder, word)):
                yield from self._lookup(word, folder, root, path, is_script=is_script)
            before = word
            if background.basename(word) in SHELLS and len(words) > 1 and words[1][:1] not in "-+":
                yield from self._lookup(words[1], folder, root, path, is_script=True)

    def _lookup(
        self, word: str, folder: str, root: str, path: str, *, is_script: bool
    ) -> Iterator[str]:
        if "/" in word or is_script:
            place = root + os.path.join(folder, word)
            yield place
            yield from self._interpreter(place, root, path)
            return
        for place in (f"{root}{one}/{word}" for one in path.split(":") if one.startswith("/")):
            yield os.path.dirname(place)  # whoever writes there is found first
            if self._host.runs(place):
                yield place
                yield from self._interpreter(place, root, path)
                return

    def _interpreter(self, place: str, root: str, path: str) -> Iterator[str]:
        line = self._host.shebang(place).removeprefix("#!").split()
        for word in line[:2] if line and background.basename(line[0]) == "env" else line[:1]:
            if word.startswith("/"):
                yield root + word
            elif not word.startswith("-"):
                yield from self._lookup(word, "/", root, path, is_script=False)

    def _within(self, rough: Rough, node: Node) -> Spot:
        """Where it stands, or the watch that it is for: a watch costs itself alone."""
        fault = self._draft.blocks.fault(Problem(*_place(node.spot), ""))
        own = fault.definition == rough.definition and node.spot.file == rough.spot.file
        return node.spot if own else rough.spot

    def _blame(self, spot: Spot, key: str, untrusted: Untrusted, used: str) -> bool:
        message = f"{key}: {untrusted.said(used)}"
        is_refused = self._host.uid == 0 and spot.file in self._judged
        if is_refused:
            self._troubles.error(spot, message)
        else:
            self._troubles.warn(spot, message)
        return is_refused


def runner(word: str) -> str:
    """`python` of /usr/bin/python3.11"""
    return background.basename(word).rstrip("0123456789.")


def judged_files(draft: Draft, roots: Iterable[str] | None) -> Container[str]:
    """Those that these roots have led to; None: all."""
    if roots is None:
        return EVERYTHING
    return {file for root in roots for file in draft.sources.get(root, ())}


def calls(node: Node) -> Iterator[Text]:
    """The functions that conditions of this kind call."""
    if isinstance(node, Series):
        for item in node.items:
            yield from calls(item)
    elif isinstance(node, Table):
        for key, entry in node.entries.items():
            call = entry.node.get("call") if isinstance(entry.node, Table) else entry.node
            if key == "python" and isinstance(call, Text):
                yield call
            else:
                yield from calls(entry.node)


@cache
def place_of(call: str) -> str:
    """The file that is run for it, or the folder of its package; "" where there is none."""
    place = call.rpartition(":")[0]
    if place.startswith("/"):
        return place
    try:
        spec = find_spec(place.partition(".")[0])
    except (ImportError, ValueError):
        return ""
    if spec is None or spec.origin in (None, "built-in", "frozen"):
        return ""
    return spec.origin or ""


def entries(folder: str) -> list[str]:
    """What stands in it: a link may lead elsewhere."""
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    except OSError:
        return []


def _place(spot: Spot) -> tuple[str, int, int]:
    return spot.file, spot.line, spot.column
