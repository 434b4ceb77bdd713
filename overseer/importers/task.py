"""A god task: states and commands without a process."""

from collections.abc import Iterator
from dataclasses import replace

from overseer.config.node import text
from overseer.importers.commands import needs_shell
from overseer.importers.page import Item, Remark
from overseer.importers.process import by_shell, carried, passed, tags
from overseer.importers.recording import Code, Watch, names
from overseer.importers.values import flag, interval, shown, word
from overseer.importers.ways import Setting, ways

STATELESS = "a task without valid_states; god did not take it either"
KNOWN = frozenset({"name", "valid_states", "initial_state", "interval", "group", "autostart"})


def items(watch: Watch, setting: Setting) -> Iterator[Item]:
    options = watch.options
    states = names(options.get("valid_states") or [])
    here = replace(setting, states=(*states, "unmonitored"), task=True)
    yield Item(key="states", children=tuple(_state(state, watch) for state in states))
    if options.get("initial_state"):
        yield from carried("initial_state", "initial_state", word, options["initial_state"])
    if options.get("interval") is not None:
        yield from carried("interval", "interval", interval, options["interval"])
    if options.get("autostart") is False:
        yield Item(key="autostart", node=flag(False))
    if options.get("group") is not None:
        yield Item(key="tags", node=tags(options["group"]))
    texts = [options[state] for state in states if isinstance(options.get(state), str)]
    yield from passed(texts, setting.environment)
    for key, value in options.items():
        if key not in KNOWN and key not in states:
            yield Item(remarks=(Remark(f"{key} = {shown(value)} is left out"),))
    own = ways(watch, here)
    rows = tuple(way.row() for way in own if way.states)
    yield Item(key="transitions", children=rows)
    yield Item(key="lifecycle", children=tuple(way.row() for way in own if not way.states))


def _state(state: str, watch: Watch) -> Item:
    value = watch.options.get(state)
    if isinstance(value, str):
        return Item(key=state, node=by_shell(value) if needs_shell(value) else word(value))
    if isinstance(value, Code):
        said = Remark(f"{state} was Ruby code ({value.at}); write it as a command", value.source)
        return Item(key=state, node=text("null"), remarks=(said,))
    return Item(key=state, node=text("null"))
