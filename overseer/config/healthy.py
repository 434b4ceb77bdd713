"""`healthy` and `ready`: what must be so, as the conditions that say when it is, or is not."""

from collections.abc import Iterator, Mapping

from overseer import plugins
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
    text,
)
from overseer.config.trouble import Troubles, suggestion

HTTP, SOCKET, RUN = "http_response_code", "socket_responding", "command"
WORDS = {"http": HTTP, "socket": SOCKET, "run": RUN, HTTP: HTTP, SOCKET: SOCKET, RUN: RUN}
FINE = "200-399"
"""Codes of a page that is there, or says where it is."""
EXAMPLE = "[http: {port: 8000, path: /ping}, socket: tcp:5432, run: /usr/bin/pg_isready]"
WRONG_WAY = {
    "code_is_not": "code_is, the code of an answer that is fine",
    "responding": "the socket alone",
    "fails": "run: and the command",
    "succeeds": "run: and the command",
}
"""Options that say which way a condition is read: here it is clear, and may be wrong."""

Named = tuple[str, Entry]
BESIDE = ("times", "interval", "timeout")
"""Options that may stand beside the check, as well as among its own."""
OPTION = {HTTP: "url", SOCKET: "socket", RUN: "command"}
"""Where the value goes of a check that is written without options."""


def items(node: Node, key: str, troubles: Troubles) -> Iterator[Named]:
    """Names and options, of a mapping or of a list of mappings."""
    for item in node.items if isinstance(node, Series) else (node,):
        if isinstance(item, Table) and (item.entries or item is node):
            beside = {name: item.entries[name] for name in BESIDE if name in item.entries}
            if len(beside) == len(item.entries):
                yield from beside.items()
            for name, entry in item.without(beside).entries.items():
                yield name, with_options(name, entry, beside, key, troubles)
        elif isinstance(item, Text) and item.value:
            yield item.value, Entry(item.spot, text("", item.spot))
        elif not isinstance(item, Broken):
            said = f"{key}: {describe(item)} is not understood; write {EXAMPLE}"
            troubles.error(item.spot, said)


def with_options(
    name: str, entry: Entry, beside: Mapping[str, Entry], key: str, troubles: Troubles
) -> Entry:
    """`{run: CMD, interval: 2s}` is `{run: {command: CMD, interval: 2s}}`."""
    node, option = entry.node, OPTION.get(WORDS.get(name, ""))
    if not beside or isinstance(node, Broken):
        return entry
    if isinstance(node, Table) or is_null(node):
        own = node if isinstance(node, Table) else Table({}, entry.spot)
    elif option and not no_value(WORDS[name], node, True):
        own = Table({option: Entry(entry.spot, node)}, entry.spot)
    else:
        first = next(iter(beside))
        said = f"{key}: {first} stands among the options: {{{name}: {{..., {first}: ...}}}}"
        troubles.error(beside[first].spot, said)
        return entry
    return Entry(entry.spot, own.with_entries({**beside, **own.entries}))


def turned(name: str, entry: Entry, troubles: Troubles, *, so: bool) -> Named | None:
    """The condition that is met when what *name* asks for is *so*, or is not."""
    key, node = "ready" if so else "healthy", entry.node
    if message := no_condition(name, node):
        troubles.error(entry.spot, f"{key}: {message}")
        return None
    kind = WORDS.get(name)
    if kind is None:
        return plain(name, entry, troubles, so=so)
    if isinstance(node, Broken):
        return None
    troubles.call(entry, kind, f"{key}: {name}")
    if isinstance(node, Table):
        for option, right in WRONG_WAY.items():
            if option in node.entries and not agrees(option, node.entries[option].node, so):
                said = f"{name}: {option} says which way; here write {right}"
                troubles.error(node.entries[option].spot, said)
                return None
    if message := no_value(kind, node, so):
        troubles.error(node.spot, f"{key}: {name}: {message}")
        return None
    make = {HTTP: http, SOCKET: socket, RUN: run}[kind]
    return kind, Entry(entry.spot, make(node, entry.spot, so))


def no_condition(name: str, node: Node) -> str:
    """What to write for a word that is not one of ours, as far as that can be guessed."""
    value = node.value if isinstance(node, Text) else ""
    if name.isdigit():
        return f"{name} is no check; write {{http: {{port: {name}}}}} or {{socket: tcp:{name}}}"
    if name in ("port", "tcp"):
        port = value if value.isdigit() else "8000"
        return f"{name} is no check; write socket: tcp:{port}, or http: {{port: {port}}}"
    if name in ("url", "uri", "httpGet", "http_get", "https"):
        return f"{name} is no check; write http: {value if '://' in value else '{port: 8000}'}"
    if name in ("cmd", "exec", "script", "test", "program"):
        return f"{name} is no check; write run: {value or '/usr/bin/pg_isready'}"
    if name in ("true", "false", "yes", "no"):
        return f"{name} says nothing to ask; write {EXAMPLE}"
    return ""


def no_value(kind: str, node: Node, so: bool) -> str:
    """What to write for a value that says nothing of this kind."""
    if kind == HTTP and isinstance(node, Text) and "://" not in node.value:
        return no_url(node.value)
    if kind == RUN and isinstance(node, Table):
        word = "succeeds" if so else "fails"
        if not {"command", word} & node.entries.keys():
            return "there is no command; write {command: /usr/bin/pg_isready, timeout: 5s}"
    if kind in (RUN, SOCKET) and is_null(node):
        return f"is empty; write {'/usr/bin/pg_isready' if kind == RUN else 'tcp:5432'}"
    return ""


def no_url(text: str) -> str:
    if not text:
        return "is empty; write {port: 8000, path: /ping}"
    port, _, path = text.rpartition(":")[2].partition("/")
    if port.isdigit():
        more = f", path: /{path}" if path else ""
        return f"{text} is no URL; write {{port: {port}{more}}}"
    if text.startswith("/"):
        return f"{text} is no URL; write {{port: 8000, path: {text}}}"
    return f"{text!r} is no URL; write {{port: 8000, path: /ping}}"


def agrees(option: str, node: Node, so: bool) -> bool:
    """It says the way that it is read here, as in the explicit form of a watch."""
    if option == "responding":
        return isinstance(node, Text) and node.value == str(so).lower()
    return option == ("succeeds" if so else "fails")


def plain(name: str, entry: Entry, troubles: Troubles, *, so: bool) -> Named | None:
    """A condition of its own name: `ready` waits until it is met; that something is wrong, as
    most say, is no sign of health."""
    if name not in plugins.ours("conditions") and name not in plugins.find("conditions"):
        near = suggestion(name, (*WORDS, *plugins.ours("conditions")), otherwise=f"write {EXAMPLE}")
        troubles.error(entry.spot, f"{'ready' if so else 'healthy'}: there is no {name}{near}")
        return None
    if so or name == "heartbeat":
        return name, entry
    said = f"healthy: {name} says what must not be; write it under restart_if"
    troubles.error(entry.spot, said)
    return None


def http(node: Node, spot: Spot, so: bool) -> Node:
    table = node if isinstance(node, Table) else Table({"url": Entry(spot, node)}, spot)
    right = table.entries.get("code_is") or Entry(spot, text(FINE, spot))
    word = "code_is" if so else "code_is_not"
    return table.without(("code_is",)).with_entries({word: right})


def socket(node: Node, spot: Spot, so: bool) -> Node:
    table = node if isinstance(node, Table) else Table({"socket": Entry(spot, node)}, spot)
    return table.with_entries({"responding": Entry(spot, text("true" if so else "false", spot))})


def run(node: Node, spot: Spot, so: bool) -> Node:
    word = "succeeds" if so else "fails"
    if not isinstance(node, Table):
        return Table({word: Entry(spot, node)}, spot)
    if word in node.entries:
        return node
    command = node.entries.get("command") or Entry(spot, text("", spot))
    return node.without(("command",)).with_entries({word: command})
