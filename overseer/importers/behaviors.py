"""god's behaviors: what was done around a launch."""

from collections.abc import Iterator

from overseer.config.node import Node, Series, table, text
from overseer.importers.page import Item, Remark, said
from overseer.importers.recording import Behavior, Watch
from overseer.importers.values import NotCarried, path, shown

NEEDLESS = "clean_pid_file: with command: there is no pid file to clean"
FLAPPING = (
    "notify_when_flapping ({given}): overseer tells of flapping by itself, whoever stands in "
    "notify: of the watch; `flapping: {{times: {failures}, within: {seconds}s}}` says from when on"
)


def items(watch: Watch, *, daemonizes: bool, concise: bool) -> Iterator[Item]:
    """With the concise form a pid file is cleaned anyway."""
    nodes: list[Node] = []
    remarks: list[Remark] = []
    for behavior in watch.behaviors:
        try:
            if node := _node(behavior, watch, daemonizes):
                nodes.append(node)
        except NotCarried as error:
            remarks.append(Remark(str(error)))
    usual = [text("clean_pid_file")] if concise and daemonizes else []
    if concise and nodes and nodes != usual and usual[0:1] != nodes[0:1]:
        nodes = [*usual, *nodes]
    yield from (Item(remarks=(remark,)) for remark in remarks)
    if nodes and nodes != usual:
        yield Item(key="behaviors", node=Series(tuple(nodes), nodes[0].spot))


def _node(behavior: Behavior, watch: Watch, daemonizes: bool) -> Node | None:
    kind, options = behavior.kind, behavior.options
    if kind == "clean_pid_file":
        if not daemonizes:
            raise NotCarried(NEEDLESS)
        return text(kind)
    if kind == "clean_unix_socket":
        where = watch.options.get("unix_socket")
        if where is None:
            raise NotCarried("clean_unix_socket: no unix_socket was set; god did not take it")
        return table({kind: table({"path": path(where)})})
    given = ", ".join(f"{key} = {shown(value)}" for key, value in options.items())
    if kind == "notify_when_flapping":
        numbers = {key: options.get(key) or 5 for key in ("failures", "seconds")}
        raise NotCarried(FLAPPING.format(given=given, **numbers))
    own = f"{kind} ({behavior.at}{f', {given}' if given else ''}) is a behavior of your own"
    raise NotCarried(f"{own}: Ruby code, not carried over")


def unused_socket(watch: Watch) -> Iterator[Item]:
    """god used it for clean_unix_socket and nothing else."""
    used = any(one.kind == "clean_unix_socket" for one in watch.behaviors)
    if watch.options.get("unix_socket") is not None and not used:
        where = shown(watch.options["unix_socket"])
        yield said(f"unix_socket = {where} is left out; only clean_unix_socket read it")
