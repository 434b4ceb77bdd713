"""Reads files and what they include into one draft: everything named once, nothing built yet."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from overseer.config import sections
from overseer.config.copies import NOBODYS, Copier
from overseer.config.draft import Draft, Rough
from overseer.config.files import NoFile, Texts
from overseer.config.keys import EXPLICIT
from overseer.config.lenient import people_of
from overseer.config.merge import merge, strip, without_values
from overseer.config.node import (
    Broken,
    Entry,
    Node,
    Series,
    Spot,
    Table,
    Text,
    describe,
    is_null,
    says_anything,
)
from overseer.config.parse import parse
from overseer.config.render import OTHERS, OURS, Renderer, Scope, plain_value
from overseer.config.trouble import UNREAD, Troubles, colon, suggestion
from overseer.config.watch import check_keys
from overseer.errors import UsageError
from overseer.model.copies import Scale
from overseer.trust import Trust

Variables = Mapping[str, Mapping[str, str]]
"""Values given from outside, by root: `--var NAME=VALUE`."""
NOTHING_GIVEN: Variables = {}
MOST_WATCHES = 50_000


@dataclass(frozen=True, slots=True)
class Around:
    """What a file takes over from the files that include it."""

    scope: Scope
    defaults: Table | None
    root: str
    trail: tuple[str, ...]  # the files that led here
    given: Mapping[str, str] = field(default_factory=dict)  # variables, from outside


@dataclass(frozen=True, slots=True)
class Definition:
    """What stands under a name in `watches`: one watch, or several."""

    name: str
    spot: Spot
    table: Table
    around: Around


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def check_variables(named: Collection[str], draft: Draft) -> None:
    known = draft.variables
    for name in named:
        if name not in known:
            near = suggestion(name, known, otherwise=f"write it there: {name}: …")
            raise UsageError(f"--var {name}: there is no such variable under vars{near}")


class Gatherer:
    def __init__(
        self,
        texts: Texts,
        renderer: Renderer,
        troubles: Troubles,
        scales: Mapping[str, Scale] = NOBODYS,
        variables: Variables = NOTHING_GIVEN,
        trust: Trust | None = None,
    ) -> None:
        self._variables = variables
        self._trust = trust or Trust()
        self.draft = Draft()
        self._texts = texts
        self._renderer = renderer
        self._troubles = troubles
        self._read: dict[str, Spot] = {}  # each file, and who asked for it first
        self._files: list[str] = []  # of the root at hand
        self._copier = Copier(renderer, troubles, scales)
        self._definitions: list[Definition] = []

    def root(self, root: str) -> None:
        """Read an argument: a file, a folder, or a ready-made watch's name."""
        self._files = []
        try:
            paths = self._texts.root(root)
        except (NoFile, OSError) as error:
            said = str(error).removeprefix(f"{root}: ")
            self._troubles.error(Spot(root, 1, 1), said)
            return
        for path in paths:
            around = Around({}, None, root, (), self._variables.get(root, {}))
            self._file(path, around, Spot(root, 0, 0))
        self.draft.sources[root] = tuple(self._files)

    def finish(self) -> Draft:
        """When every file has been read: a template may stand in a later one."""
        for one in self._definitions:
            if len(self.draft.watches) > MOST_WATCHES:
                self._troubles.error(one.spot, f"these are more than {MOST_WATCHES} watches")
                break
            defaults, scope = one.around.defaults, one.around.scope
            for copy, table in self._copier.copies(one.name, one.table, defaults, scope):
                if not copy.is_watch:
                    rough = Rough(
                        one.spot, table, copy.scope, one.around.root, one.name, copy.is_run
                    )
                    self.draft.only_read[copy.name] = rough
                    continue
                known = self.draft.watches.get(copy.name)
                if known is not None:
                    said = f"the watch {copy.name} is here and at {known.spot}; write it once"
                    self._troubles.error(one.spot, said)
                else:
                    rough = Rough(one.spot, table, copy.scope, one.around.root, one.name)
                    self.draft.watches[copy.name] = rough
        self.draft.copies = self._copier.counted
        return self.draft

    def _file(self, path: str, around: Around, asked: Spot) -> None:
        real = os.path.realpath(path)
        if real in self._read:
            first = self._read[real]
            if asked.line and first.line:
                self._troubles.error(asked, f"{path} is included twice, first at {first}")
            elif asked.line:
                said = f"{path} is included here and read by itself; name it once"
                self._troubles.error(asked, said)
            return
        self._read[real] = asked
        text = self._text(path, asked)
        if text is None:
            return
        self._files.append(path)
        if path.endswith(".j2"):
            whole = self._renderer.whole_file(text, path, self._renderer.scope(around.scope))
            if whole is None:
                self._lacks_some()
                return
            text = whole
        self._top(parse(text, path, self._troubles, sections.TOP), path, around)

    def _text(self, path: str, asked: Spot) -> str | None:
        spot = asked if asked.line else Spot(path, 1, 1)
        if self._texts.is_of_the_disk(path) and (untrusted := self._trust.of(path)):
            reads = "which root reads" if self._trust.uid == 0 else "which you run"
            if self._trust.uid == 0:
                self._troubles.error(spot, untrusted.said(reads))
                return None
            self._troubles.warn(spot, untrusted.said(reads))
        try:
            return self._texts.read(path)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            line = before.count(b"\n") + 1
            column = error.start - before.rfind(b"\n")
            self._troubles.error(Spot(path, line, column), "not UTF-8; save the file as UTF-8")
        except OSError as error:
            why = lower_first(error.strerror or "")
            self._troubles.error(spot, f"{path} cannot be read: {why}")
        self._lacks_some()
        return None

    def _top(self, node: Node | None, path: str, around: Around) -> None:
        if isinstance(node, Broken):
            self._lacks_some()
            node = people_of(node.before)
            if node is None:
                return
        if node is None or not says_anything(node):
            said = f"{path} holds nothing; write watches: {{NAME: {{command: …}}}}"
            self._troubles.error(Spot(path, 1, 1), said)
            return
        if not isinstance(node, Table):
            what = "a list" if isinstance(node, Series) else "text"
            self._troubles.error(node.spot, f"{what} is no watch file; begin with `watches`")
            return
        self.draft.blocks.learn(path, node)
        sections.check(node, self._troubles)
        inner = self._around(node, around, path)
        for key in sections.ONCE:
            self._once(getattr(self.draft, key), self._section(node, key), key, inner.scope)
        self._copier.learn(self._section(node, "templates"), inner.scope)
        if not all(sections.is_whole(node, key) for key in sections.NAMED):
            self._lacks_some()
        self._watches(self._section(node, "watches"), inner)
        if include := node.get("include"):
            self._include(include, inner, path)

    def _lacks_some(self) -> None:
        self._copier.lacks_some = self.draft.is_partial = True

    def _section(self, node: Table, key: str) -> Table:
        return sections.table(node, key, self._troubles)

    def _around(self, node: Table, around: Around, path: str) -> Around:
        variables = dict(around.scope)
        if not sections.is_whole(node, "vars"):
            variables[OTHERS] = UNREAD
        for name, entry in self._section(node, "vars").entries.items():
            if name in OURS:
                said = f"vars: {name} is overseer's own; choose another name"
                self._troubles.error(entry.spot, said)
                continue
            self.draft.variables.setdefault(name, entry.spot)
            if name in around.given:  # as it is: nothing in it is filled in, or makes structure
                variables[name] = plain_value(Text(around.given[name], entry.spot))
                continue
            filled = self._renderer.node(entry.node, self._renderer.scope(variables))
            variables[name] = plain_value(filled)
        defaults: Table | None = around.defaults
        own = check_keys(
            strip(self._section(node, "defaults"), nulls=True), "defaults", self._troubles
        )
        if own.entries:
            defaults = merge(defaults, own)
        trail = (*around.trail, os.path.realpath(path))
        return replace(around, scope=variables, defaults=defaults, trail=trail)

    def _once(self, known: dict[str, Entry], table: Table, kind: str, scope: Scope) -> None:
        """Take over what nobody else has named."""
        names = self._renderer.scope(scope)
        for name, entry in table.entries.items():
            if name.startswith("x-"):
                continue
            if name in known:
                said = f"{kind}: {name} is here and at {known[name].spot}; write it once"
                self._troubles.error(entry.spot, said)
            else:
                known[name] = Entry(entry.spot, self._renderer.node(entry.node, names))

    def _watches(self, table: Table, around: Around) -> None:
        for name, entry in table.entries.items():
            if name.startswith("x-"):
                continue
            node = entry.node
            if isinstance(node, Table):
                check_keys(without_values(node), name, self._troubles)
                self._definitions.append(Definition(name, entry.spot, node, around))
                continue
            self.draft.blamed.add(name)
            if not isinstance(node, Broken):
                found = describe(node)
                hint = colon(node.value, (*EXPLICIT,)) if isinstance(node, Text) else ""
                hint = hint or f"; write {name}: {{command: …}}"
                self._troubles.error(entry.spot, f"{name}: {found} is not understood{hint}")

    def _include(self, node: Node, around: Around, path: str) -> None:
        """Patterns, relative to the file they stand in."""
        filled = self._renderer.node(node, self._renderer.scope(around.scope))
        items = filled.items if isinstance(filled, Series) else (filled,)
        if not items:
            self._troubles.error(filled.spot, "include: is empty; write conf.d/*.yml")
        for item in items:
            if isinstance(item, Broken):
                continue
            if not isinstance(item, Text) or is_null(item):
                message = f"include: {describe(item)} is not understood; write conf.d/*.yml"
                self._troubles.error(item.spot, message)
                continue
            for file in self._matching(item, path):
                self._included(file, around, item.spot)

    def _matching(self, item: Text, path: str) -> Sequence[str]:
        pattern = os.path.join(os.path.dirname(path), item.value)
        try:
            files = self._texts.matching(pattern, path)
        except OSError as error:
            self._troubles.error(item.spot, f"include: {error.strerror}")
            return ()
        if not files:
            message = f"include: no file matches {pattern}; write one, or mend the pattern"
            self._troubles.error(item.spot, message)
            self._lacks_some()
        return files

    def _included(self, path: str, around: Around, spot: Spot) -> None:
        if os.path.realpath(path) in around.trail:
            said = f"include: {path} leads back to itself; take it out of the pattern"
            self._troubles.error(spot, said)
        else:
            self._file(path, around, spot)
