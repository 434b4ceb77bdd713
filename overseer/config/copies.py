"""From one definition to many watches: templates it uses, things it is for, instances."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from overseer.config import forms
from overseer.config.dressed import Copy, dressed
from overseer.config.merge import COPYING as KEYS
from overseer.config.merge import merge, without_values
from overseer.config.node import Broken, Entry, Node, Series, Spot, Table, Text, describe, is_null
from overseer.config.render import OTHERS, OURS, Renderer, Scope, plain_value
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.config.watch import check_keys
from overseer.model.copies import Copies, Scale

MOST = 1000
INSTANCES = forms.whole(0, MOST, "4")
USE = "NAME, or [NAME, NAME], of what is under templates"
EACH_HINT = "write each: [mail, sms], or {mail: 2525, sms: 2526}"
MOST_WATCHES = 10_000
"""Of all definitions with `instances` together."""
IN_NAMES = re.compile(r"[\w.@+-]+")
TELLS_APART = re.compile(r"\{[{%].*\b(instance|watch)\b", re.DOTALL)
NOBODYS: Mapping[str, Scale] = {}


@dataclass(frozen=True, slots=True)
class Template:
    """*parameters* that stand without a value must be given by whoever uses it."""

    name: str
    spot: Spot
    table: Table
    parameters: Table
    scope: Scope


class Copier:
    """Knows the templates of all files. *scales* are what operators want of `instances`."""

    def __init__(
        self, renderer: Renderer, troubles: Troubles, scales: Mapping[str, Scale] = NOBODYS
    ) -> None:
        self._made = 0
        self.counted: dict[str, Copies] = {}
        self.lacks_some = False  # a file or a section that may hold templates has been blamed
        self._blamed: set[str] = set()  # templates that are none
        self._renderer = renderer
        self._troubles = troubles
        self._scales = scales
        self._templates: dict[str, Template] = {}

    def learn(self, templates: Table, scope: Scope) -> None:
        for name, entry in templates.entries.items():
            if not name.startswith("x-"):
                self._learn(name, entry, scope)

    def _learn(self, name: str, entry: Entry, scope: Scope) -> None:
        node, known = entry.node, self._templates.get(name)
        if known is not None:
            said = f"the template {name} is here and at {known.spot}; write it once"
            self._troubles.error(entry.spot, said)
        elif isinstance(node, Table):
            parameters = self._table(node, "with", f"template {name}")
            if nested := node.entries.get("use"):
                said = f"template {name}: a template uses no other; name both where they are used"
                self._troubles.error(nested.spot, f"{said}, as use: [one, {name}]")
            table = node.without(("use", "with"))
            check_keys(without_values(table), f"template {name}", self._troubles)
            self._templates[name] = Template(name, entry.spot, table, parameters, scope)
        else:
            self._blamed.add(name)
            if not isinstance(node, Broken):
                said = f"{name}: {describe(node)} is not understood; write {name}: {{command: …}}"
                self._troubles.error(entry.spot, said)

    def copies(
        self, name: str, own: Table, defaults: Table | None, scope: Scope
    ) -> Iterator[tuple[Copy, Table]]:
        """Each watch that the definition *name* stands for, and all that is written about it."""
        scope = dict(scope)
        merged, many = defaults, dict[str, Entry]()
        used, is_whole = self._used(name, own)
        for template in used:
            merged = merge(merged, template.table.without(KEYS))
            many |= many_of(template.table)
            scope = {**template.scope, **scope, **self._given(name, template, own, scope)}
        table = merge(merged, own.without(KEYS))
        if "vars" in own.entries:  # it has no place there, and what is under it is meant
            scope |= {OTHERS: UNREAD}
        if is_whole:
            self._check_with(name, own)
        else:  # what the template would bring is not missed
            scope = {**scope, **self._as_written(own, scope, name), OTHERS: UNREAD}
            table = with_use_blamed(table, own)
        for copy in self._spread(name, Table({**many, **many_of(own)}, own.spot), scope):
            yield copy, dressed(table, copy)
            if copy.instance and not self._tells_apart(name, table):
                return

    def _as_written(self, own: Table, scope: Scope, name: str) -> dict[str, object]:
        """What stands under `with`, for a template that is not there."""
        filled = self._renderer.node(self._table(own, "with", name), self._renderer.scope(scope))
        values = plain_value(filled)
        return values if isinstance(values, dict) else {}

    def _used(self, name: str, own: Table) -> tuple[list[Template], bool]:
        """The templates, and whether all of those named are there."""
        node = own.get("use")
        items = node.items if isinstance(node, Series) else () if node is None else (node,)
        found = []
        is_whole = True
        for item in items:
            word = item.value if isinstance(item, Text) else ""
            if word in self._templates:
                found.append(self._templates[word])
                continue
            is_whole = False
            if not isinstance(item, Text) or is_null(item):
                if not isinstance(item, Broken):
                    said = f"{name}: use: {describe(item)} is not understood; write use: {USE}"
                    self._troubles.error(item.spot, said)
            elif word not in self._blamed and not self.lacks_some:
                known = self._templates
                near = suggestion(word, known, otherwise=f"write it under templates: {word}: …")
                said = f"{name}: there is no template {word}{near}"
                self._troubles.error(item.spot, said)
        return found, is_whole

    def _given(self, name: str, template: Template, own: Table, scope: Scope) -> dict[str, object]:
        """The template's parameters: as the watch gives them, or as the template has them."""
        given = self._table(own, "with", name)
        names = self._renderer.scope(scope)
        found: dict[str, object] = {}
        for key, entry in template.parameters.entries.items():
            chosen = given.entries.get(key, entry)
            if is_null(chosen.node):
                said = f"{name}: the template {template.name}, at {template.spot}, needs {key}; "
                said += f"write with: {{{key}: …}}"
                found[key] = self._troubles.error(own.entries["use"].spot, said)
            else:
                inner = names if key in given.entries else self._renderer.scope(template.scope)
                found[key] = plain_value(self._renderer.node(chosen.node, {**inner, **found}))
        return found

    def _check_with(self, name: str, own: Table) -> None:
        wanted = {key for one in self._used_quietly(own) for key in one.parameters.entries}
        for key, entry in self._table(own, "with", name).entries.items():
            if key not in wanted:
                near = suggestion(key, wanted, otherwise="no template that it uses has it")
                self._troubles.error(entry.spot, f"{name}: with: there is no {key}{near}")

    def _tells_apart(self, name: str, table: Table) -> bool:
        """One process belongs to one watch, however many there may be."""
        node = table.get("pid_file")
        if not isinstance(node, Text) or is_null(node) or TELLS_APART.search(node.value):
            return True
        stem, dot, end = node.value.rpartition(".")
        hint = f"{stem}-{{{{ instance }}}}.{end}" if dot else f"{node.value}-{{{{ instance }}}}"
        said = f"{name}: pid_file: {node.value} would be that of every copy; write {hint}"
        self._troubles.error(node.spot, said)
        return False

    def _used_quietly(self, own: Table) -> Iterable[Template]:
        node = own.get("use")
        items = node.items if isinstance(node, Series) else () if node is None else (node,)
        words = (item.value for item in items if isinstance(item, Text))
        return [self._templates[word] for word in words if word in self._templates]

    def _spread(self, name: str, own: Table, scope: Scope) -> Iterator[Copy]:
        made = 0
        for copy in self._for_each(name, own, scope):
            made += 1
            yield from self._instances(name, copy, own)
        if not made:  # which has been blamed; the rest of the definition is read all the same
            unknown = dict.fromkeys(("item", "key", "value"), UNREAD)
            copy = Copy(name, {**scope, **unknown}, is_watch=False)
            yield from self._instances(name, copy, own)

    def _for_each(self, name: str, own: Table, scope: Scope) -> Iterator[Copy]:
        node = own.get("each")
        if node is None or is_null(node):
            yield Copy(name, scope)
            return
        node = self._renderer.node(node, self._renderer.scope(scope))
        if isinstance(node, Series):
            pairs = [(item, {"item": plain_value(item)}) for item in node.items]
        elif isinstance(node, Table):
            pairs = [
                (Text(key, entry.spot), {"key": key, "value": plain_value(entry.node)})
                for key, entry in node.entries.items()
            ]
        else:
            if not isinstance(node, Broken):
                said = f"{name}: each: {describe(node)} is not understood; {EACH_HINT}"
                self._troubles.error(node.spot, said)
            return
        if not pairs:
            message = f"{name}: each: is empty, which makes no watch; {EACH_HINT}"
            self._troubles.error(own.entries["each"].spot, message)
        for word, variables in self._distinct(name, pairs):
            yield Copy(f"{name}-{word}", {**scope, **variables}, (name,))

    def _distinct(
        self, name: str, pairs: Iterable[tuple[Node, dict[str, object]]]
    ) -> Iterator[tuple[str, dict[str, object]]]:
        first: dict[str, Spot] = {}
        for label, variables in pairs:
            word = self._word(name, label)
            if isinstance(word, Unread):
                continue
            if word in first:
                said = f"{name}: each: {word} is here twice, first at {first[word]}; write it once"
                self._troubles.error(label.spot, said)
            else:
                first[word] = label.spot
                yield word, variables

    def _word(self, name: str, label: Node) -> str | Unread:
        """What tells one from the others; of a mapping in a list its `name`."""
        node = label.get("name") if isinstance(label, Table) else label
        if isinstance(node, Text) and IN_NAMES.fullmatch(node.value):
            return node.value
        if isinstance(label, Broken):
            return UNREAD
        said = f"{name}: each: {describe(label)} cannot be part of a name"
        hint = "; write name: … in it" if isinstance(label, Table) else f"; {EACH_HINT}"
        return self._troubles.error(label.spot, said + hint)

    def _instances(self, name: str, copy: Copy, own: Table) -> Iterator[Copy]:
        node = own.get("instances")
        if node is None or is_null(node):
            yield copy
            return
        filled = self._renderer.node(node, self._renderer.scope(copy.scope))
        count = INSTANCES.read(filled, f"{name}: instances", self._troubles)
        if isinstance(count, Unread) or not copy.is_watch:
            yield replace(copy, scope={**copy.scope, "instance": UNREAD}, is_watch=False)
            return
        if not self._is_new(copy.name, own.entries["instances"].spot):
            return
        counted = self._count(copy.name, count, own.entries["instances"].spot)
        self._made += counted.instances
        if self._made > MOST_WATCHES:
            message = f"with those before it there are more than {MOST_WATCHES:,}; write fewer"
            self._troubles.error(own.entries["instances"].spot, f"{name}: instances: {message}")
            return
        for number in range(1, 1 + counted.instances):
            yield _numbered(name, copy, number)
        if not counted.instances:
            yield replace(_numbered(name, copy, 1), name=copy.name, is_watch=False, is_run=False)

    def _is_new(self, name: str, spot: Spot) -> bool:
        """Of two that make copies of one name, one would be scaled with the other."""
        known = self.counted.get(name)
        if known is None:
            return True
        said = f"copies of {name} are made here and at {known.file}:{known.line}; write it once"
        self._troubles.error(spot, said)
        return False

    def _count(self, name: str, written: int, spot: Spot) -> Copies:
        """As an operator wants it, until the file says something else than it said to him."""
        wish = self._scales.get(name)
        counts = wish is not None and wish.written == written != wish.instances
        followed = wish if counts else None
        count = followed.instances if followed else written
        self.counted[name] = Copies(name, count, written, spot.file, spot.line, followed)
        return self.counted[name]

    def _table(self, node: Table, key: str, name: str) -> Table:
        found = node.get(key)
        if found is None or is_null(found) or isinstance(found, Broken):
            return Table({}, node.spot)
        if not isinstance(found, Table):
            said = f"{name}: {key}: {describe(found)} is not understood; write {key}: {{NAME: …}}"
            self._troubles.error(found.spot, said)
            return Table({}, node.spot)
        for inner, entry in found.entries.items():
            if inner in OURS:
                said = f"{name}: {key}: {inner} is overseer's own; choose another name"
                self._troubles.error(entry.spot, said)
        return found


def with_use_blamed(table: Table, own: Table) -> Table:
    """Marked, so that nobody misses what the template would have brought."""
    spot = own.entries["use"].spot
    return table.with_entries({"use": Entry(spot, Broken(spot))})


def _numbered(name: str, copy: Copy, number: int) -> Copy:
    tags = tuple(dict.fromkeys((*copy.tags, name, copy.name)))
    return Copy(f"{copy.name}-{number}", {**copy.scope, "instance": number}, tags, str(number))


def many_of(table: Table) -> dict[str, Entry]:
    """What says how many there are; what a watch says of it goes before its templates."""
    return {key: table.entries[key] for key in ("each", "instances") if key in table.entries}
