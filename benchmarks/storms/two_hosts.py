"""Workers on two hosts, of which one is cut off from the network for a while.

The hosts are network namespaces with a name and a boot id of their own; PostgreSQL and the mail
server are in a third one, so that nothing leaves this machine.
"""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from overseer.outbox.limits import Limits
from storms.post import MAIL, Post, wait
from storms.verdict import Skipped, Verdict

HOSTS = {"storm-a": "10.198.1", "storm-b": "10.198.2"}
HELD = Limits().most_leased
"""They go again when who holds them is taken for dead."""
TAKE_OVER = 120.0
"""Seconds; the lease is 45."""


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    """In a network namespace of its own, by another process."""
    if os.geteuid() != 0:
        raise Skipped("only root makes network namespaces")
    missing = [one for one in ("ip", "unshare") if shutil.which(one) is None]
    if missing:
        raise Skipped(f"{', '.join(missing)} is not installed")
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    import postgres_server

    if why := postgres_server.lacking():
        raise Skipped(why)
    argv = ["unshare", "--net", sys.executable, "-m", "storms.two_hosts", str(folder), str(mails)]
    here = Path(__file__).parents[1]
    done = subprocess.run(argv, cwd=here, stdout=subprocess.PIPE, text=True, check=True)
    return Verdict(**json.loads(done.stdout.splitlines()[-1]))


def inside(folder: Path, mails: int) -> Verdict:
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    import postgres_server

    ip("link", "set", "lo", "up")
    with networks(), postgres_server.running(("listen_addresses=*",)) as server:
        hba = server.folder / "data" / "pg_hba.conf"
        hba.write_text(f"{hba.read_text()}\nhost all all 10.198.0.0/16 trust\n")
        server.ctl("reload")
        here = Post(folder, server.url)
        try:
            return cut_off(here, mails)
        finally:
            here.close()


def cut_off(here: Post, mails: int) -> Verdict:
    here.serve("--host", "0.0.0.0")  # of this namespace
    put = here.put(mails)
    for host in HOSTS:
        here.workers.append(worker(here, host))
    wait(lambda: here.came() >= mails // 3)
    before = delivered(here.folder)
    ip("link", "set", "to-storm-a", "down")
    took_over = wait(lambda: not busy(here), every=0.1, patience=TAKE_OVER)
    ip("link", "set", "to-storm-a", "up")
    away = delivered(here.folder)
    put |= here.put(mails)
    came_back = here.run_dry() and wait(
        lambda: delivered(here.folder)["storm-a"] > away["storm-a"], patience=TAKE_OVER
    )
    found, after = here.arrived(), delivered(here.folder)
    return Verdict(
        what=f"{len(put)} mails, two hosts, one cut off",
        lost=found.lost(put),
        twice=found.twice,
        others=found.others(put),
        bar=f"at most {HELD} twice: what the one that is cut off holds; both go on afterwards",
        within=found.twice <= HELD and took_over and came_back and min(before.values()) > 0,
        more=(f"recorded as sent by each: {before} before, {away} meanwhile, {after} in the end",),
    )


def busy(here: Post) -> int:
    counts = here.outbox.counts()
    return counts.due + counts.waiting + counts.leased


def delivered(folder: Path) -> dict[str, int]:
    """As the worker of each host says in its log."""
    return {host: (folder / f"{host}.log").read_text().count(" sent: ") for host in HOSTS}


def worker(here: Post, host: str) -> "subprocess.Popen[bytes]":
    boot, server = here.folder / f"{host}.boot", f"{HOSTS[host]}.1"
    boot.write_text(f"{uuid.uuid4()}\n")
    own = f"mount --bind {boot} /proc/sys/kernel/random/boot_id && hostname {host} && exec"
    argv = ["ip", "netns", "exec", host, "unshare", "--mount", "--uts", "sh", "-c", f'{own} "$@"']
    argv += ["sh", *MAIL, "worker", "run", "--name", host]
    argv += ["--url", f"postgresql://tester@{server}/postgres"]
    argv += ["--smtp", f"smtp://{server}:{here.port}", "--tls", "none"]
    with (here.folder / f"{host}.log").open("wb") as log:
        return subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)


@contextmanager
def networks() -> Iterator[None]:
    try:
        for host, network in HOSTS.items():
            ip("netns", "add", host)
            ip("link", "add", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
            ip("address", "add", f"{network}.1/24", "dev", f"to-{host}")
            ip("link", "set", f"to-{host}", "up")
            ip("-n", host, "address", "add", f"{network}.2/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", host, "link", "set", device, "up")
        yield
    finally:
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], capture_output=True, check=False)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    print(json.dumps(asdict(inside(Path(sys.argv[1]), int(sys.argv[2])))))
