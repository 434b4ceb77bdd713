"""A small durable queue on SQLite: put once, delivered at least once."""

from overseer.outbox.database import Unavailable
from overseer.outbox.jobs import GiveUp, Jobs
from overseer.outbox.outbox import Outbox
from overseer.outbox.parcel import Job, Parcel

__all__ = ["GiveUp", "Job", "Jobs", "Outbox", "Parcel", "Unavailable"]
