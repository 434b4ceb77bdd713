"""Unit tests: which mail is queued when. Nothing is delivered, so `outbox` remembers."""

import sqlite3

import pytest
from accounts.users import State, Users

from overseer.mail.mailbox import mails
from overseer.outbox import Outbox


@pytest.fixture
def users(db: sqlite3.Connection, outbox: Outbox) -> Users:
    return Users(db, outbox)


def subjects(outbox: Outbox) -> list[str]:
    return [mail.subject for mail in mails(outbox)]


def test_a_new_user_is_asked_to_confirm(users: Users, outbox: Outbox) -> None:
    users.create("Ann", "ann@example.com")

    [mail] = mails(outbox)
    assert (mail.rcpt, mail.subject) == ("ann@example.com", "Welcome, Ann")


@pytest.mark.parametrize(("state", "is_admin"), [(State.LATENT, False), (State.PENDING, True)])
def test_who_is_invited_and_who_is_admin_is_not(
    users: Users, outbox: Outbox, state: State, is_admin: bool
) -> None:
    users.create("Ann", "ann@example.com", state, is_admin)

    assert subjects(outbox) == []


def test_who_was_invited_and_comes_hears_so(users: Users, outbox: Outbox) -> None:
    ann = users.create("Ann", "ann@example.com", State.LATENT)

    users.move(ann, State.PROMOTED)

    assert subjects(outbox) == ["You are in, Ann"]


def test_who_confirms_hears_it_once(users: Users, outbox: Outbox) -> None:
    ann = users.create("Ann", "ann@example.com")
    for _ in range(2):
        users.move(ann, State.ACTIVE)

    assert subjects(outbox) == ["Welcome, Ann", "Your account is active"]
