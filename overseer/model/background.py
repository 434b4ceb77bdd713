"""Whether a command goes to the background, as far as its words and its configuration say."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from overseer.model.known_programs import (
    DAEMONS,
    IN_ITS_PLACE,
    OTHERS_WORK,
    RUNS_ANOTHER,
    SHELLS,
    Daemon,
)
from overseer.model.program import Argv

Read = Callable[[str], str]
"""The text of a configuration; "" where there is none."""
ANYTHING = "write its foreground option"
AND = Daemon("", "leave out the &", background="&")
ENDS_LIST = ("&&", "||", ";")
AFTER_AND = ("echo", "disown", "exit", "true")
"""What follows a program in the background and does not wait for it."""
DEEPEST = 5
ASSIGNED = re.compile(r"[A-Za-z_]\w*=")


class Recognized(NamedTuple):
    daemon: Daemon
    arguments: str


def basename(path: str) -> str:
    return path.rpartition("/")[2]


def unread(_path: str) -> str:
    return ""


def goes_to_background(argv: Argv, read: Read = unread) -> Daemon | None:
    """What is known of the program, where this command makes it go to the background."""
    program = recognize(argv)
    if program is None:
        return None
    goes = program.daemon is AND or _goes(program, read)
    return program.daemon if goes else None


def stays_in_foreground(argv: Argv) -> bool:
    """True where an option says so."""
    program = recognize(argv)
    return program is not None and _has(program.daemon.foreground, program.arguments)


def advice(argv: Argv) -> str:
    """What to write in place of a command that has gone to the background."""
    program = recognize(argv)
    first = program.daemon.write if program else ANYTHING
    return f"{first}, or {'' if first.startswith('write') else 'write '}`start:` and `pid_file:`"


def others_work(argv: Argv) -> str:
    """What the children of the program are, where they are no part of it: `sessions`; "" where
    they are, or where the command itself is not the program."""
    words: Sequence[str] = argv
    for _ in range(DEEPEST):
        if not words or basename(words[0]) not in IN_ITS_PLACE:
            break
        words = _inner(words)
    work = OTHERS_WORK.get(basename(words[0]), "") if words else ""
    # Where it goes to the background a second copy would have to be told from those.
    return "" if work and goes_to_background(argv) else work


def others_work_within(argv: Argv) -> str:
    """The same of a program that the command runs and does not become."""
    words, _ = _program(argv)
    return OTHERS_WORK.get(basename(words[0]), "") if words else ""


def recognize(argv: Sequence[str]) -> Recognized | None:
    """The program that a command comes to, if it stands in the table."""
    words, put_aside = _program(argv)
    if put_aside:
        return Recognized(AND, "")
    named = _named(basename(words[0])) if words else ()
    return _which(named, " ".join(words[1:])) if named else None


def _program(argv: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The words of the program that a command comes to, through other commands and shells, and
    whether a shell puts it into the background."""
    *_, last = stages(argv)
    return last


def stages(argv: Sequence[str]) -> Iterator[tuple[Sequence[str], bool]]:
    """A command, what that runs in its turn, and so on; and whether a shell puts it into the
    background."""
    words = argv
    for _ in range(DEEPEST):
        while words and ASSIGNED.match(words[0]):
            words = words[1:]
        yield words, False
        name = basename(words[0]) if words else ""
        text = _for_a_shell(words) if name in SHELLS else None
        if text is not None:
            tokens = _tokens(text)
            if _ends_with_and(tokens):
                yield tokens, True
                return
            words = _last(tokens)
        elif name.rstrip("0123456789.") in RUNS_ANOTHER:
            words = _inner(words)
        else:
            return
    yield words, False


@cache
def _named(name: str) -> tuple[Daemon, ...]:
    return tuple(daemon for daemon in DAEMONS if re.fullmatch(daemon.names, name))


def _which(named: Sequence[Daemon], arguments: str) -> Recognized:
    """Of several with that name the one whose option is there."""
    right = (daemon for daemon in named if _has(daemon.background, arguments))
    return Recognized(next(right, named[0]), arguments)


def _goes(program: Recognized, read: Read) -> bool:
    daemon, arguments = program
    if _has(daemon.foreground, arguments):
        return False
    if _has(daemon.background, arguments):
        return True
    path, is_named = _configuration(daemon, arguments)
    lines = read(path) if path else ""
    if is_named and not lines:
        return False  # it may say so there
    if daemon.in_foreground and _line(daemon.in_foreground).search(lines):
        return False
    if daemon.in_background and _line(daemon.in_background).search(lines):
        return True
    return daemon.usual


def _configuration(daemon: Daemon, arguments: str) -> tuple[str, bool]:
    """Its path, and whether the arguments name it."""
    given = re.search(rf"(?<!\S){daemon.config}(?!\S)", arguments) if daemon.config else None
    return (given[1], True) if given else (daemon.config_path, False)


def _has(pattern: str, arguments: str) -> bool:
    return bool(pattern) and _words(pattern).search(arguments) is not None


@cache
def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{pattern})(?![^\s=])")


@cache
def _line(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*(?:{pattern})\s*(?:#.*)?$", re.MULTILINE)


def _inner(words: Sequence[str]) -> Sequence[str]:
    """The command that this one runs."""
    name = basename(words[0])
    valued, before = RUNS_ANOTHER[name.rstrip("0123456789.")]
    rest = list(words[1:])
    while rest and (rest[0].startswith("-") or ASSIGNED.match(rest[0])):
        word = rest.pop(0)
        if word == "--":
            break
        if name.startswith("python") and word == "-m":
            return rest
        takes_next = not word.startswith("--") and len(word) == 2 and word[1] in valued
        if takes_next and rest:
            rest.pop(0)
    return rest[before:]


def _for_a_shell(words: Sequence[str]) -> str | None:
    """The text of `sh -c TEXT`, `su - www -c TEXT`."""
    for at, word in enumerate(words[:-1]):
        if re.fullmatch(r"-\w*c|--command", word):
            return words[at + 1]
    return None


def _tokens(text: str) -> list[str]:
    reader = shlex.shlex(text, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    try:
        return list(reader)
    except ValueError:
        return []


def _ends_with_and(tokens: Sequence[str]) -> bool:
    """A program is put into the background, and nothing waits for it."""
    if "&" not in tokens:
        return False
    last = len(tokens) - 1 - tokens[::-1].index("&")
    rest = [token for token in tokens[last + 1 :] if token != ";"]
    return not rest or rest[0] in AFTER_AND


def _last(tokens: Sequence[str]) -> Sequence[str]:
    """The command that a shell comes to: of a pipe the first."""
    ends = [place for place, token in enumerate(tokens) if token in ENDS_LIST]
    if ends and ends[-1] == len(tokens) - 1:  # prog;
        tokens, ends = tokens[:-1], ends[:-1]
    rest = tokens[ends[-1] + 1 :] if ends else tokens
    return rest[: rest.index("|")] if "|" in rest else rest
