"""What PostgreSQL answered, as those who use a queue know it."""

import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg import errors

from overseer.errors import OverseerError, Refused
from overseer.outbox.database import Unavailable


def explained(name: str, error: psycopg.Error) -> OverseerError | None:
    """None: a bug of ours."""
    said = " ".join((error.diag.message_primary or str(error)).split())
    match error:
        case errors.InsufficientPrivilege():
            return Refused(
                f"{name}: {said}; one who may should run `overseer mail setup --grant USER`"
            )
        case errors.DiskFull():
            return Unavailable(f"{name}: {said}, nothing was changed", full=True)
        case errors.UndefinedTable() | errors.UndefinedFunction() | errors.InvalidSchemaName():
            return Unavailable(f"{name}: {said}")
        case psycopg.DataError():
            return Refused(f"{name} does not take it: {said}")
        case psycopg.IntegrityError() | psycopg.ProgrammingError() | psycopg.NotSupportedError():
            return None
    return Unavailable(f"{name}: {said}")


def keeps_connection(error: psycopg.Error) -> bool:
    return isinstance(error, (psycopg.DataError, errors.DiskFull, errors.InsufficientPrivilege))


def unwrapped(error: Exception) -> Exception:
    """procrastinate hides what the driver raised behind an exception of its own."""
    cause = error.__cause__
    return (
        cause if isinstance(error, ConnectorException) and isinstance(cause, Exception) else error
    )
