"""What goes to standard output and standard error: nothing in it moves the cursor, and an encoding
that lacks a character is no error."""

import codecs
import io
import os
import re
import sys
from typing import TextIO

CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""All but tab and line feed: C0, DEL, C1, separators of lines, and what turns the direction."""
ESCAPED = {
    code: f"\\x{code:02x}" if code < 0x20 else f"\\u{code:04x}"
    for code in range(0x2070)
    if CONTROLS.match(chr(code))
}
"""Of what JSON may hold unescaped, as JSON writes it."""
COLOURS = re.compile(r"(\x1b\[[0-9;]*m)")
IN_ASCII = {
    **dict.fromkeys("├└", "|-"),
    **dict.fromkeys("│┃", "|"),
    **{"─": "-", "…": "...", "·": "-", "→": "->", "✓": "ok", "✗": "x"},
}
"""Signs of our own pages, for terminals that lack them."""
MOST_QUOTED = 300
"""Characters of a line of a log."""
ERRORS = "overseer.in_ascii"
STREAMS = ("stdin", "stdout", "stderr")


def visible(text: str, *, colours: bool = False) -> str:
    """Control characters as `\\x1b`; *colours*: but for those of colours."""
    if CONTROLS.search(text) is None:
        return text
    if not colours:
        return text.translate(ESCAPED)
    return "".join(
        part if place % 2 else part.translate(ESCAPED)
        for place, part in enumerate(COLOURS.split(text))
    )


def printable(text: str) -> str:
    """What a program has printed, without what would move the cursor or set colours."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def quotable(line: str) -> str:
    """A line of a log as a sentence quotes it."""
    text = printable(line.strip())
    return text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 1]}…"


def on_one_line(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def visible_in(value: object) -> object:
    """The same for all texts of what JSON has brought."""
    match value:
        case str():
            return visible(value)
        case list():
            return [visible_in(item) for item in value]
        case dict():
            return {key: visible_in(item) for key, item in value.items()}
    return value


class SafeStream(io.TextIOWrapper):
    """Nothing that is written colours a terminal, for it may be others' text: our own colours go by
    write_coloured(), and what has to go out as it is by write_raw()."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors=ERRORS,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._original = stream  # which would close the buffer when it goes
        self._colours = stream.isatty()

    def write(self, text: str) -> int:
        super().write(visible(text))
        return len(text)

    def write_coloured(self, text: str) -> None:
        super().write(visible(text, colours=self._colours))

    def write_as_it_is(self, text: str) -> int:
        return super().write(text)


def write_raw(stream: TextIO, text: str) -> None:
    """Past the door: drawings of our own, and logs as programs have written them."""
    if isinstance(stream, SafeStream):
        stream.write_as_it_is(text)
    else:
        stream.write(text)


def write_coloured(stream: TextIO, text: str) -> None:
    """A line of our own, whose texts of others have been through visible() already."""
    if isinstance(stream, SafeStream):
        stream.write_coloured(text)
    else:
        stream.write(text)


def make_streams_safe() -> None:
    """For the rest of the process. A closed stream is /dev/null; one that a test has put there
    stays."""
    codecs.register_error(ERRORS, _in_ascii)
    _open_closed()
    for name in STREAMS[1:]:
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:
            stream.flush()
            setattr(sys, name, SafeStream(stream))


def is_dumb() -> bool:
    """Whether the terminal, as far as is known, obeys nothing."""
    return os.environ.get("TERM", "") in ("", "dumb")


def _open_closed() -> None:
    for descriptor, name in enumerate(STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest that is free is that one
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)
            os.set_inheritable(descriptor, True)
        if getattr(sys, name) is None:
            mode = "w" if descriptor else "r"
            stream = open(descriptor, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(IN_ASCII.get(char) or _as_json(char) for char in lacking), error.end


def _as_json(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[at : at + 2].hex()}" for at in range(0, len(raw), 2))
