"""Finds watch files: arguments, folders, ready-made ones by name; and reads each of them once."""

import errno
import os
import stat
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from glob import escape, iglob
from itertools import islice
from typing import Any

from overseer.errors import BAD_FILE, OverseerError

LARGEST = 16 * 2**20  # bytes of one file: a thousand watches take a tenth of a megabyte
MOST = 10_000  # files that one pattern may match
SUFFIXES = (".yml", ".yaml", ".yml.j2")


class NoFile(OverseerError):
    """A watch file that is not there; the message says what was looked for."""

    exit_code = BAD_FILE


class Texts:
    """Every file read, with its text, what each root led to and what each pattern matched: the
    disk is asked once. *below* is a folder of copies, each under the whole of its path: they are
    read, and called by the names of what they are copies of."""

    def __init__(self, below: str = "") -> None:
        self._below = below
        self._texts: dict[str, str] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._matches: dict[tuple[str, str], tuple[str, ...]] = {}  # by who asked, and for what

    @property
    def by_path(self) -> Mapping[str, str]:
        return self._texts

    def as_json(self) -> dict[str, Any]:
        """What `of_json` takes: all that has been read."""
        matches = [[asker, pattern, found] for (asker, pattern), found in self._matches.items()]
        return {"texts": self._texts, "roots": self._roots, "matches": matches}

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> "Texts":
        both = cls()
        both._texts = dict(found["texts"])
        both._roots = {root: tuple(files) for root, files in found["roots"].items()}
        both._matches = {(asker, what): tuple(files) for asker, what, files in found["matches"]}
        return both

    def root(self, root: str) -> tuple[str, ...]:
        """The files that an argument means. Raises NoFile, OSError."""
        if root not in self._roots:
            copy = self._below + root
            self._roots[root] = self._named(expand_root(copy if os.path.exists(copy) else root))
        return self._roots[root]

    def read(self, path: str) -> str:
        """Raises OSError, or UnicodeDecodeError for what is not UTF-8."""
        if path not in self._texts:
            self._texts[path] = read_regular(self._below + path).decode("utf-8-sig")
        return self._texts[path]

    def is_of_the_disk(self, path: str) -> bool:
        """Whether *path* is still to be read there: not of a copy, which is ours."""
        return not self._below and path not in self._texts

    def matching(self, pattern: str, asker: str) -> tuple[str, ...]:
        """The watch files that *pattern*, or the folder of that name, leads to; in name order.
        *asker* is the file it stands in."""
        if (asker, pattern) not in self._matches:
            self._matches[asker, pattern] = self._named(_matching(self._below, pattern))
        return self._matches[asker, pattern]

    def _named(self, paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(path.removeprefix(self._below) for path in paths)

    def includes(self, file: str) -> bool:
        """Whether *file* has asked for others."""
        return any(asker == file for asker, _ in self._matches)

    def replaced(self, texts: Mapping[str, str]) -> "Texts":
        """The same, with these texts for those of their files; what they include is asked anew."""
        both = self.without((), texts)
        both._texts |= texts
        return both

    def without(self, roots: Collection[str], files: Collection[str]) -> "Texts":
        """The same, but for these roots and files, which are to be read anew."""
        rest = Texts()
        rest._roots = {root: found for root, found in self._roots.items() if root not in roots}
        rest._texts = {file: text for file, text in self._texts.items() if file not in files}
        rest._matches = {key: found for key, found in self._matches.items() if key[0] not in files}
        return rest

    def renewed(self, newer: "Texts", roots: Collection[str], files: Collection[str]) -> "Texts":
        """These roots, with their files, as *newer* has them; all else as it was."""
        both = self.without(roots, files)
        both._roots |= {root: newer.root(root) for root in roots}
        both._texts |= {file: newer.read(file) for file in files}
        both._matches |= {key: found for key, found in newer._matches.items() if key[0] in files}
        return both


def read_regular(path: str) -> bytes:
    """Raises OSError, also for what would never end, or never begin: a FIFO, a device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if about.st_size > LARGEST:
            raise OSError(errno.EFBIG, f"it is larger than {LARGEST >> 20} MB")
        return file.read(LARGEST)


def _matching(below: str, pattern: str) -> tuple[str, ...]:
    if os.path.isdir(below + pattern):
        return in_folder(below + pattern)
    found = list(islice(iglob(escape(below) + pattern, recursive=True), MOST + 1))
    if len(found) > MOST:
        raise OSError(
            errno.ELOOP, f"{pattern} matches more than {MOST} files; does a link lead up?"
        )
    files = {os.path.realpath(path): path for path in sorted(found, reverse=True)}
    return tuple(
        sorted(os.path.normpath(path) for path in files.values() if not os.path.isdir(path))
    )


def in_folder(folder: str) -> tuple[str, ...]:
    names = sorted(os.listdir(folder))
    return tuple(
        os.path.normpath(os.path.join(folder, name))
        for name in names
        if name.endswith(SUFFIXES) and not name.startswith(".")
    )


def shelves() -> tuple[str, ...]:
    """Where ready-made watch files stand: beside the package, or where the wheel puts them."""
    beside = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import sysconfig  # slow to import, and seldom needed

    installed = (sysconfig.get_path("data"), sys.prefix, "/usr/local", "/usr")
    shared = [os.path.join(prefix, "share", "overseer", "watches") for prefix in installed]
    return tuple(dict.fromkeys([os.path.join(beside, "watches"), *shared]))


def ready_made(name: str, folders: Sequence[str] | None = None) -> str | None:
    """The file of a ready-made watch, found by its bare name."""
    if os.sep in name or name.startswith("."):
        return None
    for folder in shelves() if folders is None else folders:
        for suffix in SUFFIXES:
            path = os.path.join(folder, name + suffix)
            if os.path.isfile(path):
                return path
    return None


def ready_made_names() -> list[str]:
    names = (
        os.path.basename(path)
        for folder in shelves()
        if os.path.isdir(folder)
        for path in in_folder(folder)
    )
    return sorted({name.split(".")[0] for name in names})


def expand_root(root: str, folders: Sequence[str] | None = None) -> tuple[str, ...]:
    """The files that an argument means; NoFile if there are none."""
    if os.path.isdir(root):
        if found := in_folder(root):
            return found
        raise NoFile(f"{root}: no watch file is in this folder; it holds no *.yml")
    if os.path.exists(root):
        return (os.path.normpath(root),)
    if path := ready_made(root, folders):
        return (path,)
    if os.path.islink(root):
        raise NoFile(f"{root}: {_broken_link(root)}")
    looked = "no such file"
    if os.sep not in root and not root.endswith(SUFFIXES):
        looked += f", and no ready-made watch of that name in {', '.join(_existing(folders))}"
    raise NoFile(f"{root}: {looked}")


def _broken_link(path: str) -> str:
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "this link leads back to itself; name a file"
    return "no such file; it is a link, and what it leads to is not there"


def _existing(folders: Sequence[str] | None) -> list[str]:
    everywhere = shelves() if folders is None else folders
    return [folder for folder in everywhere if os.path.isdir(folder)] or [everywhere[0]]


def find(
    words: Sequence[str], default: str, cwd: str = "", *, missing_too: bool = False
) -> tuple[str, ...]:
    """The roots that the words on a command line mean, seen from *cwd*; without words *default*.

    NoFile for a word that means nothing; with *missing_too* it is the path that it would have.
    """
    if not words:
        if not missing_too and not os.path.exists(default):
            raise NoFile(f"{default}: no such file; name a watch file, or write this one")
        return (default,)
    roots = []
    for word in words:
        path = os.path.join(cwd, word)
        root = path if os.path.exists(path) or os.path.islink(path) else word
        try:
            expand_root(root)
        except (NoFile, OSError) as error:
            if not missing_too:
                raise _not_found(root, error) from error
            root = path
        roots.append(os.path.normpath(root))
    return tuple(dict.fromkeys(roots))


def _not_found(root: str, error: NoFile | OSError) -> NoFile:
    if isinstance(error, NoFile):
        return error
    return NoFile(f"{root}: cannot be read: {(error.strerror or '').lower()}")
