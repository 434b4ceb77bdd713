"""From YAML text to nodes that know their place. The only file that knows PyYAML.

Scalars stay the text they are: what `010`, `yes` or `1:30` mean is for the option to say, so
none of YAML's own guesses is ever made.
"""

import io
from typing import Any

import yaml

from overseer.config.node import Broken, Entry, Node, Series, Spot, Table, Text
from overseer.config.trouble import Troubles

try:
    from yaml._yaml import CParser as _Parser  # ten times as fast
except ImportError:  # PyYAML was built without libyaml

    class _Parser(  # type: ignore[no-redef]
        yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer
    ):
        def __init__(self, stream: Any) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)


PLAIN_TAGS = frozenset({"", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"})
MERGE = "<<"


class _Bare(_Parser):
    """Composes nodes and resolves nothing."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        return ""

    def descend_resolver(self, parent: object, index: object) -> None: ...

    def ascend_resolver(self) -> None: ...


class _Stream(io.BytesIO):
    def __init__(self, text: str, name: str) -> None:
        super().__init__(text.encode())
        self.name = name


def parse(text: str, file: str, troubles: Troubles) -> Node | None:
    """The one document in *text*; None for an empty one."""
    try:
        root = _Bare(_Stream(text, file)).get_single_node()
    except yaml.YAMLError as error:
        spot, message = _explain(error, text, file)
        troubles.error(spot, message)
        return Broken(spot)
    return _Converter(file, troubles).node(root) if root else None


class _Converter:
    def __init__(self, file: str, troubles: Troubles) -> None:
        self._file = file
        self._troubles = troubles
        self._known: dict[int, Node | None] = {}  # by id: an anchor is converted once

    def node(self, raw: yaml.Node) -> Node:
        if isinstance(raw, yaml.ScalarNode):  # by far the most
            mark = raw.start_mark
            spot = Spot(self._file, mark.line + 1, mark.column + 1)
            if raw.tag in PLAIN_TAGS:
                return Text(raw.value, spot, bool(raw.style) or bool(raw.tag))
            return self._wrong(spot, f"the tag {raw.tag} is not understood; leave it out")
        if id(raw) not in self._known:
            self._known[id(raw)] = None  # being converted
            self._known[id(raw)] = self._collection(raw)
        done = self._known[id(raw)]
        return done or self._wrong(self._spot(raw), "an anchor cannot hold itself")

    def _collection(self, raw: yaml.Node) -> Node:
        spot = self._spot(raw)
        if raw.tag not in PLAIN_TAGS:
            return self._wrong(spot, f"the tag {raw.tag} is not understood; leave it out")
        if isinstance(raw, yaml.MappingNode):
            return self._table(raw, spot)
        return Series(tuple(self.node(item) for item in raw.value), spot)

    def _table(self, raw: yaml.MappingNode, spot: Spot) -> Node:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in raw.value:
            place = self._spot(key)
            if not isinstance(key, yaml.ScalarNode):
                return self._wrong(spot, _no_key(raw))
            if key.value == MERGE and not key.style:
                merged = {**self._merged(value), **merged}
            elif key.value in entries:
                first = entries[key.value].spot
                self._troubles.error(
                    place, f"{key.value} is here twice, first in line {first.line}"
                )
            else:
                entries[key.value] = Entry(place, self.node(value))
        return Table({**merged, **entries}, spot)

    def _merged(self, raw: yaml.Node) -> dict[str, Entry]:
        """What `<<: *name` or `<<: [*one, *two]` brings; of several the first wins."""
        node = self.node(raw)
        found: dict[str, Entry] = {}
        for item in node.items if isinstance(node, Series) else (node,):
            if isinstance(item, Table):
                found = {**item.entries, **found}
            elif not isinstance(item, Broken):
                self._wrong(item.spot, "<< takes a mapping, or a list of mappings")
        return found

    def _spot(self, raw: yaml.Node) -> Spot:
        return Spot(self._file, raw.start_mark.line + 1, raw.start_mark.column + 1)

    def _wrong(self, spot: Spot, message: str) -> Broken:
        self._troubles.error(spot, message)
        return Broken(spot)


def _no_key(raw: yaml.MappingNode) -> str:
    inner = raw.value[0][0]
    if isinstance(inner, yaml.MappingNode) and inner.value:
        name = inner.value[0][0].value
        return f'braces begin a mapping here; quote the value: "{{{{ {name} }}}}"'
    return "a key is a word, not a list or a mapping"


def _explain(error: yaml.YAMLError, text: str, file: str) -> tuple[Spot, str]:
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that YAML does not allow
        before = text[: getattr(error, "position", 0)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Spot(file, line, column), "a control character stands here; write it as an escape"
    shown = "".join(text.splitlines()[mark.line : mark.line + 1])
    problem = f"not YAML: {getattr(error, 'problem', error)}"
    return Spot(file, mark.line + 1, mark.column + 1), problem + _hint(shown, mark.column, problem)


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
    if "mapping values" in problem:
        return "; a value that holds a colon and a space is put in quotes"
    if "another document" in problem:
        return "; one file is one document, without a second ---"
    return ""
