"""The process of a god watch: what is run, as whom, and with what around it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from overseer.config.command import as_signal
from overseer.config.forms import NotRight
from overseer.config.node import DEFAULT, Node, Series, series, table, text
from overseer.importers import background
from overseer.importers.commands import (
    VARIABLE,
    VERBS,
    Commands,
    commands,
    for_shells,
    needs_shell,
    unset,
)
from overseer.importers.page import Item, Remark, said
from overseer.importers.recording import Watch, names
from overseer.importers.values import (
    NotCarried,
    duration,
    flag,
    interval,
    name,
    number,
    path,
    shown,
    word,
)
from overseer.model.argv import SHELL

NOWHERE = Remark(
    "there is nothing to start; write a command, and take autostart out. Until then nothing is done"
)

PASSED = (
    "{} came from god's own environment; pass_env takes it from overseer's, where it has to be "
    "set: env: with its value is better"
)


def umask(value: Any) -> Node:
    if isinstance(value, str):
        return text(value)
    return text(f"{int(number(value)):03o}".rjust(4, "0"))


def a_signal(value: Any) -> Node:
    found = str(value).removeprefix("SIG").upper()
    try:
        as_signal(found)
    except NotRight:
        raise NotCarried(
            f"there is no signal {shown(value)}; god killed it after its time"
        ) from None
    return text(found)


def tags(value: Any) -> Node:
    return series([name(one) for one in names(value)])


def environment(value: Any, key: str = "env") -> Iterator[Item]:
    """`env`; a variable that cannot be carried over is left out alone, with its value."""
    if not isinstance(value, dict):
        yield said(f"{key} is left out: {shown(value)} is no mapping; god ignored it")
        return
    variables: dict[str, Node] = {}
    for variable, given in value.items():
        try:
            variables[str(variable)] = _variable(str(variable), given)
        except NotCarried as error:
            yield said(f"{key}: {variable} = {shown(given)} is left out: {error}")
    if len(variables) == 1:
        yield Item(key="env", node=table(variables))
    elif variables:
        children = tuple(Item(key=one, node=node) for one, node in variables.items())
        yield Item(key="env", children=children)


def _variable(variable: str, value: Any) -> Node:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
        raise NotCarried(f"{shown(variable)} is no name of a variable")
    if isinstance(value, str) and "\0" in value:
        raise NotCarried("no variable holds a NUL")
    return word(_env(value))


def _env(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


Reader = Callable[[Any], Node]
BEFORE: Mapping[str, tuple[str, Reader]] = {
    "uid": ("user", word),
    "gid": ("group", word),
    "dir": ("dir", path),
    "umask": ("umask", umask),
    "chroot": ("chroot", path),
    "log": ("log", path),
    "err_log": ("err_log", path),
    "interval": ("interval", interval),
    "grace": ("grace", duration),
    "start_grace": ("start_grace", duration),
    "stop_grace": ("stop_grace", duration),
    "restart_grace": ("restart_grace", duration),
    "stop_signal": ("stop_signal", a_signal),
    "stop_timeout": ("stop_timeout", duration),
    "autostart": ("autostart", flag),
    "group": ("tags", tags),
}
"""god's attribute, and the key here with what reads it; written in this order. `env` is read
variable by variable."""
LOGS = {"log_cmd": "log", "err_log_cmd": "err_log"}
ELSEWHERE = frozenset({"name", "env", "pid_file", "unix_socket", *VERBS, *LOGS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """*through_shell*: what is watched is a shell, and the program its child."""

    items: tuple[Item, ...]
    daemonizes: bool
    through_shell: bool = False


def process(watch: Watch, pid_path: str, environment: frozenset[str]) -> Process:
    """*environment*: the variables that the files set for all."""
    told = commands(watch, pid_path)
    daemonizes = watch.options.get("pid_file") is not None
    own = {**watch.options, **told.more}.get("env")
    env = environment.union(own if isinstance(own, dict) else ())
    items = [*_commands(told, watch, daemonizes), *passed(told.texts.values(), env)]
    items += [*_attributes(told, watch), *_rest(watch)]
    return Process(
        items=tuple(items),
        daemonizes=daemonizes,
        through_shell=told.shell and not daemonizes,
    )


def _commands(told: Commands, watch: Watch, daemonizes: bool) -> Iterator[Item]:
    keys = {"start": "start" if daemonizes else "command"}
    if "start" not in told.texts:
        remarks = (*told.remarks.get("start", ()), NOWHERE)
        yield Item(key=keys["start"], node=text("/bin/false"), remarks=remarks)
        yield Item(key="autostart", node=text("false"))
    for verb in VERBS:
        remarks = tuple(told.remarks.get(verb, ()))
        if verb == "start" and verb in told.texts:
            odd = background.remark(told.texts[verb], has_pid_file=daemonizes)
            remarks = (*remarks, *([odd] if odd else ()))
        if verb in told.texts:
            yield Item(key=keys.get(verb, verb), node=_command(told, verb), remarks=remarks)
        elif verb != "start":
            yield Item(remarks=remarks)
    if daemonizes:
        yield from carried("pid_file", "pid_file", path, watch.options["pid_file"])
    if told.shell:
        yield Item(key="shell", node=text("true"))


def passed(texts: Iterable[str], env: frozenset[str]) -> Iterator[Item]:
    """Variables that god's programs had of god, and overseer's have not of overseer."""
    if names := unset((part for text in texts for part in for_shells(text)), env):
        variables = ", ".join(f"${name}" for name in names)
        yield Item(key="pass_env", node=series(names), remarks=(Remark(PASSED.format(variables)),))


def _command(told: Commands, verb: str) -> Node:
    """Where only others need a shell they have one of their own."""
    line = told.texts[verb]
    return by_shell(line) if needs_shell(line) and not told.shell else word(line)


def by_shell(line: str) -> Node:
    return Series((text(SHELL), text("-c"), word(line)), DEFAULT)


def _attributes(told: Commands, watch: Watch) -> Iterator[Item]:
    options = {**watch.options, **told.more}
    if "start" not in told.texts:
        options.pop("autostart", None)
    if options.get("autostart") is not False:
        options.pop("autostart", None)  # god's default, and ours
    if options.get("env") is not None:
        yield from _unfilled(options["env"])
        yield from environment(options["env"])
    for theirs, (ours, read) in BEFORE.items():
        if options.get(theirs) is not None:
            yield from carried(theirs, ours, read, options[theirs])


def carried(theirs: str, ours: str, read: Reader, value: Any) -> Iterator[Item]:
    try:
        node = read(value)
    except NotCarried as error:
        yield said(f"{theirs} is left out: {error}")
        return
    yield Item(key=ours, node=node)


def _unfilled(env: Any) -> Iterator[Item]:
    """`PATH=$PATH:/opt/bin` is for a shell; god gave it to the program as it stands."""
    for key, value in env.items() if isinstance(env, dict) else ():
        if match := VARIABLE.search(str(value)):
            found = shown(value)
            yield said(f"env: {key} = {found}: nothing fills in {match[0]}, in god neither")


def _rest(watch: Watch) -> Iterator[Item]:
    for key, ours in LOGS.items():
        if watch.options.get(key) is not None:
            yield said(
                f"{key} = {shown(watch.options[key])}: overseer pipes no output; {ours} names a "
                "file, and `overseer logs -f` follows it"
            )
    for key, value in watch.options.items():
        if key not in BEFORE and key not in ELSEWHERE and not key.startswith("@"):
            yield said(f"{key} = {shown(value)} is left out; god has no such attribute")
