"""A disk with no room left, not even for SQLite's log: under the application, then the worker."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Unavailable
from storms.post import Post, post, wait
from storms.verdict import Skipped, Verdict

SIZE = "3m"
ROOM = 2**20
"""Bytes that are there again when somebody has tidied up."""
LONG_ENOUGH = 3.0
"""Seconds that the worker is left alone with it."""


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    if url:
        raise Skipped("is about the file")
    with small_disk(folder) as disk, post(folder, f"sqlite:///{disk}/mail.db") as here:
        (disk / "ballast").write_bytes(b"x" * ROOM)
        accepted: set[str] = set()
        while try_put(here, accepted):
            pass
        fill(disk)
        refused = 1 + (not try_put(here, accepted))
        here.outbox.close()  # what is opened anew has to find room for its index of the log
        here.serve()
        worker = here.work()
        time.sleep(LONG_ENOUGH)
        idle = here.came()  # it leases nothing that it could not record
        os.unlink(disk / "ballast")
        wait(lambda: here.came() >= len(accepted) // 3)
        fill(disk)  # now with mails on their way
        time.sleep(LONG_ENOUGH)
        beats = time.time() - (disk / "mail.db.storm.heartbeat").stat().st_mtime
        lives = worker.poll() is None
        os.unlink(disk / "ballast")
        went_on = here.run_dry()
        found = here.arrived()
    return Verdict(
        what=f"{len(accepted)} mails until the disk was full, {refused} puts refused",
        lost=found.lost(accepted),
        twice=found.twice,
        others=found.others(accepted),
        bar="none twice; the worker goes on by itself",
        within=not found.twice and lives and went_on and not idle and refused > 1,
        more=(
            f"sent while nothing could be recorded: {idle};"
            f" on the full disk the last heartbeat was {beats:.0f} s ago",
        ),
    )


def try_put(here: Post, accepted: set[str]) -> bool:
    """False: refused with Unavailable, as it should be."""
    mail = Mail(to=["a@example.com"], subject="s", text=("x" * 70 + "\n") * 30)
    try:
        accepted.add(put(here.outbox, mail).message_id)
    except Unavailable as error:
        if not error.full:
            raise
        return False
    return True


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
        while ballast.write(b"x" * 512):
            pass


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small disk")
    disk = folder / "disk"
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "storm", str(disk)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skipped(done.stderr.strip())
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=False)
