"""god's start, stop and restart: which of them need a shell, and what is really an attribute."""

import os
import re
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from overseer.config.command import SIGNALS
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
FOLDER = re.compile(r"cd\s+(?P<dir>/[\w./@%+-]*)\s*&&\s*(?P<rest>.+)", re.DOTALL)
VARIABLES = re.compile(
    r"(?P<set>([A-Za-z_]\w*=[\w./:@%+,-]*\s+)+)(?P<rest>[^\s=]+(\s.*)?)", re.DOTALL
)
OUTPUT = re.compile(r"(?P<rest>.+?)\s+1?>>?\s*(?P<log>/[\w./@%+-]+)\s+2>&1", re.DOTALL)
VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
ASSIGNED = re.compile(
    r"(?:^|[\s;&|({])(?:export\s+|for\s+|read\s+)?([A-Za-z_]\w*)(?:=|\s+in\s|\s*;|\s*$)"
)
GIVEN = frozenset(
    {"HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG", "TZ", "PWD", "OLDPWD", "IFS", "PPID"}
)
"""What overseer, or the shell itself, sets anyway."""
OURS = "OVERSEER_"
SEVERAL = re.compile(r"[|&;\n]")
PID = "$OVERSEER_PID"
CAT = r"[\"']?(?:`|\$\()\s*cat\s+['\"]?{path}['\"]?\s*[`)][\"']?"


@dataclass(slots=True, kw_only=True)
class Commands:
    """*texts* by verb. *more* are attributes that were part of a command: `dir`, `env`, `log`,
    and `stop_signal` where the stop command sent one, and no more. *shell*: start needs one."""

    texts: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, list[Remark]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    shell: bool = False

    def say(self, verb: str, text: str, code: str = "") -> None:
        self.remarks.setdefault(verb, []).append(Remark(text, code))


def commands(watch: Watch, pid_path: str) -> Commands:
    """*pid_path* is where the pid stands: that of the program, or god's own."""
    found = Commands()
    for verb in VERBS:
        value = watch.options.get(verb)
        if isinstance(value, str) and value.strip():
            found.texts[verb] = value.strip()
        elif value is not None:
            _no_command(found, verb, value)
    _folder(found, watch)
    _variables(found, watch)
    _output(found, watch)
    _signal(found, watch, pid_path)
    if watch.options.get("pid_file") is None:
        _own_pid(found, pid_path)
    found.shell = needs_shell(found.texts.get("start", "true"))
    return found


def _no_command(found: Commands, verb: str, value: object) -> None:
    instead = {"start": "", "stop": "; the stop signal is sent", "restart": "; stop, then start"}
    if isinstance(value, Code):
        said = f"{verb} was Ruby code ({value.at}){instead[verb]}; write it as a command"
        found.say(verb, said, value.source)
    else:
        found.say(verb, f"{verb} was {shown(value)}{instead[verb]}")


def _folder(found: Commands, watch: Watch) -> None:
    """`cd /srv/app && ...` is `dir: /srv/app`, if no command goes anywhere else."""
    matches = {verb: FOLDER.fullmatch(text) for verb, text in found.texts.items()}
    there = {verb: match for verb, match in matches.items() if match and _is_one(match["rest"])}
    folders = {match["dir"] for match in there.values()}
    others = [text for verb, text in found.texts.items() if verb not in there]
    own = watch.options.get("dir")
    if own is not None:
        _doubled(found, there, str(own))
        return
    if "start" not in there or len(folders) > 1:
        return
    if any(re.search(r"\bcd\b", text) for text in others):
        return
    found.more["dir"] = folders.pop()
    found.texts.update({verb: match["rest"].strip() for verb, match in there.items()})


def _doubled(found: Commands, there: Mapping[str, re.Match[str]], own: str) -> None:
    """What goes into `dir` is there already; what goes elsewhere leaves it."""
    for verb, match in there.items():
        if os.path.normpath(match["dir"]) == os.path.normpath(own):
            found.texts[verb] = match["rest"].strip()
            found.say(verb, f"{verb}: cd {match['dir']} is left out; dir: {own} goes there")
        else:
            found.say(verb, f"{verb} goes into {match['dir']}, and so leaves dir: {own}")


def for_shells(text: str) -> Iterator[str]:
    """What a shell reads of it: all, or the word behind `sh -c`."""
    if needs_shell(text):
        yield text
        return
    words = split(text)
    for word, after in pairwise(words):
        if re.fullmatch(r"-\w*c", word):
            yield after


def unset(texts: Iterable[str], env: Container[str]) -> list[str]:
    """The variables that a shell would look up in them, and which nothing sets."""
    names: dict[str, None] = {}
    for text in texts:
        bare = re.sub(r"\\.|'[^']*'", "_", text)
        assigned = {match[1] for match in ASSIGNED.finditer(bare)}
        for match in VARIABLE.finditer(bare):
            name = match[1]
            if not (name in assigned or name in env or name in GIVEN or name.startswith(OURS)):
                names[name] = None
    return list(names)


def _variables(found: Commands, watch: Watch) -> None:
    """`RAILS_ENV=production ...` is `env`, if that says nothing else."""
    matches = {verb: VARIABLES.fullmatch(text) for verb, text in found.texts.items()}
    own = watch.options.get("env")
    env: dict[str, Any] = {**own} if isinstance(own, dict) else {}
    for match in filter(None, matches.values()):
        if not _is_one(match["rest"]):
            return
        for name, _, value in (word.partition("=") for word in match["set"].split()):
            if env.setdefault(name, value) != value:
                return
    if any(matches.values()):
        found.more["env"] = env
        found.texts.update({verb: match["rest"] for verb, match in matches.items() if match})


def _output(found: Commands, watch: Watch) -> None:
    """`... >> /var/log/app.log 2>&1` is `log`."""
    match = OUTPUT.fullmatch(found.texts.get("start", ""))
    if match and not needs_shell(match["rest"]) and watch.options.get("log") is None:
        found.more["log"] = match["log"]
        found.texts["start"] = match["rest"]


def _signal(found: Commands, watch: Watch, pid_path: str) -> None:
    """`kill -QUIT $(cat PID_FILE)` is what a stop signal does."""
    match = re.fullmatch(
        rf"kill(\s+(-s\s*|-)(?P<signal>\w+))?\s+{CAT.format(path='(?P<path>[^ `)]+?)')}",
        found.texts.get("stop", ""),
    )
    if match is None or watch.options.get("stop_signal") is not None:
        return
    folder = str(found.more.get("dir") or watch.options.get("dir") or "/")
    name = (match["signal"] or "TERM").upper().removeprefix("SIG")
    if os.path.join(folder, match["path"]) == pid_path and name in SIGNALS:
        del found.texts["stop"]
        found.more["stop_signal"] = name


def _own_pid(found: Commands, pid_path: str) -> None:
    """god's own pid file is there no more; overseer says the pid in the environment."""
    for verb in ("stop", "restart"):
        if verb not in found.texts:
            continue
        text = re.sub(CAT.format(path=re.escape(pid_path)), lambda _: PID, found.texts[verb])
        if text != found.texts[verb]:
            found.say(verb, f"{verb}: god's own pid file ({pid_path}) is {PID} here")
        elif pid_path in text:
            said = f"{verb} reads god's own pid file, which is there no more; write {PID} instead"
            found.say(verb, said)
        found.texts[verb] = text


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


def _is_one(text: str) -> bool:
    """Not several commands, of which the first alone would be meant."""
    return not SEVERAL.search(re.sub(r"[0-9]?>&[0-9]", "", unquoted(text)))


def unquoted(text: str) -> str:
    return QUOTED.sub("_", text)


def _inside(text: str) -> Iterator[str]:
    """What stands in double quotes."""
    return (match[1] for match in QUOTED.finditer(text) if match[1] is not None)
