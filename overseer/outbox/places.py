"""Which store a URL means."""

from urllib.parse import urlsplit

from overseer.errors import Refused
from overseer.outbox.database import Database, open_database, read_url
from overseer.outbox.sqlite import SqliteStore
from overseer.outbox.store import Store

ON_SERVERS = ("postgresql", "postgres")
LIBRARIES = ("procrastinate", "psycopg")
MISSING = "is not installed; run pip install 'overseer-supervisor[postgres]'"


def open_store(url: str, prefix: str, patience: float) -> Store:
    """Opens nothing yet. *prefix* and *patience* are for files. Raises UsageError, Refused."""
    if urlsplit(url).scheme in ON_SERVERS:
        return on_server(url)
    path = read_url(url)
    return SqliteStore(Database(lambda: open_database(path), prefix, name=path, patience=patience))


def on_server(url: str) -> Store:
    try:
        from overseer.outbox.postgres.address import read_address
        from overseer.outbox.postgres.store import PostgresStore
    except ImportError as error:  # psycopg without libpq is one too
        library = str(error.name or error).partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and library not in LIBRARIES:
            raise
        raise Refused(f"{url.partition(':')[0]}: the library {library} {MISSING}") from error
    return PostgresStore(read_address(url))
