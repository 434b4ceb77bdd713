"""god's conditions, in the words of a watch file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from overseer.config.explicit import flow
from overseer.config.node import Node, table, text
from overseer.importers import complex, http, pid_files
from overseer.importers.page import Remark
from overseer.importers.recording import Code, Condition
from overseer.importers.values import (
    NotCarried,
    duration,
    flag,
    number,
    partition,
    path,
    plain,
    share,
    shown,
    size,
    span,
    times,
    whole,
    word,
)
from overseer.network.address import read_address

WINDOWED = frozenset({"memory_usage", "cpu_usage", "http_response_code", "socket_responding"})
ONCE = {"times": text("1")}
UNPOLLED = frozenset({"process_running", "process_exits", "flapping"})
SUDDEN = frozenset({"file_touched"})
BESIDE = frozenset({"interval", "notify", "transition", "phase"})
"""Options of every condition; where they go is decided by whoever asks for it."""
STATES = ("init", "start", "up", "restart", "stop", "unmonitored")
RUBY = "Ruby code; write it as a program (command:) or a Python function (python:)"


Made = tuple[dict[str, Node], tuple[Remark, ...]]
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One condition as it is written here. *remarks* stand above it."""

    name: str
    options: Mapping[str, Node] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def many(self) -> Mapping[str, Node]:
        """Its options where three of five would be assumed: once is said."""
        if self.name in UNPOLLED | SUDDEN or "times" in self.options:
            return self.options
        return {**self.options, **ONCE}

    @property
    def node(self) -> Node:
        """As the `when` of a row."""
        if self.name == "process_running":
            return table({self.name: self.options["running"]})
        if self.options.keys() == {"times"}:
            return table({self.name: self.options["times"]})
        return table({self.name: table(self.options)}) if self.options else text(self.name)


def asked(condition: Condition) -> Asked:
    """NotCarried where there is nothing like it here."""
    kind, options = condition.kind, condition.options
    if kind in ("lambda", "degrading_lambda"):
        found = options.get("lambda")
        raise NotCarried(f"{kind}: {RUBY}", found.source if isinstance(found, Code) else "")
    if kind == "complex":
        remarks = tuple(remark for one in condition.operands for remark in _part_remarks(one))
        return Asked(name=kind, options=complex.whole(condition, part), remarks=remarks)
    if kind not in KINDS:
        given = ", ".join(f"{key} = {shown(value)}" for key, value in options.items())
        own = f"{kind} is a condition of your own"
        raise NotCarried(f"{own}{f' ({given})' if given else ''}: {RUBY}")
    if kind in pid_files.OWN_KINDS and options.get("pid_file") is not None:
        raise NotCarried(f"{kind}: {_stranger(options)}")
    remarks = tuple(_strange(condition))
    found_options, more = KINDS[kind](options)
    if kind in WINDOWED and (options.get("times") not in (None, 1, [1, 1])):
        found_options["times"] = times(options["times"])
    name = "command" if kind == pid_files.OTHER else kind
    return Asked(name=name, options=found_options, remarks=(*remarks, *more))


def _stranger(options: Options) -> str:
    owner = options.get("owner")
    whose = f"that of {owner}; write it there" if owner else "no watch's here; make it one"
    return f"its process is not this watch's: pid_file {options['pid_file']} is {whose}"


def _strange(condition: Condition) -> Iterator[Remark]:
    known = {*OPTIONS.get(condition.kind, ()), *BESIDE}
    if condition.kind in WINDOWED:
        known.add("times")
    for key, value in condition.options.items():
        if key not in known and value is not None:
            yield Remark(f"{condition.kind}: {key} = {shown(value)} is not carried over")


def needed(options: Options, key: str, read: Callable[[Any], Node]) -> Node:
    if options.get(key) is None:
        raise NotCarried(f"{key} is missing; god would not have taken it")
    try:
        return read(options[key])
    except NotCarried as error:
        raise NotCarried(f"{key}: {error}") from None


def given(options: Options, readers: Mapping[str, Callable[[Any], Node]]) -> dict[str, Node]:
    return {
        key: needed(options, key, read)
        for key, read in readers.items()
        if options.get(key) is not None
    }


def _plainly(**readers: Callable[[Any], Node]) -> Callable[[Options], Made]:
    """All of these options are needed."""
    return lambda options: ({key: needed(options, key, read) for key, read in readers.items()}, ())


def _tries(options: Options) -> Made:
    return {"times": needed(options, "times", whole), **given(options, {"within": span})}, ()


def _exits(options: Options) -> Made:
    return {}, ()


def _other_running(options: Options) -> Made:
    """A process that is not the watch's own."""
    key = "succeeds" if options.get("running") else "fails"
    line = pid_files.running(options["pid_file"])
    found: dict[str, Node] = {key: word(line), "shell": text("true")}
    owner = options.get("owner")
    if owner is None:
        return found, (Remark(f"process_running of another process: {options['pid_file']}"),)
    said = f"process_running of {owner}: depends_on: {owner} has this watch wait for it at a start"
    return found, (Remark(said),)


def _disk(options: Options) -> Made:
    above = needed(options, "above", share)
    if number(options["above"]) >= 100:
        raise NotCarried(f"above: nothing is fuller than {shown(options['above'])} percent")
    return {"mount_point": needed(options, "mount_point", path), "above": above}, ()


def _socket(options: Options) -> Made:
    responding = flag(options.get("responding"))
    place = options.get("socket")
    if place is None:
        family = str(options.get("family") or "tcp")
        if family == "unix":
            place = f"unix:{flow(needed(options, 'path', path))}"
        else:
            port = flow(needed(options, "port", whole))
            place = f"{family}:{options.get('addr') or '127.0.0.1'}:{port}"
    try:
        read_address(str(place))
    except ValueError as error:
        raise NotCarried(f"socket: {error}") from None
    return {"socket": word(place), "responding": responding}, ()


def _flapping(options: Options) -> Made:
    found: dict[str, Node] = {}
    remarks: tuple[Remark, ...] = ()
    for key in ("from_state", "to_state"):
        states = options.get(key)
        if states is None:
            continue
        listed = states if isinstance(states, list) else [states]
        right, strange = partition(listed, STATES)
        if not right:
            raise NotCarried(f"{key}: there is no state {strange[0] if strange else shown(states)}")
        found[key] = plain(right if isinstance(states, list) else states)
        remarks += tuple(
            Remark(f"flapping: {key}: {state} is left out: there is no such state")
            for state in strange
        )
    if not found:
        raise NotCarried("to_state and from_state are missing; god would not have taken it")
    found |= {"times": needed(options, "times", whole), "within": needed(options, "within", span)}
    retry = {"retry_in": duration, "retry_times": whole, "retry_within": span}
    more = given(options, retry)
    if more and len(more) < len(retry) and more.keys() != {"retry_in"}:
        left = ", ".join(f"{key} = {shown(options[key])}" for key in more if key != "retry_in")
        why = f"flapping: {left} is left out; retry_in, retry_times and retry_within go together"
        kept = {key: node for key, node in more.items() if key == "retry_in"}
        return {**found, **kept}, (*remarks, Remark(why))
    return {**found, **more}, remarks


KINDS: Mapping[str, Callable[[Options], Made]] = {
    "always": lambda options: ({} if options.get("what") else {"what": text("false")}, ()),
    "cpu_usage": _plainly(above=share),
    "disk_usage": _disk,
    "file_mtime": _plainly(path=path, max_age=span),
    "file_touched": _plainly(path=path),
    "flapping": _flapping,
    "http_response_code": lambda options: http.response_code(options),
    "memory_usage": _plainly(above=size),
    pid_files.OTHER: _other_running,
    "process_exits": _exits,
    "process_running": _plainly(running=flag),
    "socket_responding": _socket,
    "tries": _tries,
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "always": ("what",),
    "cpu_usage": ("above",),
    "disk_usage": ("above", "mount_point"),
    "file_mtime": ("path", "max_age"),
    "file_touched": ("path",),
    "flapping": (
        *("times", "within", "from_state", "to_state"),
        *("retry_in", "retry_times", "retry_within"),
    ),
    "http_response_code": http.OPTIONS,
    "memory_usage": ("above",),
    pid_files.OTHER: ("running", "pid_file", "owner"),
    "process_running": ("running",),
    "socket_responding": ("socket", "family", "addr", "port", "path", "responding"),
    "tries": ("times", "within"),
}


def _part_remarks(condition: Condition) -> tuple[Remark, ...]:
    try:
        return asked(condition).remarks
    except NotCarried:  # which is told of the whole
        return ()


def part(condition: Condition) -> Node:
    """As one of those that `complex` is made of."""
    if condition.kind in UNPOLLED:
        raise NotCarried(f"{condition.kind} needs a row of its own here")
    found = asked(condition)
    if condition.kind == "complex":
        return table(found.options)
    return table({found.name: table(found.options) if found.options else text("true")})
