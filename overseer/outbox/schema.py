"""The tables, made where they are missing and brought up to date."""

import re
import sqlite3
from collections.abc import Iterator, Sequence

from overseer.errors import Refused

PREFIX = re.compile(r"\w*")

COMMON = """
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    run_at REAL NOT NULL,
    dedupe TEXT,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    rcpt TEXT NOT NULL,
    body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER,
    expires_at REAL,
    created_at REAL NOT NULL,
    tried_at REAL,
    token INTEGER NOT NULL DEFAULT 0,
    code INTEGER,
    error TEXT NOT NULL DEFAULT ''
"""
# The index of what is ready leaves out what is leased, so a lease never wades through others.
# Sent rows keep no body: it may hold a link that resets a password.
FIRST = f"""
CREATE TABLE {{p}}job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, {COMMON},
    lease_by TEXT, lease_until REAL, lease_boot TEXT
);
CREATE INDEX {{p}}job_ready ON {{p}}job (queue, priority, run_at) WHERE lease_by IS NULL;
CREATE INDEX {{p}}job_taken ON {{p}}job (lease_by) WHERE lease_by IS NOT NULL;
CREATE UNIQUE INDEX {{p}}job_dedupe ON {{p}}job (dedupe, rcpt) WHERE dedupe IS NOT NULL;
CREATE TABLE {{p}}dead (
    id INTEGER PRIMARY KEY, {COMMON},
    dead_at REAL NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE {{p}}sent (
    seq INTEGER PRIMARY KEY,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    dedupe TEXT,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    rcpt TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at REAL NOT NULL,
    sent_at REAL NOT NULL,
    code INTEGER,
    reply TEXT NOT NULL
);
CREATE INDEX {{p}}sent_dedupe ON {{p}}sent (dedupe, rcpt) WHERE dedupe IS NOT NULL;
CREATE TABLE {{p}}pause (
    queue TEXT NOT NULL,
    by TEXT NOT NULL,
    until REAL,
    since REAL NOT NULL,
    changed REAL NOT NULL,
    step INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (queue, by)
) WITHOUT ROWID
"""
# What was sent long ago is found by its date: rows that were moved here came in no order.
# `moved` has what is under way from another queue, until it is gone there.
SECOND = """
CREATE INDEX {p}sent_at ON {p}sent (sent_at);
CREATE INDEX {p}dead_at ON {p}dead (dead_at);
CREATE TABLE {p}moved (
    source TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) WITHOUT ROWID
"""
# A body that is large, or goes to many, is a row that they share: small ones stay in their row,
# which takes one write. `tried_at` is indexed for those that ask what has failed and still waits.
THIRD = """
CREATE TABLE {p}body (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
);
ALTER TABLE {p}job ADD COLUMN body_id INTEGER;
ALTER TABLE {p}job ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {p}job ADD COLUMN interrupted_at REAL;
ALTER TABLE {p}dead ADD COLUMN body_id INTEGER;
ALTER TABLE {p}dead ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE {p}dead ADD COLUMN interrupted_at REAL;
CREATE INDEX {p}job_body ON {p}job (body_id) WHERE body_id IS NOT NULL;
CREATE INDEX {p}dead_body ON {p}dead (body_id) WHERE body_id IS NOT NULL;
CREATE INDEX {p}job_tried ON {p}job (tried_at) WHERE tried_at IS NOT NULL;
CREATE TRIGGER {p}job_gone AFTER DELETE ON {p}job WHEN old.body_id IS NOT NULL BEGIN
    DELETE FROM {p}body WHERE id = old.body_id
        AND NOT EXISTS (SELECT 1 FROM {p}job WHERE body_id = old.body_id)
        AND NOT EXISTS (SELECT 1 FROM {p}dead WHERE body_id = old.body_id);
END;
CREATE TRIGGER {p}dead_gone AFTER DELETE ON {p}dead WHEN old.body_id IS NOT NULL BEGIN
    DELETE FROM {p}body WHERE id = old.body_id
        AND NOT EXISTS (SELECT 1 FROM {p}job WHERE body_id = old.body_id)
        AND NOT EXISTS (SELECT 1 FROM {p}dead WHERE body_id = old.body_id);
END
"""
MIGRATIONS: tuple[str, ...] = (FIRST, SECOND, THIRD)
"""Script number n leads from schema n to n + 1. Those that have been released stay as they are."""


def create(db: sqlite3.Connection, prefix: str, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Inside the caller's transaction. Raises Refused where a newer overseer has been."""
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"prefix {prefix!r}: only letters, digits and _")
    meta = f"{prefix}meta"
    db.execute(f"CREATE TABLE IF NOT EXISTS {meta} (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
    found = version(db, prefix)
    if found > len(migrations):
        raise Refused(
            f"the queue was written by a newer overseer (schema {found}, this one knows"
            f" {len(migrations)}); install that version again, or name another database"
        )
    if found == len(migrations):
        return
    for script in migrations[found:]:
        for statement in statements(script.format(p=prefix)):  # executescript would commit
            db.execute(statement)
    db.execute(f"INSERT OR REPLACE INTO {meta} VALUES ('schema', ?)", (len(migrations),))


def statements(script: str) -> Iterator[str]:
    """One by one; a trigger is one, whatever it holds."""
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def is_made(db: sqlite3.Connection, prefix: str) -> bool:
    name = f"{prefix}meta"
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    there = db.execute(query, (name,)).fetchone() is not None
    return there and version(db, prefix) == len(MIGRATIONS)


def version(db: sqlite3.Connection, prefix: str) -> int:
    cursor = db.cursor()
    cursor.row_factory = None  # an application's connection may have one of its own
    row = cursor.execute(f"SELECT value FROM {prefix}meta WHERE key = 'schema'").fetchone()
    return int(row[0]) if row else 0
