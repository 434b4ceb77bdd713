"""Which store a URL means."""

from overseer.outbox.database import Database, open_database, read_url
from overseer.outbox.sqlite import SqliteStore
from overseer.outbox.store import Store


def open_store(url: str, prefix: str, patience: float) -> Store:
    """Opens nothing yet. Raises UsageError."""
    path = read_url(url)
    return SqliteStore(Database(lambda: open_database(path), prefix, name=path, patience=patience))
