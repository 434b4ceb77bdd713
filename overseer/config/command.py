"""How a command, a signal and the other words of a process are written."""

import re
import signal
from typing import Any

from overseer.config.forms import TEXTS, Form, NotRight, many, mapping_of, scalar, whole, wrong
from overseer.config.node import Node, Series, Table, Text
from overseer.config.record import form_of
from overseer.config.trouble import UNREAD, Troubles, suggestion
from overseer.config.words import COMMAND, TEXT, WORDS, as_command_line
from overseer.model import held
from overseer.model.argv import split
from overseer.model.program import HOOKS, Argv, Program, StopStep
from overseer.model.units import Seconds
from overseer.units import BYTES, is_whole, size

SIGNALS = {name.name.removeprefix("SIG"): int(name) for name in signal.Signals}
SMART = re.compile("[\u2018\u2019\u201c\u201d\u00ab\u00bb]")
ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
LIKE_A_SIGNAL = re.compile(r"SIG\w+|[A-Z]+\d*")
POLICIES = {
    **dict.fromkeys(("always", "unless-stopped", "yes", "true", "on"), "restart"),
    **dict.fromkeys(("on-failure", "on_failure", "on-abnormal", "on-abort"), "restart_on_failure"),
    **dict.fromkeys(("no", "never", "false", "off"), "stop"),
}
"""What systemd, Docker and others write for restart."""
LAST_WAIT = 10.0  # seconds after the last signal of stop_signals, where none are written
CAPABILITY_NAMES = (
    *("chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid"),
    *("setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw"),
    *("ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct"),
    *("sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod"),
    *("lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog"),
    *("wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"),
)
LIMITS = (
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)


def as_words(text: str) -> Argv:
    try:
        words = split(text)
    except ValueError as error:
        raise NotRight(str(error)) from None
    if why := misread(words):
        raise NotRight(why)
    return words


def misread(words: Argv) -> str:
    """Why these words are not what is meant; "" where they may be."""
    first = words[0]
    if any("\0" in word for word in words):
        return "a NUL cannot be passed to a program; leave it out"
    if found := SMART.search(" ".join(words)):
        return f"{found[0]} is a typographic quote; write \" or '"
    if first.startswith("~"):
        said = f"{first!r} begins with a ~, which means something to a shell only; "
        return f"{said}write {{{{ env.HOME }}}}{first[1:]}"
    if found := ASSIGNED.match(first):
        return f"{first!r} sets a variable, as a shell does; write env: {{{found[1]}: {found[2]}}}"
    return ""


def as_command(node: Node, key: str, troubles: Troubles) -> Any:
    if isinstance(node, Series):
        words = as_command_line(node, key, troubles)
        if isinstance(words, tuple) and (why := misread(words)):
            return troubles.error(node.spot, f"{key}: {why}")
        return words
    return TEXT_COMMAND.read(node, key, troubles)


def as_signal(text: str) -> int:
    name = text.upper().removeprefix("SIG")
    if is_whole(name) and 0 < int(name) < signal.NSIG:
        return int(name)
    if name not in SIGNALS:
        near = suggestion(name, SIGNALS, otherwise="write TERM, HUP, QUIT, USR1 …")
        raise NotRight(f"{text!r} is no signal{near}")
    return SIGNALS[name]


def as_reload(node: Node, key: str, troubles: Troubles) -> Any:
    """A signal's name, or a command."""
    if isinstance(node, Text) and node.value.upper().removeprefix("SIG") in SIGNALS:
        return as_signal(node.value)
    if isinstance(node, Text) and LIKE_A_SIGNAL.fullmatch(node.value):
        return SIGNAL.read(node, key, troubles)
    return as_command(node, key, troubles)


def as_restart(node: Node, key: str, troubles: Troubles) -> Any:
    """A command; what other tools mean by this key is `on_exit`."""
    policy = POLICIES.get(node.value.lower()) if isinstance(node, Text) else None
    if policy:
        said = f"{key}: is the command that restarts it; write on_exit: {policy}"
        return troubles.error(node.spot, said)
    return as_command(node, key, troubles)


def as_stop_signals(node: Node, key: str, troubles: Troubles) -> Any:
    """[QUIT, 30s, TERM, 10s, KILL]: signals and how long each has; KILL follows in any case."""
    if not isinstance(node, Series) or not node.items:
        return wrong(node, key, STOP_SIGNALS.example, troubles)
    words = [SIGNAL.read(item, key, troubles) for item in node.items[::2]]
    waits = [WAIT.read(item, key, troubles) for item in node.items[1::2]]
    if UNREAD in words or UNREAD in waits:
        return UNREAD
    if len(waits) == len(words) - 1:
        if words[-1] == signal.SIGKILL and waits:
            words.pop()
        else:
            waits.append(LAST_WAIT)
    if signal.SIGKILL in words[:-1]:
        return troubles.error(node.spot, f"{key}: nothing is left to do after KILL; put it last")
    return tuple(map(StopStep, words, waits))


def as_umask(text: str) -> int:
    if not re.fullmatch(r"0o?[0-7]{1,4}", text):
        raise ValueError
    return int(text.replace("o", ""), 8)


def as_limit(text: str) -> str:
    """`soft:hard` for prlimit(1); sizes may have their unit."""
    return ":".join(_one_limit(part) for part in text.split(":", 1))


def _one_limit(text: str) -> str:
    if text in ("", "unlimited") or is_whole(text):
        return text
    if text.endswith(tuple(BYTES)):
        return str(size(text))
    raise ValueError


def as_rlimits(node: Node, key: str, troubles: Troubles) -> Any:
    limits = _LIMITS.read(node, key, troubles)
    for name in limits if isinstance(limits, dict) else ():
        if name not in LIMITS:
            near = suggestion(name, LIMITS, otherwise=f"write one of {', '.join(LIMITS)}")
            return troubles.error(node.spot, f"{key}: there is no limit {name}{near}")
    return limits


def as_socket(text: str) -> str:
    try:
        held.read(text)
    except ValueError as error:
        raise NotRight(str(error)) from None
    return text


def as_sockets(node: Node, key: str, troubles: Troubles) -> Any:
    found = _SOCKETS.read(node, key, troubles)
    for name in found if isinstance(found, dict) else ():
        if not held.NAME.fullmatch(name):
            return troubles.error(node.spot, f"{key}: {name!r} is no name; write http, or http-2")
    return found


def as_env(node: Node, key: str, troubles: Troubles) -> Any:
    found = TEXTS.read(node, key, troubles)
    for name, value in found.items() if isinstance(found, dict) else ():
        if not name or "=" in name or "\0" in name:
            said = f"{key}: {name} is no name of a variable; write {{NAME: value}}"
            return troubles.error(node.spot, said)
        if isinstance(value, str) and "\0" in value:
            said = f"{key}: {name}: a NUL cannot be passed to a program; leave it out"
            return troubles.error(node.spot, said)
    return found


def as_capability(text: str) -> str:
    """As setpriv(1) names it: capabilities(7) in small letters, without CAP_."""
    name = text.lower().removeprefix("cap_")
    if name not in CAPABILITY_NAMES:
        near = suggestion(name, CAPABILITY_NAMES, otherwise="capabilities(7) names them")
        raise NotRight(f"there is no capability {text}{near}")
    return name


def capability_problem(program: Program) -> str:
    """A key and what is wrong there; "" where the capabilities go with the rest."""
    bounding, ambient = program.capabilities, program.ambient_capabilities
    if missing := [name for name in ambient if bounding is not None and name not in bounding]:
        return f"ambient_capabilities: {missing[0]} is not among capabilities; write it there too"
    if program.chroot is not None and program.is_restricted:
        key = "ambient_capabilities" if bounding is None else "capabilities"
        return f"{key}: cannot be combined with chroot; leave one of them out"
    return ""


def as_ionice(text: str) -> str:
    if not re.fullmatch(r"idle|(realtime|best-effort)(:[0-7])?", text):
        raise ValueError
    return text


def as_hooks(node: Node, key: str, troubles: Troubles) -> Any:
    """A command before or after each of start, stop and restart."""
    if not isinstance(node, Table):
        return wrong(node, key, HOOKS_FORM.example, troubles)
    found = {}
    for name, entry in node.entries.items():
        if name not in HOOKS:
            near = suggestion(name, HOOKS, otherwise=f"there are {', '.join(HOOKS)}")
            found[name] = troubles.error(entry.spot, f"{key}: there is no {name}{near}")
        else:
            found[name] = COMMAND_FORM.read(entry.node, f"{key}: {name}", troubles)
    return UNREAD if UNREAD in found.values() else found


TEXT_COMMAND = scalar(as_words, COMMAND, TEXT)
COMMAND_FORM = Form(as_command, COMMAND, WORDS)
HOOKS_FORM = Form(
    as_hooks,
    "{before_start: /srv/app/bin/migrate}",
    {
        "type": "object",
        "properties": dict.fromkeys(HOOKS, WORDS),
        "additionalProperties": False,
    },
)
SIGNAL = scalar(as_signal, "TERM", {"type": ["string", "integer"]})
RESTART = Form(as_restart, COMMAND, WORDS)
RELOAD = Form(as_reload, "HUP, or a command", WORDS)
WAIT = form_of(Seconds)
STOP_SIGNALS = Form(
    as_stop_signals, "[QUIT, 30s, TERM, 10s, KILL]", {"type": "array", "minItems": 1}
)
UMASK = scalar(as_umask, "022", {"type": ["string", "integer"]})
_LIMITS = mapping_of(
    scalar(as_limit, "1024, 1024:4096 or unlimited", {"type": ["string", "integer"]})
)
_SOCKETS = mapping_of(scalar(as_socket, "tcp://127.0.0.1:8080", TEXT))
ENV = Form(as_env, "{STAGE: production}", TEXTS.schema)
SOCKETS = Form(as_sockets, "{http: 'tcp://127.0.0.1:8080'}", _SOCKETS.schema)
RLIMITS = Form(as_rlimits, "{nofile: 4096}", _LIMITS.schema)
NICE = whole(-20, 19, "a number from -20 to 19")
OOM = whole(-1000, 1000, "a number from -1000 to 1000")
EXIT_CODE = whole(0, 255, "an exit code like 0")
CAPABILITIES = many(scalar(as_capability, "net_bind_service", TEXT), unique=True)
IONICE = scalar(as_ionice, "idle, or best-effort:7", TEXT)
