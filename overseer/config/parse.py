"""From YAML text to nodes that know their place. The only file that knows PyYAML.

Scalars stay the text they are: what `010`, `yes` or `1:30` mean is for the option to say, so
none of YAML's own guesses is ever made.
"""

import io
import re
import sys
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
)

from overseer.config.foreign import recognise
from overseer.config.node import Broken, Entry, Node, Series, Spot, Table, Text
from overseer.config.trouble import Troubles

try:
    from yaml._yaml import CParser as _Parser  # ten times as fast
except ImportError:  # PyYAML was built without libyaml
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Parser(Reader, Scanner, Parser):  # type: ignore[no-redef]
        def __init__(self, stream: Any) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)


PLAIN_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"})
MERGE = "<<"
NBSP = "\u00a0"
NO_SPACE = "a non-breaking space stands in this line: type it again as a plain one"
CRON = re.compile(r"(?:\[|[:,-]\s)\s*(\*(?:/\d+)?(?:\s+[^\s\]},#]+){4})")
"""A schedule without its quotes, like `*/15 * * * *`."""
NOT_OURS = "this is not understood; a watch file begins with `watches`"
NO_KEY = "a key is a word, not a list or a mapping"
UNCLOSED = ("end of stream", "document indicator")
ESCAPE = "a backslash begins an escape between double quotes: write two, or use single quotes"
DEEPEST = 50  # mappings and lists within each other
MOST_BY_ALIAS = 50_000
MOST_BY_ALIAS_EACH = 100
"""Values that aliases may add: so many, and for each value that is written so many."""


def parse(text: str, file: str, troubles: Troubles, sections: Collection[str] = ()) -> Node | None:
    """The one document in *text*; None for an empty one. A file that begins none of *sections* is
    somebody else's, and messages quote nothing of it: it may hold secrets."""
    if foreign := recognise(text, file, sections):
        line, message = foreign
        return _blamed(Spot(file, line, 1), message, troubles)
    composer = _Composer(text, file)
    try:
        node = composer.document()
        for spot, message in composer.found:
            troubles.error(spot, message if composer.has_begun(sections) else NOT_OURS)
        return node
    except YAMLError as error:
        spot, message = _explain(error, text, file, quotes=composer.has_begun(sections))
    except _Stop as stop:
        spot, message = stop.spot, str(stop)
    troubles.error(spot, message)
    return Broken(spot, Table(composer.top, spot))


def _blamed(spot: Spot, message: str, troubles: Troubles) -> Broken:
    troubles.error(spot, message)
    return Broken(spot)


class _Stop(Exception):
    """Nothing that follows makes sense any more."""

    def __init__(self, spot: Spot, message: str) -> None:
        super().__init__(message)
        self.spot = spot


class _Anchor(NamedTuple):
    """*values*: how many the node holds, aliases followed; *levels*: how deep they lie."""

    node: Node
    values: int
    levels: int


class _Composer:
    """From the parser's events straight to nodes; PyYAML's own nodes would be twice the memory."""

    def __init__(self, text: str, file: str) -> None:
        # Any: each kind of event has attributes of its own
        self._next: Callable[[], Any] = _Parser(io.BytesIO(text.encode())).get_event
        self._file = file
        self.found: list[tuple[Spot, str]] = []  # worth saying if it is YAML at all
        self._anchors: dict[str, _Anchor | None] = {}  # None: not yet complete
        self._depth = 0
        self._deepest = 0  # since the last anchor
        self._written = 0
        self._by_alias = 0
        self.top: dict[str, Entry] = {}  # of the file as a whole, as far as it has been read

    def has_begun(self, sections: Collection[str]) -> bool:
        return not sections or any(key in self.top for key in sections)

    def document(self) -> Node | None:
        self._next()  # the stream begins
        event = self._next()
        if isinstance(event, StreamEndEvent):
            return None
        node = self._node(self._next())
        self._next()  # the document ends
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            said = "a second document begins; one file is one document, without another ---"
            raise _Stop(self._spot(event), said)
        return node

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        spot = Spot(self._file, mark.line + 1, mark.column + 1)
        self._written += 1
        if event.anchor is not None and not isinstance(event, AliasEvent):
            return self._anchored(event, spot)
        return self._plain(event, spot)

    def _anchored(self, event: Any, spot: Spot) -> Node:
        before, deepest = self._written + self._by_alias, self._deepest
        self._deepest = self._depth
        self._anchors[event.anchor] = None
        node = self._plain(event, spot)
        values = self._written + self._by_alias - before + 1
        self._anchors[event.anchor] = _Anchor(node, values, self._deepest - self._depth)
        self._deepest = max(deepest, self._deepest)
        return node

    def _plain(self, event: Any, spot: Spot) -> Node:
        if isinstance(event, ScalarEvent):  # by far the most
            quoted = bool(event.style) or event.tag is not None
            node: Node = Text(event.value, spot, quoted)
        elif isinstance(event, AliasEvent):
            return self._alias(str(event.anchor), spot)
        else:
            node = self._collection(event, spot)
        if event.tag not in PLAIN_TAGS:
            node = self._wrong(spot, f"the tag {event.tag} is not understood; leave it out")
        return node

    def _alias(self, anchor: str, spot: Spot) -> Node:
        if anchor not in self._anchors:
            return self._wrong(spot, f"there is no anchor &{anchor} before this")
        named = self._anchors[anchor]
        if named is None:
            return self._wrong(spot, "an anchor cannot hold itself")
        self._by_alias += named.values
        most = max(MOST_BY_ALIAS, MOST_BY_ALIAS_EACH * self._written)
        if self._by_alias > most:
            raise _Stop(spot, f"aliases make more than {most} values of {self._written}; use fewer")
        self._enter(named.levels, spot)
        return named.node

    def _enter(self, levels: int, spot: Spot) -> None:
        self._deepest = max(self._deepest, self._depth + levels)
        if self._deepest > DEEPEST:
            raise _Stop(spot, f"more than {DEEPEST} levels; write it flatter")

    def _collection(self, event: Any, spot: Spot) -> Node:
        self._depth += 1
        self._enter(0, spot)
        node = self._table(spot) if isinstance(event, MappingStartEvent) else self._series(spot)
        self._depth -= 1
        return node

    def _series(self, spot: Spot) -> Series:
        items = []
        while not isinstance(event := self._next(), CollectionEndEvent):
            items.append(self._node(event))
        return Series(tuple(items), spot)

    def _table(self, spot: Spot) -> Node:
        entries: dict[str, Entry] = self.top if self._depth == 1 else {}
        merged: dict[str, Entry] = {}
        is_whole = True
        while not isinstance(event := self._next(), CollectionEndEvent):
            key, value = self._node(event), self._node(self._next())
            if isinstance(key, Text) and NBSP in key.value:
                self._wrong(key.spot, NO_SPACE)
                key = key._replace(value=key.value.replace(NBSP, " ").strip())
            if not isinstance(key, Text):
                braces = _in_braces(key, spot)
                self._wrong(spot if braces else key.spot, braces or NO_KEY)
                is_whole = False
            elif key.value == MERGE and not key.quoted:
                merged = {**self._merged(value), **merged}
            elif key.value in entries:
                first = entries[key.value].spot
                self._wrong(key.spot, f"{key.value} is here twice, first in line {first.line}")
            else:
                entries[sys.intern(key.value)] = Entry(key.spot, value)
        if not is_whole and (not entries or self.found[-1][0] == spot):
            return Broken(spot)
        return Table({**merged, **entries} if merged else entries, spot)

    def _merged(self, node: Node) -> dict[str, Entry]:
        """What `<<: *name` or `<<: [*one, *two]` brings; of several the first wins."""
        found: dict[str, Entry] = {}
        for item in node.items if isinstance(node, Series) else (node,):
            if isinstance(item, Table):
                found = {**item.entries, **found}
            elif not isinstance(item, Broken):
                self._wrong(item.spot, "<< takes a mapping, or a list of mappings")
        return found

    def _spot(self, event: Any) -> Spot:
        return Spot(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _wrong(self, spot: Spot, message: str) -> Broken:
        self.found.append((spot, message))
        return Broken(spot)


def _in_braces(key: Node, spot: Spot) -> str:
    """`{{ name }}` without quotes, a mapping as the key of one that begins right before it."""
    if isinstance(key, Table) and key.entries and key.spot == spot._replace(column=spot.column + 1):
        name = next(iter(key.entries))
        return f'braces begin a mapping here; quote the value: "{{{{ {name} }}}}"'
    return ""


def _explain(error: YAMLError, text: str, file: str, quotes: bool) -> tuple[Spot, str]:
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    if opened and "quoted scalar" in (getattr(error, "context", None) or ""):
        problem = str(getattr(error, "problem", ""))
        if mark is None or any(end in problem for end in UNCLOSED):
            spot = Spot(file, opened.line + 1, opened.column + 1)
            return spot, "a quote opens here and is not closed"
        spot = Spot(file, mark.line + 1, mark.column + 1)
        return spot, f"not YAML: {problem}; {ESCAPE}"
    if opened and mark and (bracket := _unclosed(error, opened, mark, text)):
        return Spot(file, opened.line + 1, opened.column + 1), bracket
    if mark is None:  # a character that YAML does not allow
        before = text[: getattr(error, "position", 0)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Spot(file, line, column), "a control character stands here; write it as an escape"
    shown = "".join(text.splitlines()[mark.line : mark.line + 1]) if quotes else ""
    problem = f"not YAML: {getattr(error, 'problem', error)}"
    return Spot(file, mark.line + 1, mark.column + 1), problem + _hint(shown, mark.column, problem)


def _unclosed(error: YAMLError, opened: Any, mark: Any, text: str) -> str:
    """Of a bracket that opens lines above, or that another one closes; "" for anything else."""
    if "',' or '" not in str(getattr(error, "problem", "")):
        return ""
    lines = text.splitlines()
    here = lines[mark.line][mark.column :][:1] if mark.line < len(lines) else ""
    if opened.line == mark.line and here not in ("}", "]", ""):
        return ""
    bracket, closing = ("{", "}") if "mapping" in str(getattr(error, "context", "")) else ("[", "]")
    before = f" before line {mark.line + 1}" if mark.line < len(lines) else ""
    or_comma = ", or a comma," if before and here not in ("}", "]") else ""
    return f"a {bracket} opens here and is not closed{before}; a {closing}{or_comma} is missing"


def _hint(line: str, column: int, problem: str) -> str:
    """What was probably meant."""
    rest = line[column:]
    if ": {{" in line or "- {{" in line:
        value = line[line.index("{{") :].strip()
        return f'; quote the value: "{value}"'
    if rest.startswith("\t") or line.startswith("\t"):
        return "; indent with spaces, not with tabs"
    if rest[:1] in ("%", "@", "`"):
        return f'; quote the value: "{rest.strip()}"'
    if cron := CRON.search(line):
        return f'; a * begins an alias in YAML; quote the value: "{cron[1].strip()}"'
    if NBSP in line:
        return f"; {NO_SPACE}"
    return next((hint for sign, hint in HINTS.items() if sign in problem), "")


HINTS = {
    "expected ':'": "; a key is followed by a colon and a space",
    "expected key": "; is it indented as the lines beside it?",
    "block mapping": "; is it indented as the lines beside it?",
    "mapping values": "; a value that holds a colon and a space is put in quotes",
}
"""What was probably meant, by what the parser says."""
