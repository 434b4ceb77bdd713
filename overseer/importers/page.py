"""A YAML page with remarks: every line of it that people are to read has its place."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overseer.config.explicit import flow
from overseer.config.node import Node

WIDTH = 96
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
            mark = "- " if item.key == "-" else f"{item.key}: "
            yield f"{indent}{mark}{flow(item.node)}"
        elif item.is_there:
            yield f"{indent}{item.key}:"
            yield from lines(item.children, indent + INDENT)
        else:
            yield from lines(item.children, indent)


def comment(remark: Remark, indent: str = "") -> Iterator[str]:
    width = max(40, WIDTH - len(indent) - 2)
    for line in textwrap.wrap(remark.text, width, break_long_words=False, break_on_hyphens=False):
        yield f"{indent}# {line}"
    for line in _even(remark.code):
        yield f"{indent}#     {line}".rstrip()


def _even(code: str) -> list[str]:
    """The first line of a block begins in the middle of one, the others do not."""
    first, _, rest = code.strip("\n").partition("\n")
    return [*([first.strip()] if first.strip() else []), *textwrap.dedent(rest).splitlines()]
