"""Moments as people read them, in the host's time zone."""

import time

SOON = 120.0


def moment(wall: float) -> str:
    """`2026-01-31 15:42:07 +0100`"""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(wall))


def clock(wall: float, since: float | None = None) -> str:
    """`15:42`; with the date where that is another day than *since*, to the second where soon."""
    there, since = time.localtime(wall), wall if since is None else since
    if there[:3] != time.localtime(since)[:3]:
        return time.strftime("%Y-%m-%d %H:%M", there)
    return time.strftime("%H:%M:%S" if 0 < wall - since < SOON else "%H:%M", there)
