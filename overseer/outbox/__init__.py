"""A small durable queue: put once, delivered at least once.

Its names are looked up when they are asked for: who needs one part of the room does not pay for
all of it.
"""

import importlib
from typing import TYPE_CHECKING

__all__ = ["GiveUp", "Job", "Jobs", "Outbox", "Parcel", "Unavailable"]
HOMES = {
    "GiveUp": "jobs",
    "Job": "parcel",
    "Jobs": "jobs",
    "Outbox": "outbox",
    "Parcel": "parcel",
    "Unavailable": "database",
}

if TYPE_CHECKING:
    from overseer.outbox.database import Unavailable
    from overseer.outbox.jobs import GiveUp, Jobs
    from overseer.outbox.outbox import Outbox
    from overseer.outbox.parcel import Job, Parcel
else:

    def __getattr__(name):
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
