"""Whether overseer watches over a worker: then a person who stops it is told whom to ask."""

import os
from pathlib import Path

from overseer.errors import Refused

WATCH = "OVERSEER_WATCH"
LAUNCH = "OVERSEER_LAUNCH_ID"
INSTANCE = "OVERSEER_INSTANCE"


def watch_of(pid: int) -> tuple[str, str] | None:
    """The watch that the process was launched for, and the overseer it belongs to where there are
    several; None: none, or a process that may not be looked into."""
    try:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    env = dict(pair.decode(errors="replace").partition("=")[::2] for pair in pairs)
    return (env[WATCH], env.get(INSTANCE, "")) if env.get(WATCH) else None


def is_asking(watch: str) -> bool:
    """True where this command was launched by overseer for that watch, as its stop command is."""
    return LAUNCH in os.environ and os.environ.get(WATCH) == watch


def spare(pid: int) -> None:
    """Raises Refused where overseer would start the worker again, and has not sent us."""
    found = watch_of(pid)
    if found is None or is_asking(found[0]):
        return
    watch, instance = found
    words = f"overseer stop {watch}" + (f" --instance {instance}" if instance else "")
    raise Refused(
        f"pid {pid} is supervised as watch {watch}: use `{words}`; --force where overseer is gone"
    )
