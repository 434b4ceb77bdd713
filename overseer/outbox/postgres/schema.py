"""procrastinate's tables and ours beside them, in a schema of their own; brought up to date."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from overseer.errors import Refused

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

# procrastinate_jobs has queue, kind, priority, moment, state and holder of a job; here is the rest.
# Sent rows keep no body: it may hold a link that resets a password.
FIRST = """
CREATE TABLE outbox_parcel (
    id bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    payload text NOT NULL,
    dedupe text,
    message_id text NOT NULL,
    sender text NOT NULL,
    rcpt text NOT NULL,
    body bytea NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    max_attempts integer,
    expires_at double precision,
    created_at double precision NOT NULL,
    tried_at double precision,
    token bigint NOT NULL DEFAULT 0,
    code integer,
    error text NOT NULL DEFAULT '',
    dead_at double precision,
    reason text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX outbox_parcel_dedupe ON outbox_parcel (dedupe, rcpt)
    WHERE dedupe IS NOT NULL AND dead_at IS NULL;
CREATE INDEX outbox_ready ON procrastinate_jobs (queue_name, priority, scheduled_at, id)
    WHERE status = 'todo';
CREATE INDEX outbox_dead ON procrastinate_jobs (id) WHERE status = 'failed';
CREATE INDEX outbox_leased ON procrastinate_jobs (id) WHERE status = 'doing';
CREATE TABLE outbox_sent (
    seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id bigint NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    dedupe text,
    message_id text NOT NULL,
    sender text NOT NULL,
    rcpt text NOT NULL,
    attempts integer NOT NULL,
    created_at double precision NOT NULL,
    sent_at double precision NOT NULL,
    code integer,
    reply text NOT NULL
);
CREATE INDEX outbox_sent_id ON outbox_sent (id);
CREATE INDEX outbox_sent_dedupe ON outbox_sent (dedupe, rcpt) WHERE dedupe IS NOT NULL;
CREATE TABLE outbox_pause (
    queue text NOT NULL,
    by text NOT NULL,
    until double precision,
    since double precision NOT NULL,
    changed double precision NOT NULL,
    step integer NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (queue, by)
);
CREATE TABLE outbox_worker (
    id bigint PRIMARY KEY REFERENCES procrastinate_workers ON DELETE CASCADE,
    name text NOT NULL,
    host text NOT NULL,
    machine text NOT NULL,
    process text NOT NULL
);
"""
# As in a file: see overseer/outbox/schema.py.
SECOND = """
CREATE INDEX outbox_sent_at ON outbox_sent (sent_at);
CREATE INDEX outbox_dead_at ON outbox_parcel (dead_at) WHERE dead_at IS NOT NULL;
CREATE TABLE outbox_moved (
    source text NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (source, id)
);
"""
# The trigger locks the shared body first: of two that take away its last rows at a time the second
# sees what the first has done.
THIRD = """
CREATE TABLE outbox_body (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    digest bytea NOT NULL UNIQUE,
    body bytea NOT NULL
);
ALTER TABLE outbox_parcel ADD COLUMN body_id bigint;
ALTER TABLE outbox_parcel ADD COLUMN interruptions integer NOT NULL DEFAULT 0;
ALTER TABLE outbox_parcel ADD COLUMN interrupted_at double precision;
CREATE INDEX outbox_parcel_body ON outbox_parcel (body_id) WHERE body_id IS NOT NULL;
CREATE INDEX outbox_parcel_tried ON outbox_parcel (tried_at)
    WHERE tried_at IS NOT NULL AND dead_at IS NULL;
CREATE FUNCTION outbox_parcel_gone() RETURNS trigger LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM outbox_body WHERE id = OLD.body_id FOR UPDATE;
    DELETE FROM outbox_body WHERE id = OLD.body_id
        AND NOT EXISTS (SELECT 1 FROM outbox_parcel WHERE body_id = OLD.body_id);
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_parcel_gone AFTER DELETE ON outbox_parcel
    FOR EACH ROW WHEN (OLD.body_id IS NOT NULL) EXECUTE FUNCTION outbox_parcel_gone();
"""
MIGRATIONS: tuple[str, ...] = (FIRST, SECOND, THIRD)
"""Script number n leads from schema n to n + 1. Those that have been released stay as they are."""


def ensure(db: Connection, schema: str, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Make the tables, or bring them up to date, in a transaction of their own. Raises Refused
    where a newer overseer or procrastinate has been."""
    newest = (len(migrations), steps()[-1])
    if versions(db.cursor(), schema) == newest:
        return
    with db.transaction():
        cursor = db.cursor()
        # Others may be at it; whoever comes second finds it done.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (schema,))
        ours, theirs = versions(cursor, schema) or (0, "")
        check("overseer", ours, newest[0])
        check("procrastinate", theirs, newest[1])
        if not ours:
            name = sql.Identifier(schema)
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        cursor.execute("SELECT set_config('search_path', %s, true)", (schema,))
        cursor.execute("CREATE TABLE IF NOT EXISTS outbox_meta (key text PRIMARY KEY, value text)")
        for script in scripts(theirs) + list(migrations[ours:]):
            cursor.execute(script.encode())
        for key, value in (("schema", str(newest[0])), ("procrastinate", newest[1])):
            cursor.execute(
                "INSERT INTO outbox_meta VALUES (%s, %s)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )


GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
)


def grant(cursor: Cursor, schema: str, role: str) -> None:
    """Raises Refused where there is no such role."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    try:
        for query in GRANTS:
            cursor.execute(sql.SQL(query).format(**names))
    except psycopg.errors.UndefinedObject as error:
        raise Refused(f"there is no role {role!r} on this server") from error


def check(what: str, found: Any, known: Any) -> None:
    if found > known:
        raise Refused(
            f"the queue was written by a newer {what} ({found}, this one knows {known});"
            " install that version again, or name another database"
        )


def versions(cursor: Cursor, schema: str) -> tuple[int, str] | None:
    """Of our tables, and the last of procrastinate's migrations; None: there are none."""
    if not has_meta(cursor, schema):
        return None
    meta = sql.Identifier(schema, "outbox_meta")
    rows = cursor.execute(sql.SQL("SELECT key, value FROM {}").format(meta)).fetchall()
    found: dict[str, str] = dict(rows)
    return int(found["schema"]), found["procrastinate"]


def has_meta(cursor: Cursor, schema: str) -> bool:
    """By the tables of the catalogue: to_regclass() goes by what this connection has in memory,
    which after waiting for another that has made it is out of date."""
    query = (
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
        " ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = 'outbox_meta'"
    )
    return cursor.execute(query, (schema,)).fetchone() is not None


def is_made(cursor: Cursor, schema: str) -> bool:
    return has_meta(cursor, schema)


def steps() -> list[str]:
    """The names of procrastinate's migrations, in order."""
    files = resources.files("procrastinate.sql").joinpath("migrations").iterdir()
    return sorted(file.name for file in files if file.name.endswith(".sql"))


def scripts(since: str) -> list[str]:
    """What procrastinate has to run: all of it, or what is newer than that migration."""
    if not since:
        return [SchemaManager.get_schema()]
    folder = resources.files("procrastinate.sql").joinpath("migrations")
    return [folder.joinpath(name).read_text(encoding="utf-8") for name in steps() if name > since]
