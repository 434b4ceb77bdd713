"""overseer install-service"""

import os
import shutil
import sys
import unicodedata
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from overseer.cli.context import Context
from overseer.errors import DONE, Refused
from overseer.paths import service_options

UNIT = """\
[Unit]
Description=overseer: keeps processes as wanted
{order}StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={run}
ExecReload={load}
# Stopping or upgrading overseer leaves the processes running; the next one finds them.
# When the machine goes down they are stopped in order, with their stop commands and hooks.
ExecStop={quit}
KillMode=process
TimeoutStopSec=5min
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=2
WatchdogSec=60
# A program that is killed for want of memory is restarted by overseer; the unit goes on.
OOMPolicy=continue
TasksMax=infinity
LimitNOFILE=65536:524288
UMask=0022
# What is set here holds for every program that overseer starts, too.
LockPersonality=yes
ProtectHostname=yes
{hardening}# Where the programs can live with it:
#ProtectClock=yes
#ProtectKernelTunables=yes
#ProtectKernelLogs=yes
#RestrictSUIDSGID=yes
#RestrictNamespaces=yes
#ProtectSystem=full
#PrivateTmp=yes
#NoNewPrivileges=yes

[Install]
WantedBy={target}
"""
ORDER = """\
Wants=network-online.target
After=network-online.target nss-user-lookup.target remote-fs.target time-sync.target
"""
LINGER = "/var/lib/systemd/linger"
EXAMPLES = {
    "install-service": """examples:
  overseer install-service                    print the systemd unit
  sudo overseer install-service --write       write it, then say what to type
  overseer install-service --write --user     for your own user's systemd"""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="watch files it is to run")
    parser.add_argument("--write", action="store_true", help="write the unit where systemd looks")
    parser.add_argument("--user", action="store_true", help="for your own user, without root")


def run(args: Namespace, context: Context) -> int:
    text = unit(args, os.environ)
    for warning in missing(args, context.where.config):
        context.complain(warning)
    if not args.write:
        context.print(text.rstrip())
        return DONE
    name = f"overseer-{args.instance}.service" if args.instance else "overseer.service"
    folder = Path.home() / ".config/systemd/user" if args.user else Path("/etc/systemd/system")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    except OSError as error:
        raise Refused(f"{folder / name}: {error.strerror}; try sudo, or --user") from error
    flag = " --user" if args.user else ""
    context.print(f"wrote {folder / name}")
    context.print(f"now: systemctl{flag} daemon-reload && systemctl{flag} enable --now {name}")
    if args.user and not lingers():
        context.print("and: loginctl enable-linger, or it ends when you log out")
    return DONE


def lingers() -> bool:
    """Whether this user's systemd begins with the machine and outlives the last session."""
    import getpass  # seldom needed

    return os.path.exists(f"{LINGER}/{getpass.getuser()}")


def unit(args: Namespace, env: Mapping[str, str]) -> str:
    """The text of the unit. What the shell sets for overseer is written into it, for systemd
    hands none of it on."""
    beside = os.path.join(os.path.dirname(sys.executable), "overseer")
    found = shutil.which("overseer") or shutil.which(beside)
    command = [found] if found else [sys.executable, "-P", "-m", "overseer"]
    where = service_options(args.state_dir, args.socket, args.instance, env)
    files = roots(args.files) if args.files else ()
    refuse_unwritable((*command, *where, *files))
    return UNIT.format(
        run=line(command, "run", *where, *files),
        load=line(command, "load", "--yes", *where),
        quit=line(command, "quit", "--terminate-on-shutdown", *where),
        order="" if args.user else ORDER,  # there is no such target in a user's systemd
        hardening="" if args.user else "ProtectKernelModules=yes\n",
        target="default.target" if args.user else "multi-user.target",
    )


def roots(files: Sequence[str], usual: str = "") -> Sequence[str]:
    """Full paths, also of files that are not there, and names of ready-made watches."""
    from overseer import config

    return config.find(files, usual, os.getcwd(), missing_too=True)


def missing(args: Namespace, usual: str) -> Iterator[str]:
    """Of the watch files that the daemon will read; another user's usual one is not known here."""
    from overseer import config

    if not args.files and not args.user and os.geteuid():
        return
    for file in roots(args.files, usual):
        try:
            config.find([file], usual)
        except config.NoFile as error:
            yield f"warning: {error}; the daemon is to read it: write it before you start the unit"


UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters: control characters, bytes that are not UTF-8, ends of lines."""


def refuse_unwritable(words: Sequence[str]) -> None:
    """A newline would end the directive, and begin one of its own."""
    for word in words:
        if any(unicodedata.category(letter) in UNWRITABLE for letter in word):
            raise Refused(
                f"{word!r} cannot be written into a unit: it holds a control character, or is not"
                " UTF-8; rename it"
            )


def line(command: Sequence[str], *words: str) -> str:
    return " ".join(map(quoted, (*command, *words)))


def quoted(word: str) -> str:
    """As systemd.syntax(7) and systemd.service(5) want it: `%` and `$` twice, and quotes."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{word}"' if not word or any(one in word for one in " \t'\\;") else word
