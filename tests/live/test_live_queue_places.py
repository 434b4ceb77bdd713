"""A worker whose queue becomes another file, or has filled its disk."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from queue_places import take_away

from overseer.outbox import Outbox, Unavailable
from overseer.outbox.courier import plain
from overseer.outbox.parcel import sent


@pytest.mark.live
@pytest.mark.field("L10")
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_worker_goes_on_with_the_file_that_is_there(tmp_path: Path, how: str) -> None:
    path = str(tmp_path / "queue.db")
    outbox = Outbox(f"sqlite:///{path}")
    outbox.put("note")
    drain = outbox.drain(lambda: plain(lambda job: sent()), name="w")
    drain.start()
    wait(lambda: outbox.counts().sent == 1)
    outbox.close()
    take_away(path, how)

    outbox.put("note")

    wait(lambda: outbox.counts().sent == 1)
    assert drain.stop(5)
    outbox.close()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.live
@pytest.mark.field("L11")
@pytest.mark.parametrize(("size", "body"), [("3m", 2_000), ("20m", 300_000)])
def test_a_queue_that_has_filled_its_disk_can_be_emptied(
    tmp_path: Path, size: str, body: int
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    argv = ["mount", "-t", "tmpfs", "-o", f"size={size}", "queue", str(tmp_path)]
    if subprocess.run(argv, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    outbox = Outbox(f"sqlite:///{tmp_path}/mail.db")
    try:
        put = 0
        refused: Unavailable | None = None
        while refused is None:
            message = b"Subject: %d\r\n\r\n" % put + b"x" * body
            try:
                outbox.put_mail(message, "a@b.c", "d@e.f")
                put += 1
            except Unavailable as error:
                refused = error

        assert "kept so that the queue can be emptied" in str(refused)
        assert refused.full
        assert put > 0
        drain = outbox.drain(lambda: plain(lambda job: sent()), name="w")
        drain.start()
        wait(lambda: outbox.counts().sent == put)
        assert drain.stop(5)
    finally:
        outbox.close()
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)
