"""god's start, stop and restart: which of them need a shell, a folder, or only a signal."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from overseer.config.command import as_signal
from overseer.importers.page import Remark
from overseer.importers.recording import Code, Watch
from overseer.importers.values import shown
from overseer.model.argv import split

VERBS = ("start", "stop", "restart")
QUOTED = re.compile(r"\\.|'[^']*'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)
SPECIAL = re.compile(r"[$|&;<>`*?\[\]()\n]|(^|\s)[~#]|\{.*[,.].*\}")
BUILTIN = re.compile(
    r"\s*(\w+=|(cd|exec|export|source|\.|umask|ulimit|eval|set|unset|trap|if|for|while|:)(\s|$))"
)
FOLDER = re.compile(r"\s*cd\s+(?P<dir>/[\w./@%+-]*)\s*&&\s*(?P<rest>.+)", re.DOTALL)
OUTSIDE = re.compile(r"[|&;]")
PID = "$OVERSEER_PID"


@dataclass(slots=True, kw_only=True)
class Commands:
    """*texts* by verb. *signal* is what the stop command did, and no more."""

    texts: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
    shell: bool = False
    dir: str | None = None
    signal: str | None = None


def commands(watch: Watch, pid_path: str) -> Commands:
    """*pid_path* is where the pid stands: that of the program, or god's own."""
    found = Commands()
    for verb in VERBS:
        value = watch.options.get(verb)
        if isinstance(value, str) and value.strip():
            found.texts[verb] = value.strip()
        elif remark := _no_command(verb, value):
            found.remarks[verb] = remark
    _signal(found, watch, pid_path)
    if watch.options.get("pid_file") is None:
        _own_pid(found, pid_path)
    _folder(found, watch)
    found.shell = any(map(needs_shell, found.texts.values()))
    return found


def _no_command(verb: str, value: object) -> Remark | None:
    instead = {"start": "", "stop": "; the stop signal is sent", "restart": "; stop, then start"}
    if isinstance(value, Code):
        said = f"{verb} was Ruby code ({value.at}){instead[verb]}; write it as a command"
        return Remark(said, value.source)
    if value == "":
        return Remark(f'{verb} was ""{instead[verb]}')
    return None if value is None else Remark(f"{verb} was {shown(value)}{instead[verb]}")


def _signal(found: Commands, watch: Watch, pid_path: str) -> None:
    """`kill -QUIT $(cat PID_FILE)` is what a stop signal does."""
    if watch.options.get("stop_signal") is not None:
        return
    match = re.fullmatch(rf"kill(\s+(-s\s*|-)(?P<signal>\w+))?\s+{_cat(pid_path)}", _stop(found))
    if match is None:
        return
    word = match["signal"] or "TERM"
    try:
        as_signal(word)
    except ValueError:
        return
    del found.texts["stop"]
    found.signal = word.upper().removeprefix("SIG")


def _stop(found: Commands) -> str:
    return found.texts.get("stop", "")


def _cat(path: str) -> str:
    quoted = rf"['\"]?{re.escape(path)}['\"]?"
    return rf"[\"']?(`\s*cat\s+{quoted}\s*`|\$\(\s*cat\s+{quoted}\s*\))[\"']?"


def _own_pid(found: Commands, pid_path: str) -> None:
    """god's own pid file is there no more; overseer says the pid in the environment."""
    for verb in ("stop", "restart"):
        if verb not in found.texts:
            continue
        text = re.sub(_cat(pid_path), lambda _: PID, found.texts[verb])
        if text != found.texts[verb]:
            found.remarks[verb] = Remark(f"{verb}: god's own pid file ({pid_path}) is {PID} here")
        elif pid_path in text:
            said = f"{verb} reads god's own pid file, which is there no more; write {PID} instead"
            found.remarks[verb] = Remark(said)
        found.texts[verb] = text


def _folder(found: Commands, watch: Watch) -> None:
    """`cd /srv/app && ...` in all of them is `dir: /srv/app`."""
    matches: Mapping[str, re.Match[str]] = {
        verb: match for verb, text in found.texts.items() if (match := FOLDER.fullmatch(text))
    }
    folders = {match["dir"] for match in matches.values()}
    alone = len(matches) == len(found.texts) and len(folders) == 1
    if watch.options.get("dir") is not None or not alone:
        return
    rest = {verb: match["rest"] for verb, match in matches.items()}
    if any(OUTSIDE.search(unquoted(text)) for text in rest.values()):
        return  # more than one command: the folder may be meant for the first of them
    found.dir = folders.pop()
    found.texts.update(rest)


def needs_shell(text: str) -> bool:
    """Whether sh would do more with it than split it into words."""
    if BUILTIN.match(text) or SPECIAL.search(unquoted(text)):
        return True
    if any(re.search(r"[$`]", inner) for inner in _inside(text)):
        return True
    try:
        return list(split(text)) != shlex.split(text)
    except ValueError:
        return True


def unquoted(text: str) -> str:
    return QUOTED.sub("_", text)


def _inside(text: str) -> Iterator[str]:
    """What stands in double quotes."""
    return (match[1] for match in QUOTED.finditer(text) if match[1] is not None)
