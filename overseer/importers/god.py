"""From god configurations to one watch file, with a remark for all that has no place in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from overseer.errors import Refused
from overseer.importers import (
    adoption,
    behaviors,
    concise,
    explicit,
    people,
    pid_files,
    settings,
    task,
)
from overseer.importers.page import Item, Remark, comment, lines
from overseer.importers.process import process
from overseer.importers.recording import Recording, Watch
from overseer.importers.values import name
from overseer.importers.ways import Setting, keepalive, ways

HEAD = "From {files}. `overseer check` reads it; docs/moving-from-god.md says what is different."


def translate(recording: Recording, files: Sequence[str]) -> str:
    """A whole watch file. Refused for what god itself would not have loaded."""
    names = named(recording.watches)
    recording = pid_files.prepared(recording, names)
    found = people.reached(recording)
    environment = frozenset(recording.environment)
    setting = Setting(people=people.people(found), environment=environment)
    adopted = adoption.plan(recording, names)
    body = [*settings.items(recording)]
    body += settings.defaults(recording, held=any(one.pid for one in adopted))
    body += people.items(found)
    page = [comment(Remark(HEAD.format(files=", ".join(files))))]
    page += [lines([item]) for item in body]
    page.append(iter(["watches:"] if names else ["watches: {}"]))
    blocks = ["\n".join(one) for one in page]
    pids = pid_files.collect(recording, names)
    for watch in recording.watches:
        ours = names[watch.name]
        own = pid_files.own_or_gods(watch, recording)
        written = lines([of_watch(watch, ours, own, setting)], "  ")
        if left_out := pid_files.shared(watch, ours, pids):
            written = comment(Remark(left_out, "\n" + "\n".join(written)), "  ")
        blocks.append("\n".join(written))
    blocks.append("\n".join(adoption.remarks(adopted)))
    return "\n".join(_spaced(filter(None, blocks))) + "\n"


def _spaced(blocks: Iterable[str]) -> Iterator[str]:
    """An empty line between them, but not after `watches:`."""
    before = None
    for block in blocks:
        if before is not None and before != "watches:":
            yield ""
        yield block
        before = block


def named(watches: Iterable[Watch]) -> dict[str, str]:
    """Each by god's name: its name here. Refused where one is there twice."""
    found: dict[str, str] = {}
    places: dict[str, str] = {}
    for watch in watches:
        if not watch.name:
            raise Refused(f"{watch.at}: a watch without a name; god does not take it either")
        ours = name(watch.name)
        if ours in places:
            said = f"{watch.at}: {watch.name!r} is there twice, first at {places[ours]}"
            raise Refused(f"{said}; give one of them another name")
        found[watch.name], places[ours] = ours, watch.at
    return found


def of_watch(watch: Watch, ours: str, pid_file: str, setting: Setting) -> Item:
    remarks = [Remark(watch.at), *map(Remark, watch.remarks)]
    if ours != watch.name:
        remarks.append(Remark(f"god's name for it: {watch.name}"))
    if watch.task:
        children = tuple(task.items(watch, setting))
        if not watch.options.get("valid_states"):
            remarks.append(Remark(f"{ours} is left out: {task.STATELESS}"))
    else:
        children = tuple(_watch(watch, pid_file, setting))
    return Item(key=ours, children=children, remarks=tuple(remarks))


def _watch(watch: Watch, pid_file: str, setting: Setting) -> Iterator[Item]:
    found = process(watch, pid_file, setting.environment)
    here = replace(setting, tree=found.through_shell)
    own = ways(watch, here)
    kept = watch.keepalive
    if found.through_shell and kept is not None:
        own, kept = (*keepalive(kept, here), *own), {}
    graph = concise.sort(own)
    yield from found.items
    yield from behaviors.unused_socket(watch)
    yield from behaviors.items(watch, daemonizes=found.daemonizes, concise=graph is not None)
    if graph is not None:
        yield from concise.items(graph, kept)
        return
    if kept:
        own = (*keepalive(kept, here), *own)
    yield from explicit.items(own)
