"""All that is looked at, in order, with a daemon or without one."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from overseer.control.client import Client
from overseer.control.protocol import Answer
from overseer.doctor import daemon, files, folders, host, rivals
from overseer.doctor.finding import Finding, ok, problem, warning
from overseer.errors import NoDaemon, OverseerError
from overseer.paths import Paths
from overseer.trust import Trust

Look = Callable[[], Iterable[Finding]]


class Found(NamedTuple):
    """What is known of the watch files without a daemon."""

    paths: tuple[str, ...] = ()
    watches: int = 0
    contacts: tuple[Answer, ...] = ()
    python: tuple[int, ...] = sys.version_info[:3]
    log_dir: str | None = None
    findings: tuple[Finding, ...] = ()
    allowed: tuple[str, ...] = ()  # by --allow-untrusted


def visit(client: Client, where: Paths, ours: str) -> Iterator[Finding]:
    """One finding after another, as it is found. Nothing is changed, nothing is sent."""
    heard: list[Answer] = []
    try:
        health = client.ask("doctor", hear=heard.append).get("health")
    except NoDaemon as error:
        yield problem("daemon", str(error), "`overseer run`, or `overseer install-service`")
        yield from without(where)
    except OverseerError as error:
        yield problem("daemon", str(error), "ask with sudo, or as the user that it runs as")
        yield from around(where, Found(), None)
    else:
        yield from guarded("daemon", lambda: within(health or {}, heard, where, ours))


def within(health: Answer, heard: list[Answer], where: Paths, ours: str) -> Iterator[Finding]:
    """A daemon answers."""
    if not health:
        yield warning("daemon", "it answers, but knows no `doctor`", "run the newer version")
        return
    pid = int(health["pid"])
    yield ok("daemon", f"pid {pid} since {health['since'][:19].replace('T', ' ')}")
    yield daemon.version(health["version"], ours)
    yield from guarded("socket", lambda: daemon.sockets(health))
    yield from daemon.itself(health)
    yield daemon.memory(health)
    yield from daemon.lost_records(health)
    yield daemon.load(health)
    yield daemon.alerts(health)
    yield from daemon.logs(health)
    yield from daemon.contacts(heard)
    yield from daemon.suspended(health)
    yield from daemon.left_over(health)
    place = where._replace(state_dir=health["state_dir"], log_dir=health["log_dir"])
    found = Found(
        tuple(health["files"]),
        health["watches"],
        python=tuple(health["python"]),
        allowed=tuple(health.get("allowed", ())),
    )
    yield from around(place, found, pid)


def without(where: Paths) -> Iterator[Finding]:
    found = read(where)
    yield from found.findings
    if found.paths:
        yield from daemon.contacts(found.contacts)
    yield from around(where._replace(log_dir=found.log_dir or where.log_dir), found, None)


def around(where: Paths, found: Found, pid: int | None) -> Iterator[Finding]:
    """The machine, and the folders on it."""
    owner = os.stat(f"/proc/{pid}").st_uid if pid is not None else os.geteuid()
    ours = owner == os.geteuid()
    trust = Trust(owner, found.allowed)
    written = [os.path.join(where.state_dir, "state.db")]
    looks: tuple[tuple[str, Look], ...] = (
        ("state folder", lambda: [folders.folder("state folder", where.state_dir, ours)]),
        ("log folder", lambda: [folders.folder("log folder", where.log_dir, ours)]),
        (files.CHECK, lambda: files.files(found.paths, trust) if found.paths else ()),
        ("own folders", lambda: files.own_folders(where, trust)),
        (files.ALLOWED, lambda: files.allowed(trust)),
        ("host", lambda: host.host(found.watches, pid, written, found.python)),
        (rivals.CHECK, rivals.rivals),
    )
    for check, look in looks:
        yield from guarded(check, look)


def read(where: Paths) -> Found:
    """The usual watch file, as `overseer run` would read it."""
    from overseer import config
    from overseer.errors import ConfigError

    try:
        wanted = config.load(config.find((), where.config), check_host=True)
    except ConfigError as error:
        first, *more = [one for one in error.problems if not one.warning]
        said = f"{first}" + (f" (and {len(more)} more)" if more else "")
        return Found(findings=(problem("watch files", said, "`overseer check` says all"),))
    except OverseerError as error:
        return Found(findings=(warning("watch files", str(error), "`overseer run FILE`"),))
    return Found(
        paths=tuple(map(str, wanted.files)),
        watches=len(wanted.watches),
        contacts=tuple(knock(wanted.contacts)),
        log_dir=wanted.settings.log_dir,
    )


def knock(contacts: object) -> Iterator[Answer]:
    """How each contact's server answers; it waits as long as they do."""
    from overseer.contacts.base import Contact

    assert isinstance(contacts, dict)
    for name, contact in sorted(contacts.items()):
        assert isinstance(contact, Contact)
        try:
            said = contact.knock()
        except BaseException as error:  # noqa: BLE001 - other people's contacts
            yield {"contact": name, "said": str(error), "answers": False}
        else:
            yield {"contact": name, "said": said or "cannot be asked", "answers": True}


def guarded(check: str, look: Look) -> Iterator[Finding]:
    """A look that stumbles is a finding; the others go on."""
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - whatever the machine has in store
        said = f"it could not be looked at: {type(error).__name__}: {error}"
        yield problem(check, said, "please report it")
