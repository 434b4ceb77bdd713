"""overseer install-service"""

import os
import shlex
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from overseer.cli.context import Context
from overseer.errors import DONE, Refused

UNIT = """\
[Unit]
Description=overseer: keeps processes as wanted
Documentation=man:overseer(1)
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart={command} run{options}
ExecReload={command} load --yes{where}
# Ending or upgrading overseer leaves the processes running; the next one finds them.
ExecStop={command} quit{where}
KillMode=process
Restart=on-failure
RestartSec=1
WatchdogSec=60
LimitNOFILE=65536

[Install]
WantedBy={target}
"""
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
    text = unit(args)
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
    return DONE


def unit(args: Namespace) -> str:
    command = shutil.which("overseer") or f"{sys.executable} -m overseer"
    words = [
        f"--{name.replace('_', '-')} {shlex.quote(value)}"
        for name in ("instance", "state_dir", "socket")
        if (value := getattr(args, name))
    ]
    where = "".join(f" {word}" for word in words)
    files = "".join(f" {shlex.quote(os.path.abspath(file))}" for file in args.files)
    target = "default.target" if args.user else "multi-user.target"
    return UNIT.format(command=command, options=where + files, where=where, target=target)
