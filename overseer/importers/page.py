"""A YAML page with remarks: every line of it that people are to read has its place."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overseer.config.explicit import flow
from overseer.config.node import DEFAULT, Node, Table, Text

WIDTH = 96
LONGEST = 110
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment. *code* is kept line by line below it."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One key of a mapping, or one of a list (*key* is `-`), below what is to be said of it.

    Without a key it is only said.
    """

    key: str = ""
    node: Node | None = None
    children: tuple["Item", ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def is_there(self) -> bool:
        return self.node is not None or any(child.is_there for child in self.children)


def said(text: str, code: str = "") -> Item:
    return Item(remarks=(Remark(text, code),))


def lines(items: Iterable[Item], indent: str = "") -> Iterator[str]:
    """Without the empty keys: what only has remarks is remarks."""
    for item in items:
        for remark in item.remarks:
            yield from comment(remark, indent)
        if item.node is not None:
            yield from _node(item.key, item.node, indent)
        elif item.is_there:
            yield f"{indent}{_key(item.key)}:"
            yield from lines(item.children, indent + INDENT)
        else:
            yield from lines(item.children, indent)


def _node(key: str, node: Node, indent: str) -> Iterator[str]:
    """On one line, or key by key where that is too long."""
    mark = "- " if key == "-" else f"{_key(key)}: "
    line = f"{indent}{mark}{flow(node)}"
    if len(line) <= LONGEST or not isinstance(node, Table) or not node.entries:
        yield line
        return
    if key != "-":
        yield f"{indent}{_key(key)}:"
    for place, (name, entry) in enumerate(node.entries.items()):
        inner = list(_node(name, entry.node, indent + INDENT))
        if key == "-" and place == 0:
            inner[0] = f"{indent}- {inner[0].lstrip()}"
        yield from inner


def _key(key: str) -> str:
    """Names that people gave, as those of states, may need quotes."""
    return key if re.fullmatch(r"[\w.@+-]+", key) else flow(Text(key, DEFAULT, quoted=True))


def comment(remark: Remark, indent: str = "") -> Iterator[str]:
    width = max(40, WIDTH - len(indent) - 2)
    for line in textwrap.wrap(
        printable(remark.text), width, break_long_words=False, break_on_hyphens=False
    ):
        yield f"{indent}# {line}"
    for line in _even(remark.code):
        yield f"{indent}#     {printable(line)}".rstrip()


def printable(line: str) -> str:
    """YAML has no control characters, in comments neither."""
    return "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in line)


def _even(code: str) -> list[str]:
    """The first line of a block begins in the middle of one, the others do not."""
    first, _, rest = code.strip("\n").partition("\n")
    return [*([first.strip()] if first.strip() else []), *textwrap.dedent(rest).splitlines()]
