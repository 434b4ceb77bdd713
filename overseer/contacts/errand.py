"""Runs a contact's program: as somebody else if need be, and never longer than it may."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from overseer.contacts.base import Hear, NotDelivered, Notice
from overseer.contacts.command import Command, Input
from overseer.contacts.told import iso, told
from overseer.forking import MarkedPopen, own_environment
from overseer.paths import PROGRAM_PATH as PATH
from overseer.units import is_id

HOPELESS = (64, 65, 67)  # EX_USAGE, EX_DATAERR, EX_NOUSER of sysexits(3)
LONGEST_VALUE = 8000
"""Characters of one variable; all of it stands in the input."""
LONGEST_OUTPUT = 300


def deliver(contact: Command, notice: Notice, hear: Hear) -> str:
    """Raises NotDelivered."""
    who = account(contact.user)
    program = contact.argv()[0]
    env = {**usual(who), **about(notice)}
    # Its name alone: among its arguments may be a password.
    hear(f"running {program}{f' as {contact.user}' if contact.user else ''}")
    # Files in memory, not pipes: neither a program that reads nothing nor a child that it
    # leaves behind keeps anybody waiting.
    with memory("alert") as given, memory("output") as output:
        given.write(in_words(contact, notice))
        given.seek(0)
        code = run(contact, who, env, given, output)
        output.seek(0)
        words = output.read(4 * LONGEST_OUTPUT).decode(errors="replace").split()
    said = "".join(c for c in " ".join(words) if c.isprintable())[:LONGEST_OUTPUT]
    ended = f"exit code {code}" if code >= 0 else f"signal {-code}"
    hear(f"{program} ended with {ended}{': ' * bool(said)}{said}")
    if code:
        why = f"{program}: {ended}{': ' * bool(said)}{said}"
        raise NotDelivered(why, final=code in HOPELESS, only_this=True)
    return f"by {program}{': ' * bool(said)}{said}"


def run(
    contact: Command,
    who: pwd.struct_passwd | None,
    env: Mapping[str, str],
    given: IO[bytes],
    output: IO[bytes],
) -> int:
    """Its exit code; a signal's is negative."""
    argv = contact.argv()
    try:
        child = MarkedPopen(
            argv,
            stdin=given,
            stdout=output,
            stderr=output,
            env=env,
            cwd="/",
            start_new_session=True,
            **as_whom(who),
        )
    except OSError as error:
        raise NotDelivered(f"{argv[0]}: {error.strerror}") from None
    except (ValueError, subprocess.SubprocessError) as error:
        raise NotDelivered(f"{argv[0]}: {error}") from None
    try:
        return child.wait(contact.timeout)
    except subprocess.TimeoutExpired:
        said = f"{argv[0]} has not ended in {contact.timeout:g} s, and was killed"
        raise NotDelivered(said) from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def knock(contact: Command) -> str:
    """The program is there, and may be run by overseer; nothing is run."""
    account(contact.user)
    program = contact.argv()[0]
    if shutil.which(program, path=os.environ.get("PATH", PATH)) is None:
        raise NotDelivered(f"{program} is not a program that can be run")
    return f"{program} is there"


def account(user: str | None) -> pwd.struct_passwd | None:
    """None where nobody else is asked for. NotDelivered says what to write."""
    if user is None:
        return None
    try:
        who = pwd.getpwuid(int(user)) if is_id(user) else pwd.getpwnam(user)
    except KeyError:
        raise NotDelivered(f"user: there is no user {user} here; write one that exists") from None
    if who.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise NotDelivered(f"user: only root may run it as {user}; overseer is no root")
    return who


def as_whom(who: pwd.struct_passwd | None) -> dict[str, Any]:
    if who is None:
        return {}
    groups = os.getgrouplist(who.pw_name, who.pw_gid)
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": groups}


def usual(who: pwd.struct_passwd | None) -> dict[str, str]:
    """Built anew, as at a launch: nothing of overseer's own goes to somebody else's program."""
    env = own_environment()
    with suppress(KeyError):
        who = who or pwd.getpwuid(os.geteuid())
        env |= {"HOME": who.pw_dir, "USER": who.pw_name, "LOGNAME": who.pw_name}
    return env


def about(notice: Notice) -> dict[str, str]:
    """Of the first alert; how many there are stands in OVERSEER_COUNT."""
    alerts = told(notice)
    first = alerts[0]
    found = {
        "subject": notice.subject,
        "count": len(alerts),
        "host": first.host,
        "watch": first.watch,
        "event": first.event,
        "severity": first.severity,
        "headline": first.headline,
        "message": first.message,
        "incident": first.incident,
        "at": f"{first.at:.3f}",
        "time": iso(first.at),
        "samples": ", ".join(first.samples),
        "exit": first.exit,
        "next": first.next,
        "priority": first.priority or "",
        "category": first.category or "",
    }
    return {f"OVERSEER_{name.upper()}": safe(str(value)) for name, value in found.items()}


def safe(value: str) -> str:
    return value.replace("\0", "")[:LONGEST_VALUE]


def in_words(contact: Command, notice: Notice) -> bytes:
    if contact.input is Input.TEXT:
        return notice.text.encode(errors="replace")
    from overseer.contacts.webhook import in_json

    return in_json(notice)


def memory(name: str) -> IO[bytes]:
    return open(os.memfd_create(f"overseer {name}", os.MFD_CLOEXEC), "w+b")
