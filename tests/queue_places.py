"""Takes the file of a queue away from those who use it."""

import os
from pathlib import Path

from overseer.outbox import Outbox


def take_away(path: str, how: str) -> None:
    for end in ("-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)
    if how == "deleted":
        os.unlink(path)
        return
    new = Outbox(f"sqlite:///{path}.new")
    new.counts()
    new.close()
    os.replace(f"{path}.new", path)
