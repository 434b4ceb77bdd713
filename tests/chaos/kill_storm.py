"""kill -9 of the daemon at random moments over a busy set of watches, judged from outside.

Each program holds a lock of its own: a second copy says so the moment it begins.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from real_daemon import Daemon, launched_by, until

from overseer.errors import OverseerError

PROGRAM = """#!/bin/sh
# one NAME SECONDS CODE: holds its lock for as long as it lives, or says that there are two
exec 9>>HERE/$1.lock
flock -n 9 || { echo "$1: two copies" >> HERE/violations; exit 99; }
echo $$ >> HERE/$1.launches
[ "$2" = ever ] && exec sleep 86400
sleep "$2"
exit "$3"
"""
TREE = """#!/bin/sh
exec 9>>HERE/$1.lock
flock -n 9 || { echo "$1: two copies" >> HERE/violations; exit 99; }
sleep 86400 &
sleep 86400 &
wait
"""
DAEMONIZING = """#!/bin/sh
# goes to the background as a daemon does: fork, setsid, fork; its pid in a file
setsid sh -c 'exec 9>>HERE/$0.lock
flock -n 9 || { echo "$0: two copies" >> HERE/violations; exit 99; }
sleep 86400 & echo $! > HERE/$0.pid' "$1"
"""
STOP = '#!/bin/sh\nkill "$OVERSEER_PID"\n'
SERVICES = ("s1", "s2", "s3", "tree", "hooked", "below", "above", "ready", "limited", "d1", "d2")
"""Each has one process that is to run, unless it was stopped."""
FILE = """
contacts:
CONTACTS
defaults: {user: ME, restart_delay: {first: 0s, next: 100ms, max: 500ms}}
watches:
  s1: {command: HERE/one s1 ever x, interval: 200ms}
  s2: {command: HERE/one s2 ever x}
  s3: {command: HERE/one s3 ever x, stop_signal: INT}
  tree: {command: HERE/tree tree}
  hooked:
    command: HERE/one hooked ever x
    hooks:
      before_start: /bin/sh -c 'echo before >> HERE/hooks'
      after_stop: /bin/sh -c 'echo after >> HERE/hooks'
  below: {command: HERE/one below ever x}
  above: {command: HERE/one above ever x, depends_on: below}
  ready: {command: HERE/one ready ever x, ready: [run: /bin/true], interval: 200ms}
  limited: {command: HERE/one limited ever x, memory: 500MB, interval: 100ms}
  d1: {start: HERE/daemonizing d1, pid_file: HERE/d1.pid, flapping: off}
  d2: {start: HERE/daemonizing d2, stop: HERE/stop, pid_file: HERE/d2.pid, flapping: off}
  crashy: {command: HERE/one crashy 0.3 1, flapping: off, start_grace: 100ms}
  nightly: {command: HERE/one nightly 0.2 0, schedule: {every: 2s}}
  turning:
    interval: 300ms
    states:
      calm: null
      busy: {command: HERE/one turning 0.1 0}
    initial_state: calm
    transitions:
      - {from: calm, when: {command: {succeeds: /bin/true}}, to: busy}
      - {from: busy, when: {command: {succeeds: /bin/true}}, to: calm}
EXTRA
GHOSTS
"""
EXTRA = "  extra: {command: HERE/one extra ever x, interval: INTERVAL}"
GHOST = "  g{n}: {{command: /nowhere/to/be/found, autostart: false, notify: c{c}}}"
CONTACT = (
    "  c{n}: {{email: {{to: c{n}@example.org, from: o@example.org, server_host: 127.0.0.1,"
    " server_port: {port}, tls: none}}, events: [start_failed]}}"
)


@dataclass
class Sink:
    """A mail server; *texts* are the mails that it has taken."""

    texts: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        part: Any = message_from_bytes(envelope.content).get_payload(0)
        self.texts.append(str(part.get_payload(decode=True).decode()))
        return "250 taken"


@contextmanager
def sink() -> Iterator[Sink]:
    taken = Sink()
    controller = Controller(taken, hostname="127.0.0.1", port=0, ready_timeout=60)
    # aiosmtpd asks its own port whether it is there; of port 0 it has to be told
    loop_port: list[int] = []
    create = controller.loop.create_server

    async def noted(*args: Any, **options: Any) -> Any:
        server = await create(*args, **options)
        loop_port.append(server.sockets[0].getsockname()[1])
        controller.port = loop_port[0]
        return server

    controller.loop.create_server = noted  # type: ignore[method-assign]
    controller.start()
    taken.port = loop_port[0]
    try:
        yield taken
    finally:
        controller.stop()


class KillStorm:
    """*runs* daemons are begun and killed. What is wrong is in `faults`."""

    def __init__(
        self, folder: Path, chance: random.Random, runs: int, mails: Sink, contacts: int = 40
    ) -> None:
        self.chance, self.runs, self.mails = chance, runs, mails
        self.contacts = min(contacts, runs)
        self.folder = folder
        self.down: set[str] = set()  # stopped, and the daemon has said so
        self.unsure: set[str] = set()  # the daemon died before it could answer
        self.told: list[str] = []  # alerts that were recorded, for a start was answered
        self.faults: list[str] = []
        self.orders = self.crashes = self.kills = 0
        for name, text in (
            ("one", PROGRAM), ("tree", TREE), ("daemonizing", DAEMONIZING), ("stop", STOP)
        ):  # fmt: skip
            path = folder / name
            path.write_text(text.replace("HERE", str(folder)))
            path.chmod(0o755)
        self.daemon = Daemon(folder, self.text("1s"))

    def text(self, interval: str) -> str:
        port, many = self.mails.port, self.contacts
        ghosts = (GHOST.format(n=n, c=n % many) for n in range(self.runs))
        contacts = (CONTACT.format(n=n, port=port) for n in range(many))
        text = FILE.replace("CONTACTS", "\n".join(contacts)).replace("GHOSTS", "\n".join(ghosts))
        return text.replace("EXTRA", EXTRA.replace("INTERVAL", interval) if interval else "")

    def go(self, settle_every: int = 25) -> None:
        try:
            for number in range(self.runs):
                self.one_daemon(number)
                if number % settle_every == settle_every - 1:
                    self.settle()
            self.settle()
            self.wait_for_mails()
            self.judge_log()
        finally:
            self.daemon.end()

    def one_daemon(self, number: int) -> None:
        """From its first instruction to a moment that nobody knows."""
        process = self.daemon.launch()
        if self.chance.random() < 0.25:  # while it begins
            time.sleep(self.chance.random() * 0.6)
        else:
            until("a daemon", lambda: process.poll() is not None or self.daemon.answers())
            if process.poll() is not None:
                self.faults.append(f"run {number}: ended by itself: {self.daemon.log_end(800)}")
                return
            self.busy(number)
        self.daemon.kill()
        self.kills += 1
        if self.chance.random() < 0.3:  # while there is none
            self.crash()

    def busy(self, number: int) -> None:
        orders = [self.plan(name) for name in self.chance.sample(SERVICES, 3)]
        orders[0].insert(0, ("start", f"g{number}", True))
        threads = [threading.Thread(target=self.order, args=(one,)) for one in orders]
        for thread in threads:
            thread.start()
        if self.chance.random() < 0.5:
            self.crash()
        if self.chance.random() < 0.1:
            self.load()
        time.sleep(self.chance.choice((0.0, 0.4)) + self.chance.random() ** 2)
        self.daemon.kill()
        for thread in threads:
            thread.join()

    def plan(self, name: str) -> list[tuple[str, str, bool]]:
        """Orders of one client; no other has the same watch."""
        verbs = ("stop", "start", "restart")
        return [
            (self.chance.choice(verbs), name, self.chance.random() < 0.7)
            for _ in range(self.chance.randint(1, 3))
        ]

    def order(self, orders: Sequence[tuple[str, str, bool]]) -> None:
        for verb, name, wait in orders:
            self.orders += 1
            if name in SERVICES:
                self.unsure.add(name)
            try:
                self.daemon.verb(verb, name, wait=wait)
            except (OverseerError, OSError, ValueError):
                continue  # killed meanwhile
            if name not in SERVICES:
                self.told.append(name)
                continue
            (self.down.add if verb == "stop" else self.down.discard)(name)
            self.unsure.discard(name)

    def crash(self) -> None:
        """Something of the programs dies too."""
        processes = launched_by(self.daemon.state)
        if not processes:
            return
        victim = self.chance.choice(processes[self.chance.choice(sorted(processes))])
        with suppress(ProcessLookupError):
            os.kill(victim, self.chance.choice((signal.SIGKILL, signal.SIGTERM)))
        self.crashes += 1

    def load(self) -> None:
        self.daemon.write(self.text(self.chance.choice(("", "1s", "2s", "300ms"))))
        with suppress(OverseerError, OSError):
            plan = self.daemon.ask("plan", files=[str(self.daemon.file)], cwd="/", gone="stop")
            if plan.get("plan"):
                self.daemon.ask("apply", plan=plan["plan"])

    def settle(self) -> None:
        """With a daemon that lives everything comes to what is wanted."""
        self.daemon.write(self.text("1s"))
        self.daemon.run()
        loaded = self.daemon.overseer("load", "--yes", str(self.daemon.file))
        if loaded.returncode:
            self.faults.append(f"load: {loaded.stdout} {loaded.stderr}")
        for name in sorted(self.unsure):
            self.daemon.verb("start", name, wait=False)
            self.down.discard(name)
        self.unsure.clear()
        until("order", lambda: not self.wrong(), why=self.wrong)
        self.violations()
        self.daemon.kill()
        self.kills += 1

    def wrong(self) -> list[str]:
        """Of each watch: what should run and does not, or runs and should not."""
        processes = launched_by(self.daemon.state)
        phases = self.daemon.phases()
        found = []
        for name in (*SERVICES, "extra"):
            here = len(processes.get(name, ()))
            many = max(min(here, 3), 1) if name == "tree" else 1  # its children may be killed
            lacks = name == "above" and "below" in self.down
            if name in self.down:
                if here or phases[name] != "stopped":
                    found.append(f"{name}: stopped, yet {phases[name]} with {here} processes")
            elif not (lacks and here == 0) and (here != many or phases[name] != "up"):
                found.append(f"{name}: {phases[name]} with {here} processes")
        return found

    def violations(self) -> None:
        path = self.folder / "violations"
        if path.exists():
            self.faults.extend(path.read_text().splitlines())
            path.unlink()

    def wait_for_mails(self) -> None:
        """A contact hears at once of the first, and within half a minute of others."""
        self.daemon.run()
        until("every alert", lambda: not self.untold(), patience=180, why=self.untold)
        self.daemon.kill()

    def untold(self) -> set[str]:
        text = "\n".join(self.mails.texts)
        words = {word.strip(":,.()'\"") for word in text.split()}
        return {name for name in self.told if name not in words}

    def judge_log(self) -> None:
        log = self.daemon.log.read_text(errors="replace")
        if "Traceback" in log:
            at = log.index("Traceback")
            self.faults.append(log[max(0, at - 500) : at + 2500])
