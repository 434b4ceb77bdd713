"""Integration tests: what users find in their mailbox. `inline_outbox` delivers at once."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from accounts.users import State, Users

from overseer.errors import UsageError
from overseer.mail.mailbox import Mailbox
from overseer.outbox import Outbox


def test_from_signing_up_to_looking_around(
    db: sqlite3.Connection, inline_outbox: Outbox, mailbox: Mailbox
) -> None:
    users = Users(db, inline_outbox)

    ann = users.create("Änn", "ann@example.com")
    assert f"https://example.com/activate/{ann.id}" in mailbox[0].text
    users.move(ann, State.ACTIVE)

    assert [mail.subject for mail in mailbox] == ["Welcome, Änn", "Your account is active"]
    assert {mail.rcpt for mail in mailbox} == {"ann@example.com"}
    assert "Hello Änn," in mailbox[1].text


def test_an_invitation(db: sqlite3.Connection, inline_outbox: Outbox, mailbox: Mailbox) -> None:
    users = Users(db, inline_outbox)

    ann = users.create("Ann", "ann@example.com", State.LATENT)
    assert mailbox == []
    users.move(ann, State.PROMOTED)

    assert [mail.subject for mail in mailbox] == ["You are in, Ann"]


def test_no_mail_without_a_user_and_no_user_without_a_mail(tmp_path: Path) -> None:
    """In one file, as in production."""
    with (
        closing(Outbox(f"sqlite:///{tmp_path}/app.db")) as outbox,
        closing(sqlite3.connect(tmp_path / "app.db")) as db,
    ):
        users = Users(db, outbox)
        users.create("Ann", "ann@example.com")
        with pytest.raises(sqlite3.IntegrityError):
            users.create("Ann again", "ann@example.com")
        with pytest.raises(UsageError, match="is not an address"):
            users.create("Bob", "bob at example.com")

        assert db.execute("SELECT name FROM user").fetchall() == [("Ann",)]
        assert [row.rcpt for row in outbox.rows("due")] == ["ann@example.com"]
