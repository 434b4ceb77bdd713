"""What becomes of a letter, by what its contact says."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from overseer.alerts import mailbag
from overseer.alerts.facts import encode, mail_of
from overseer.alerts.letter import Facts
from overseer.alerts.post import Post
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.book import Book
from overseer.outbox.parcel import Fate, Job, Verdict

pytestmark = pytest.mark.design("6")

FACTS = Facts(watch="web", change="flapping", headline="h", message="m", at=0.0, incident="web.1")
JOB = Job(
    id=1,
    token=1,
    kind=mailbag.KIND,
    payload=mail_of([encode(FACTS)]),
    queue="ops",
    priority=0,
    run_at=0.0,
    message_id="<1@db1>",
    sender="",
    rcpt="ops",
    body=b"",
    attempts=0,
    crashes=0,
    max_attempts=None,
    expires_at=None,
    created_at=0.0,
    tried_at=None,
    leased_at=0.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Says(Contact):
    """Raises what it was made with."""

    error: NotDelivered

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        raise self.error


def verdict(error: NotDelivered) -> Verdict:
    book = Book({"ops": Says(error=error)})
    return Post(Path("/nowhere/state.db"), "db1", lambda: book).deliver(JOB)


@pytest.mark.parametrize(
    ("error", "fate", "delay"),
    [
        (NotDelivered("x"), Fate.DOWN, None),
        (NotDelivered("x", after=7.0), Fate.DOWN, 7.0),
        (NotDelivered("x", only_this=True), Fate.RETRY, None),
        (NotDelivered("x", only_this=True, after=7.0), Fate.RETRY, 7.0),
        (NotDelivered("x", final=True), Fate.DEAD, None),
    ],
)
def test_a_contact_says_what_becomes_of_an_alert(
    error: NotDelivered, fate: Fate, delay: float | None
) -> None:
    found = verdict(error)

    assert (found.fate, found.delay, found.text) == (fate, delay, "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partly(Contact):
    """Takes it for one address more at each try."""

    asked: list[frozenset[str]]

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        self.asked.append(notice.settled)
        if len(notice.settled) == 2:
            return "all of them"
        raise NotDelivered("not yet", only_this=True, settled=[f"{len(notice.settled)}@x"])


def test_who_has_it_is_left_out_at_the_next_try() -> None:
    contact = Partly(asked=[])
    post = Post(Path("/nowhere/state.db"), "db1", lambda: Book({"ops": contact}))

    fates = [post.deliver(JOB).fate for _ in range(4)]

    assert fates == [Fate.RETRY, Fate.RETRY, Fate.SENT, Fate.RETRY]
    assert contact.asked == [set(), {"0@x"}, {"0@x", "1@x"}, set()]
