"""Reads a file of `NAME=value` lines: the environment of a program."""

import re

from overseer.credentials import Credentials
from overseer.safe_files import LARGEST, read_file

NAME = r"(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*="
DOUBLE = r'"(?P<double>(?:[^"\\]|\\.)*)"'
SINGLE = r"'(?P<single>[^']*)'"
COMMENT = r"\#[^\n]*"
ENTRY = re.compile(
    rf"""[ \t]*
    (?: (?:[\#;][^\n]*)?
      | {NAME}
        (?: [ \t]+{COMMENT}
          | [ \t]*(?:{DOUBLE}|{SINGLE})[ \t]*(?:{COMMENT})?
          | [ \t]*+(?P<plain>(?!["'])[^\n]*+)
        )
    )(?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
)
COMMENTED = re.compile(r"[ \t]\#")
"""Where a value without quotes ends."""
QUOTED = re.compile(rf"[ \t]*{NAME}[ \t]*(?P<quote>[\"'])")
CLOSED = re.compile(rf"[ \t]*{NAME}[ \t]*(?:{DOUBLE}|{SINGLE})", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\n": ""} | {char: char for char in '"\\$`'}


class BadEnvFile(Exception):
    """Where, and what to write; never what stands there, which may be a secret."""


def read_env_file(path: str, user: Credentials | None = None) -> dict[str, str]:
    """OSError where it cannot be opened; BadEnvFile where a line cannot be read. *user*: in a
    folder that others may write it is read with his rights."""
    content = read_file(path, user=user)
    if len(content) == LARGEST:
        raise BadEnvFile(f"{path} is larger than 1 MB; is it the right file?")
    try:
        return parse_env_file(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadEnvFile(f"{path}:{line}: write it in UTF-8") from None
    except BadEnvFile as error:
        raise BadEnvFile(f"{path}:{error}") from None


def parse_env_file(text: str) -> dict[str, str]:
    """Of a name that is there twice the last value counts."""
    text = text.replace("\r\n", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadEnvFile(f"{line}: there is a NUL, which no variable can hold; take it out")
    values: dict[str, str] = {}
    position, line = 0, 1
    while position < len(text):
        entry = ENTRY.match(text, position)
        if entry is None:
            raise BadEnvFile(f"{line}: {_what_to_write(text, position)}")
        if entry["name"]:
            values[entry["name"]] = _value(entry)
        line += text.count("\n", position, entry.end())
        position = entry.end()
    return values


def _value(entry: re.Match[str]) -> str:
    if entry["double"] is not None:
        return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[0]), entry["double"])
    if entry["plain"] is None:
        return entry["single"] or ""
    return COMMENTED.split(entry["plain"], maxsplit=1)[0].rstrip(" \t")


def _what_to_write(text: str, position: int) -> str:
    quoted = QUOTED.match(text, position)
    if quoted is None:
        return "write NAME=value, or # before a comment"
    name, quote = quoted["name"], quoted["quote"]
    if CLOSED.match(text, position) is None:
        return f"{name}: the quote before its value is never closed; write {quote} behind it"
    inside = '\\" for each " in it' if quote == '"' else "no other ' in it"
    return f"{name}: something follows the closing quote; put the whole value in quotes, {inside}"
