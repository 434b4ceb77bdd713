"""Where overseer keeps its things, unless somebody says otherwise. Nothing is touched here."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from overseer.errors import UsageError

PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of what overseer runs, unless `settings: path` says otherwise; never that of a shell."""
INSTANCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Paths(NamedTuple):  # not a dataclass: `overseer status` is to be quick
    state_dir: str
    socket: str
    log_dir: str
    config: str  # the watch file when none is named


def find(
    state_dir: str | None = None,
    socket: str | None = None,
    instance: str | None = None,
    env: Mapping[str, str] = os.environ,
    root: bool | None = None,
) -> Paths:
    """What was said on the command line, else in the environment, else what is usual.

    A state folder that somebody chose holds socket and logs too, so that two daemons with two
    state folders never meet. *instance* is part of every name that nobody chose.
    """
    suffix = _suffix(instance)
    usual = _for_root(suffix) if _is_root(root) else _for_user(suffix, env)
    if state_dir:
        usual = _inside(os.path.abspath(state_dir), usual)
    elif chosen := env.get("OVERSEER_STATE_DIR"):
        usual = _inside(os.path.abspath(chosen) + suffix, usual)
    if not socket and not state_dir and not instance:
        socket = env.get("OVERSEER_SOCKET")
    return usual._replace(socket=os.path.abspath(socket)) if socket else usual


def service_options(
    state_dir: str | None, socket: str | None, instance: str | None, env: Mapping[str, str]
) -> list[str]:
    """The options with which a command finds the same places without what *env* says of them."""
    where = find(state_dir, socket, instance, env)
    bare = {key: value for key, value in env.items() if not key.startswith("OVERSEER_")}
    usual = find(instance=instance, env=bare)
    words = ["--instance", instance] if instance else []
    if where.state_dir != usual.state_dir:
        words += ["--state-dir", where.state_dir]
        usual = find(where.state_dir, instance=instance, env=bare)
    return words + (["--socket", where.socket] if where.socket != usual.socket else [])


def _is_root(root: bool | None) -> bool:
    return os.geteuid() == 0 if root is None else root


def _suffix(instance: str | None) -> str:
    if instance is None:
        return ""
    if not INSTANCE.fullmatch(instance):
        raise UsageError(
            f"--instance: {instance!r} cannot be part of a file name;"
            " use letters, digits, '-', '_' and '.'"
        )
    return f"-{instance}"


def _for_root(suffix: str) -> Paths:
    return Paths(
        state_dir=f"/var/lib/overseer{suffix}",
        socket=f"/run/overseer{suffix}/overseer.sock",
        log_dir=f"/var/log/overseer{suffix}",
        config=f"/etc/overseer{suffix}/overseer.yml",
    )


def _for_user(suffix: str, env: Mapping[str, str]) -> Paths:
    home = env.get("HOME") or os.path.expanduser("~")
    state = _base(env, "XDG_STATE_HOME", f"{home}/.local/state") + f"/overseer{suffix}"
    runtime = _base(env, "XDG_RUNTIME_DIR", "")
    config = _base(env, "XDG_CONFIG_HOME", f"{home}/.config")
    return Paths(
        state_dir=state,
        socket=f"{runtime}/overseer{suffix}/overseer.sock" if runtime else f"{state}/overseer.sock",
        log_dir=f"{state}/log",
        config=f"{config}/overseer{suffix}/overseer.yml",
    )


def _base(env: Mapping[str, str], name: str, otherwise: str) -> str:
    """The XDG base directories: a relative one is to be ignored, says their specification."""
    folder = env.get(name, "")
    return folder if folder.startswith("/") else otherwise


def _inside(state_dir: str, usual: Paths) -> Paths:
    return usual._replace(
        state_dir=state_dir, socket=f"{state_dir}/overseer.sock", log_dir=f"{state_dir}/log"
    )
