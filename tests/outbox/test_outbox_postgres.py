"""What only a queue on a server has: an address, roles, versions, and words for its faults."""

import sys

import pytest

from overseer.errors import Refused, UsageError
from overseer.outbox import Outbox, Unavailable
from overseer.outbox.places import open_store


@pytest.fixture(autouse=True)
def libraries() -> None:
    for library in ("procrastinate", "psycopg"):
        pytest.importorskip(library, exc_type=ImportError)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://me:secret@db.example/app", "postgresql://me@db.example/app"),
        (
            "postgres:///app?host=/run/pg&password=secret",
            "postgres:///app?host=/run/pg&password=***",
        ),
        ("postgresql://me@db/app?schema=shop_mail", "postgresql://me@db/app?schema=shop_mail"),
    ],
)
def test_a_queue_is_called_by_its_url_without_the_password(url: str, name: str) -> None:
    outbox = Outbox(url)

    assert (outbox.name, outbox.path) == (name, None)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://me@db/app?schema=Shop-Mail", "write a-z, 0-9 and _ only"),
        ("postgresql://me:secret@db/app?colour=red", "write postgresql://user@host/database"),
        ("mysql://me@db/app", "write sqlite:////var/lib/app/mail.db or postgresql://"),
    ],
)
def test_a_url_that_is_not_understood_is_answered_with_one_that_is(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        Outbox(url)

    assert "secret" not in str(raised.value)


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("overseer.outbox.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(Refused, match=r"library psycopg .*pip install 'overseer-supervisor\[post"):
        open_store("postgresql://db/app", "", 0)


def test_a_server_that_is_away_is_a_passing_thing(tmp_path: object) -> None:
    with pytest.raises(Unavailable, match=f"host={tmp_path}: "):
        Outbox(f"postgresql://me:secret@/app?host={tmp_path}").counts()


@pytest.mark.live
def test_a_role_that_may_not_make_the_tables_may_use_them_when_it_is_let(postgres_url: str) -> None:
    import psycopg

    role = postgres_url.rpartition("=")[2] + "_role"
    as_role = postgres_url.replace("tester@", f"{role}@")
    with psycopg.connect(postgres_url.partition("&schema")[0]) as db:
        db.execute(f"CREATE ROLE {role} LOGIN")
    with pytest.raises(Refused, match="overseer mail setup --grant USER"):
        Outbox(as_role).put("note")
    owner = Outbox(postgres_url)
    owner.counts()
    with pytest.raises(Refused, match="no role 'nobody_here'"):
        owner.grant("nobody_here")

    owner.grant(role)

    used = Outbox(as_role)
    id = used.put("note")
    assert (used.retry(id or 0), used.discard(id or 0)) == (0, 1)
    used.close()
    owner.close()


@pytest.mark.live
@pytest.mark.parametrize(("key", "newer"), [("schema", "99"), ("procrastinate", "99.00.sql")])
def test_tables_of_a_newer_version_are_left_alone(postgres_url: str, key: str, newer: str) -> None:
    outbox = Outbox(postgres_url)
    outbox.put("note")
    query = "UPDATE outbox_meta SET value = %s WHERE key = %s"
    outbox._store._server.write(lambda cursor: cursor.execute(query, (newer, key)))
    outbox.close()

    with pytest.raises(Refused, match="newer"):
        outbox.counts()


@pytest.mark.live
def test_what_procrastinate_has_changed_since_is_made_up_for(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from overseer.outbox.postgres import schema

    outbox = Outbox(postgres_url)
    outbox.put("note")
    outbox.close()
    folder = schema.steps()
    monkeypatch.setattr(schema, "steps", lambda: [*folder, "99.00.00_01_more.sql"])
    monkeypatch.setattr(schema, "scripts", lambda since: ["CREATE TABLE more ()"] * (since != ""))

    assert outbox.counts().due == 1

    query = "SELECT to_regclass('more') IS NOT NULL, value FROM outbox_meta WHERE key = %s"
    rows = outbox._store._server.read(lambda c: c.execute(query, ("procrastinate",)).fetchall())
    assert rows == [(True, "99.00.00_01_more.sql")]
    outbox.close()


@pytest.mark.live
def test_tables_that_somebody_removed_are_a_passing_thing(postgres_url: str) -> None:
    outbox = Outbox(postgres_url)
    outbox.put("note")
    outbox._store._server.write(lambda cursor: cursor.execute("DROP TABLE outbox_pause"))

    with pytest.raises(Unavailable, match="outbox_pause"):
        outbox.pauses()
    outbox.close()


@pytest.mark.live
def test_what_the_database_does_not_take_is_refused_and_nothing_is_queued(
    postgres_url: str,
) -> None:
    outbox = Outbox(postgres_url)
    for parcel in ({"dedupe": "a\0b"}, {"queue": "q" * 200}, {"priority": 2**40}):
        with pytest.raises(Refused, match="does not take it"):
            outbox.put("note", **parcel)
    with pytest.raises(Refused, match="beyond the calendar"):
        outbox.put("note", run_at=2.9e11)

    assert outbox.counts().due == 0
    outbox.close()
