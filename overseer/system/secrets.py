"""Values that a program is given and nobody is to read: of its environment, of files it names."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import unquote

from overseer.credentials import Credentials, acting_as, of_names
from overseer.env_file import BadEnvFile, read_env_file
from overseer.model.program import Program
from overseer.safe_files import read_file

NAMES = re.compile(
    r"pass|pwd|secret|token|credential|private|salt|dsn|auth|cookie|session|signature"
    r"|(?:^|_)(?:key|pw|pin)(?:_|$)|key$",
    re.I,
)
"""In the names of what is a secret; _FILE behind one of them names a file with it."""
LOGIN = re.compile(r"://[^/\s:@]{0,100}:([^/\s@]{1,300})@")
SHORTEST = 4
"""Characters: to leave out every "1" would leave out everything."""
RANDOM = 16
"""Characters from which on letters mixed with digits look like a key, whatever it is called."""
MOST_READ = 4096
MOST_VALUES = 1000
HARMLESS = frozenset({"true", "false", "none", "null", "production", "development", "staging"})


def secrets_of(program: Program) -> list[str]:
    """The longest first. A file that cannot be read has nothing to hide."""
    known = dict(program.env)
    try:
        user = of_names(program.user, program.group)
    except KeyError:
        return []  # nothing has run as him
    if program.env_file is not None:
        with suppress(BadEnvFile, OSError):
            known = read_env_file(program.env_file, user) | known
    found = {value for value in values(known, user) if is_long(value)}
    return sorted(found, key=len, reverse=True)[:MOST_VALUES]


def is_long(value: str) -> bool:
    return len(value) >= SHORTEST and value.lower() not in HARMLESS


def values(env: Mapping[str, str], user: Credentials | None) -> Iterator[str]:
    for name, value in env.items():
        yield from (part for login in LOGIN.findall(value) for part in (login, unquote(login)))
        if name.upper().endswith("_FILE") and NAMES.search(name[:-5]):
            yield from lines_of(value, user)
        elif (NAMES.search(name) and value[:1] != "/") or looks_random(value):
            yield value
            if "\n" in value:
                yield from map(str.strip, value.splitlines())


def looks_random(value: str) -> bool:
    letters = any(one.isalpha() for one in value)
    return (
        len(value) >= RANDOM
        and letters
        and any(one.isdigit() for one in value)
        and re.fullmatch(r"[A-Za-z0-9+/=_-]+", value) is not None
        and value[0] != "/"
    )


def lines_of(path: str, user: Credentials | None) -> Iterator[str]:
    """He may have chosen the path himself: it is read with his rights, wherever it is."""
    try:
        with acting_as(user):
            text = read_file(path, MOST_READ).decode(errors="replace")
    except (OSError, ValueError):
        return
    yield from filter(None, (line.strip() for line in text.splitlines()))
