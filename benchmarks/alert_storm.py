"""kill -9 of the daemon at random moments, while its alerts go to a relay with faults.

    python benchmarks/alert_storm.py [--runs 200] [--starts 5] [--contacts 50] [--seed 1]

Each start of a watch whose program does not exist is an alert, committed before `start` is
answered. The relay says 421, 451, 450 and 550, hangs, hangs up after it has taken a mail, and is
down now and then. Counted are alerts that never came, and those that came in two mails with
different Message-IDs.

Needs the development extras (aiosmtpd).
"""

import argparse
import asyncio
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from overseer.control.client import Client
from overseer.errors import OverseerError

PATIENCE = 600.0
REFUSED = "nobody@example.org"
"""The relay knows no such user, ever."""
WATCH = re.compile(r"^(?:Watch: +|    \d\d:\d\d(?::\d\d)?  )(w\d+)\b", re.MULTILINE)


@dataclass
class Relay:
    """An SMTP server with moods; *mails* holds the watches of each mail that it has taken."""

    luck: random.Random
    faults: bool = True
    port: int = 0
    mails: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    controller: Controller | None = None

    def up(self) -> None:
        self.port = self.port or free_port()
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE
        )
        self.controller.start()

    def down(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None

    def happens(self, chance: float) -> bool:
        return self.faults and self.luck.random() < chance

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address == REFUSED:
            return "550 no such user"
        if self.happens(0.04):
            return "421 going down"
        if self.happens(0.02):
            return "450 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.happens(0.04):
            return "451 disk full"
        mail = message_from_bytes(envelope.content)
        self.mails.append((str(mail["Message-ID"]), frozenset(WATCH.findall(text_of(mail)))))
        if self.happens(0.04):
            await asyncio.sleep(1.0)
        if self.happens(0.05):
            server.transport.close()  # taken, and nobody hears of it
        return "250 taken"


def text_of(mail: Message) -> str:
    part: Any = mail.get_payload(0)
    return str(part.get_payload(decode=True).decode())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def watch_file(count: int, contacts: int, port: int) -> str:
    lines = ["contacts:"]
    for number in range(contacts):
        to = REFUSED if number == 0 else f"c{number}@example.org"
        way = f"{{to: {to}, server_host: 127.0.0.1, server_port: {port}}}"
        lines.append(f"  c{number}: {{email: {way}, events: [start_failed]}}")
    lines += ["defaults:", f"  {{user: '{os.geteuid()}', autostart: false, flapping: off}}"]
    lines.append("watches:")
    for number in range(count):
        who = f"c{number % contacts}"
        lines.append(f"  w{number}: {{command: /nowhere/to/be/found, notify: {who}}}")
    return "\n".join(lines) + "\n"


@dataclass
class Outcome:
    told: int = 0  # alerts that were committed, for all we know
    mails: int = 0
    lost: set[str] = field(default_factory=set)
    twice: int = 0  # mails that came again, as they were
    torn: set[str] = field(default_factory=set)  # alerts in mails of different Message-IDs
    refused: int = 0  # kept among the dead, as they should be
    troubles: int = 0  # times that the daemon could not write, and went on from memory


class Storm:
    def __init__(self, folder: Path, runs: int, starts: int, contacts: int, seed: int) -> None:
        self.folder, self.runs, self.starts, self.contacts = folder, runs, starts, contacts
        self.luck = random.Random(seed)
        self.relay = Relay(random.Random(seed + 1))
        self.committed: list[str] = []

    def run(self) -> Outcome:
        self.relay.up()
        file = self.folder / "storm.yml"
        file.write_text(watch_file(self.runs * self.starts, self.contacts, self.relay.port))
        for run in range(self.runs):
            if self.luck.random() < 0.1:
                self.relay.down()
            self.one_life(range(run * self.starts, (run + 1) * self.starts))
            if self.relay.controller is None:
                self.relay.up()
        self.relay.faults = False
        with closing(Life(self.folder)) as daemon:
            daemon.wait_until_empty()
        self.relay.down()
        return self.judge()

    def one_life(self, numbers: range) -> None:
        """Starts what there is to start, and dies at a moment nobody knows."""
        with closing(Life(self.folder)) as daemon:
            for number in numbers:
                daemon.start(f"w{number}")
                self.committed.append(f"w{number}")
                time.sleep(self.luck.random() * 0.05)
            time.sleep(self.luck.random() ** 2)

    def judge(self) -> Outcome:
        ids: dict[str, set[str]] = defaultdict(set)
        seen: dict[str, int] = defaultdict(int)
        for id, watches in self.relay.mails:
            seen[id] += 1
            for watch in watches:
                ids[watch].add(id)
        refused = {w for w in self.committed if int(w[1:]) % self.contacts == 0}
        with closing(sqlite3.connect(self.folder / "state.db")) as db:
            payloads = [row[0] for row in db.execute("SELECT payload FROM alert_dead")]
        dead = {w for w in refused if any(f'"watch":"{w}"' in payload for payload in payloads)}
        return Outcome(
            told=len(self.committed),
            mails=len(self.relay.mails),
            lost=(set(self.committed) - refused - set(ids)) | (refused - dead),
            twice=sum(count - 1 for count in seen.values()),
            torn={watch for watch, of in ids.items() if len(of) > 1},
            refused=len(dead),
            troubles=(self.folder / "daemon.log").read_text().count("going on from memory"),
        )


class Life:
    """One daemon, until it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        argv = [sys.executable, "-m", "overseer", "run", "--no-strict", "--log-level", "error"]
        argv += ["--state-dir", str(folder), str(folder / "storm.yml")]
        with (folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.client = Client(str(folder / "overseer.sock"))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.client.ask("ping")["pid"] == self.process.pid:
                    return
            except OverseerError:
                if self.process.poll() is not None:
                    raise SystemExit((folder / "daemon.log").read_text()[-2000:]) from None
            if time.monotonic() > deadline:
                raise SystemExit("the daemon does not answer")
            time.sleep(0.02)

    def start(self, name: str) -> None:
        self.client.ask("start", {"names": [name]})

    def wait_until_empty(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with closing(sqlite3.connect(self.folder / "state.db")) as db:
                rows = db.execute(
                    "SELECT (SELECT count(*) FROM alert_job) + (SELECT count(*) FROM alert_letter)"
                ).fetchone()
            if not rows[0]:
                return
            time.sleep(0.2)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--contacts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overseer-storm-") as name:
        storm = Storm(Path(name), args.runs, args.starts, args.contacts, args.seed)
        found = storm.run()
    print(f"{args.runs} kills, {found.told} alerts, {found.mails} mails taken by the relay")
    print(f"lost: {len(found.lost)} {sorted(found.lost)[:10] or ''}")
    print(f"in mails of different Message-IDs: {len(found.torn)} {sorted(found.torn)[:10] or ''}")
    print(f"came again as they were: {found.twice}; refused for good and kept: {found.refused}")
    print(f"times that the database could not be written: {found.troubles}")


if __name__ == "__main__":
    main()
