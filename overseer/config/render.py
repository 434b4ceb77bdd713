"""Fills in `{{ … }}`, so that one definition serves many.

Values are rendered after parsing: what a variable holds can never become structure. A plain
`{{ name }}` or `{{ env.NAME }}` is filled in here; only for more is Jinja2 imported, which
would cost every daemon four megabytes and every string a compilation.
"""

import os
import re
from collections.abc import Iterator, Mapping
from operator import is_
from typing import TYPE_CHECKING, Any

from overseer.config.host import Host
from overseer.config.node import NULLS, Broken, Entry, Node, Series, Spot, Table, Text
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion

if TYPE_CHECKING:
    from overseer.config.jinja import Sandbox

OURS = ("env", "here", "host", "me", "my_group", "overseer", "watch")
OF_COPIES = {
    "instance": ": it is the number of a copy; write `instances: 2` in the watch, or leave it out",
    "item": ": it is one of a list; write `each: [a, b]` in the watch, or leave it out",
}
"""Variables that a watch has which becomes several."""
PLAIN = re.compile(r"\{\{\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?\s*\}\}")
LONGEST_NUMBER = 20
"""Characters of what is a number; what is longer is a text."""
WHOLE_NUMBER = re.compile(r"-?(0|[1-9]\d*)")
TAGS = "block|break|call|continue|debug|do|extends|filter|for|from|if|import|include|macro|raw|set"
STATEMENT = re.compile(rf"\{{%[-+]?\s*(?:{TAGS})\b")
LITERAL = re.compile(rf"\{{%(?![-+]?\s*(?:{TAGS}|elif|else|end[a-z]+)\b)|\{{#")
"""In a value only `{{` and statements are ours: `{%Y-%m-%d}` is a format of the program's."""
AS_IT_STANDS = "where {{ is meant as it stands, write {{ '{{' }}"
APART = "\0"
"""Between two braces that Jinja2 is not to see; YAML has none."""


class Environ(Mapping[str, str]):
    """`env`: of what is not set, the name is said."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __getitem__(self, name: str) -> str:
        return self._env[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._env)

    def __len__(self) -> int:
        return len(self._env)


class Missing(Exception):
    """A name that is not there; its text is for the user. *line* counts from 0 in the value."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Blamed(Exception):
    """A variable whose own value has been blamed."""


Scope = Mapping[str, object]
OTHERS = ""
"""A name of a scope: what would have more names has been blamed, and so no name is unknown."""


class Renderer:
    def __init__(
        self,
        host: Host,
        troubles: Troubles,
    ) -> None:
        self._troubles = troubles
        self._jinja: Sandbox | None = None
        self._base: Scope = {
            "env": Environ(host.env),
            "host": host.name,
            "me": host.user,
            "my_group": host.group,
            "overseer": host.program,
        }

    def scope(self, variables: Scope, watch: str | None = None) -> Scope:
        """Everything a value may name: the file's `vars`, and overseer's own names."""
        own = {} if watch is None else {"watch": watch}
        return {**variables, **self._base, **own}

    def node(self, node: Node, scope: Scope) -> Node:
        """The same with every text rendered."""
        return _Walk(self, scope).node(node)

    def text(self, node: Text, scope: Scope) -> Text | Broken:
        if not is_template(node.value):
            return node
        done = self.value(LITERAL.sub(apart, node.value), node.spot, scope)
        if isinstance(done, Unread):
            return Broken(node.spot)
        return Text(done.replace(APART, ""), node.spot, True)

    def value(self, value: str, spot: Spot, scope: Scope) -> str | Unread:
        names = {**scope, "here": os.path.dirname(os.path.abspath(spot.file))}
        try:
            quick = self._quick(value, names)
            return self._by_jinja(value, names) if quick is None else quick
        except Missing as error:
            return self._troubles.error(spot._replace(line=spot.line + error.line), str(error))
        except Blamed:
            return UNREAD

    def whole_file(self, text: str, path: str, scope: Scope) -> str | None:
        """A *.yml.j2, before it is parsed; None if it cannot be filled in."""
        done = self.value(text, Spot(path, 1, 1), scope)
        return None if isinstance(done, Unread) else done

    def _quick(self, value: str, names: Scope) -> str | None:
        """None where more is asked for than plain names."""
        bare = PLAIN.sub("", value)
        if "{" in bare or "}" in bare:
            return None
        values: list[str] = []
        wrong: list[Missing | Blamed] = []
        for plain in PLAIN.finditer(value):
            try:
                values.append(spell(look_up(names, plain[1], plain[2])))
            except (Missing, Blamed) as error:  # there may be more in the same value
                wrong.append(error)
        if wrong:
            raise next((error for error in wrong if isinstance(error, Missing)), wrong[0])
        spelled = iter(values)
        return PLAIN.sub(lambda _: next(spelled), value)

    def _by_jinja(self, value: str, names: Scope) -> str:
        from overseer.config import jinja

        if self._jinja is None:
            self._jinja = jinja.environment()
        from jinja2 import TemplateError, UndefinedError

        blame_others(value, names)
        try:
            return self._jinja.fill_in(value, names)
        except UndefinedError as error:
            if OTHERS in names:
                raise Blamed from None
            raise jinja.cannot_be(value, error) from error
        except TemplateError as error:
            raise jinja.cannot_be(value, error) from error
        except RecursionError:
            raise Missing(f"{brief(value)} cannot be filled in: it is too deep") from None
        except MemoryError:
            raise Missing(f"{brief(value)} cannot be filled in: it is too long") from None
        except Exception as error:  # whatever a text may come to, it costs itself alone
            raise Missing(f"{brief(value)} cannot be filled in: {error}") from error


def blame_others(value: str, names: Scope) -> None:
    """Raises Blamed where *value* names a variable that has been blamed."""
    for broken in (name for name, known in names.items() if name and holds_unread(known)):
        if re.search(rf"\b{broken}\b", value):
            raise Blamed


class _Walk:
    """Renders a tree once, however often its anchors are used."""

    def __init__(self, renderer: Renderer, scope: Scope) -> None:
        self._renderer = renderer
        self._scope = scope
        self._done: dict[int, Node] = {}

    def node(self, node: Node) -> Node:
        if isinstance(node, Text):
            return self._renderer.text(node, self._scope)
        if isinstance(node, Broken):
            return node
        if id(node) not in self._done:
            self._done[id(node)] = self._collection(node)
        return self._done[id(node)]

    def _collection(self, node: Series | Table) -> Node:
        """Itself where nothing is to be filled in, so that what is shared stays shared."""
        if isinstance(node, Series):
            items = tuple(map(self.node, node.items))
            same = all(map(is_, items, node.items))
            return node if same else Series(items, node.spot)
        changed = {}
        for key, entry in node.entries.items():
            filled = self.node(entry.node)
            if filled is not entry.node:
                changed[key] = Entry(entry.spot, filled)
        return node.with_entries(changed) if changed else node


def is_template(value: str) -> bool:
    return "{{" in value or STATEMENT.search(value) is not None


def apart(opening: re.Match[str]) -> str:
    return opening[0][0] + APART + opening[0][1]


def look_up(names: Scope, name: str, attribute: str | None) -> object:
    """What `{{ name }}` or `{{ name.attribute }}` stands for."""
    if name not in names:
        if OTHERS in names:
            raise Blamed
        near = suggestion(name, names, otherwise=f"write it under vars: {name}: …")
        near = OF_COPIES.get(name, near)
        raise Missing(f"there is no variable {name}{near}")
    value = names[name]
    if isinstance(value, Unread) or (attribute is None and holds_unread(value)):
        raise Blamed
    if attribute is None:
        return value
    if not isinstance(value, Mapping) or attribute not in value:
        raise Missing(absent(value, name, attribute))
    if holds_unread(value[attribute]):
        raise Blamed
    return value[attribute]


def holds_unread(value: object) -> bool:
    """True of a variable whose own value has been blamed, or something in it."""
    match value:
        case list():
            return any(map(holds_unread, value))
        case dict():
            return any(map(holds_unread, value.values()))
    return isinstance(value, Unread)


def absent(owner: object, name: str, attribute: str) -> str:
    if isinstance(owner, Environ):
        return (
            f"the environment variable {attribute} is not set; "
            f"set it, or write {{{{ env.get('{attribute}', 'a default') }}}}"
        )
    near = suggestion(attribute, owner) if isinstance(owner, Mapping) else ""
    return f"{name} has no {attribute}{near}"


def brief(value: str) -> str:
    first, _, rest = value.strip().partition("\n")
    return "the file" if rest else repr(first)


def spell(value: object) -> str:
    """As YAML would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def plain_value(node: Node) -> Any:
    """What a variable holds: text, whole numbers, true, false, null, lists and mappings.

    `1.10` and `010` stay text, or the zeros would be gone.
    """
    match node:
        case Series(items):
            return [plain_value(item) for item in items]
        case Table():
            return {key: plain_value(entry.node) for key, entry in node.entries.items()}
        case Text(value, _, quoted):
            return value if quoted else _plain(value)
    return UNREAD


def _plain(value: str) -> object:
    if value in NULLS:
        return None
    if value in ("true", "false"):
        return value == "true"
    return int(value) if len(value) < LONGEST_NUMBER and WHOLE_NUMBER.fullmatch(value) else value
