"""Whether a start command sends its program to the background, as its pid file says."""

import os
import re

from overseer.importers.commands import needs_shell
from overseer.importers.page import Remark
from overseer.model import background
from overseer.model.argv import SHELL, split
from overseer.model.program import Argv

FLAGS = re.compile(r"--?(daemon|daemoni[sz]e|background|detach|detached|fork)(=(yes|true|on|1))?")
SHORT = frozenset({"-d", "-D", "-B", "-bd"})
OFF = frozenset({"no", "off", "false", "0"})
MANAGERS = re.compile(
    r"/(init|rc)\.d/|\b(service|rcctl|systemctl|invoke-rc\.d|initctl|apachectl|apache2ctl|pg_ctl|"
    r"pg_ctlcluster|rabbitmqctl|start-stop-daemon|daemonize|god|pm2)\b|[\w-]+_(ctl|control)\b"
)
FOREGROUND = frozenset(
    {"npm", "yarn", "foreman", "thin", "mongrel_rails", "honcho", "docker-compose", "sidekiq"}
)
"""Programs whose `start` stays in the foreground unless a flag says otherwise."""
WRAPPERS = frozenset({"bundle", "exec", "sudo", "nohup", "env", "setsid", "nice", "time", "ruby"})
WITHOUT_PID_FILE = (
    "this goes to the background ({sign}), and god was given no pid_file: overseer would take the "
    "end of this command for the end of the program. To keep it in the foreground {write}; or "
    "write start: instead of command:, and the pid_file: that the program writes"
)
IN_FOREGROUND = (
    "start: nothing in this command says that it goes to the background, as start: and pid_file: "
    "expect. If it stays in the foreground, write command: instead of start:, without pid_file:"
)


def remark(start: str, *, has_pid_file: bool) -> Remark | None:
    """Where the command and the pid file do not seem to belong together."""
    sign = goes_to_background(start)
    if has_pid_file:
        expected = sign or (_asks_to_start(start) and background.recognize(_argv(start)) is None)
        return None if expected else Remark(IN_FOREGROUND)
    if not sign:
        return None
    daemon = background.goes_to_background(_argv(start))
    if daemon is not None and daemon.write:
        write = daemon.write
    else:
        write = f"leave {sign} out" if sign[0] in "-&" else "write the program itself"
    return Remark(WITHOUT_PID_FILE.format(sign=sign, write=write))


def goes_to_background(command: str) -> str:
    """The word of *command* that says so; "" where none does."""
    if background.stays_in_foreground(_argv(command)):
        return ""
    if re.search(r"(?<![&>])&\s*(\)|['\"])?\s*$", command):
        return "&"
    words = re.sub(r"['\"]", " ", command).split()
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if FLAGS.fullmatch(word.rstrip(";")) and after.lower() not in OFF:
            return word
        if word in SHORT and (after.startswith(("-", ";", ">", "&", "2>")) or not after):
            return word
    if (match := MANAGERS.search(command)) and re.search(r"\b(re)?start\b", command):
        return match[0].strip("/")
    return "as it usually does" if background.goes_to_background(_argv(command)) else ""


def _argv(command: str) -> Argv:
    try:
        return (SHELL, "-c", command) if needs_shell(command) else tuple(split(command))
    except ValueError:
        return (SHELL, "-c", command)


def _asks_to_start(command: str) -> bool:
    """`script/delayed_job start`, which most programs of that kind do in the background."""
    words = [os.path.basename(word) for word in re.sub(r"['\";]", " ", command).split()]
    programs = [word for word in words if word not in WRAPPERS and not word.startswith("-")]
    return bool({"start", "restart"} & set(words)) and not FOREGROUND & set(programs)
