"""From news to letters in the database."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from overseer.alerts import mailbag
from overseer.alerts.desk import Desk
from overseer.alerts.letter import Facts
from overseer.contacts.base import Contact
from overseer.contacts.book import Book
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.state import Goal, Hold
from overseer.model.status import Status
from overseer.model.transition import Notify
from overseer.model.watch import Watch
from overseer.testing import FakeClock

pytestmark = pytest.mark.design("6")

BOOK = Book({"ops": Contact(), "boss": Contact()}, {"everybody": ("ops", "boss")})


class Office:
    """The desk, and the transaction that the store would make around it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.woken: list[tuple[tuple[str, ...], bool]] = []
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.desk = self.new_desk()

    def new_desk(self) -> Desk:
        desk = Desk(self.clock, "db1", BOOK, lambda watch: f"/log/{watch.name}.log", self.wake)
        desk.prepare(self.db)
        return desk

    def wake(self, contacts: Sequence[str], renewed: bool) -> None:
        self.woken.append((tuple(contacts), renewed))

    def write(self, drafts: Sequence[object]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.desk.write(self.db, drafts)
        self.db.execute("COMMIT")
        self.desk.wake(False)


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.db.close()


def watch(name: str, *contacts: str) -> Watch:
    return Watch(name=name, program=Program(command=("x",)), notify=Notify(contacts or ("ops",)))


def held(name: str) -> Status:
    return Status(name=name, boot="boot-one", goal=Goal.UP, hold=Hold.FLAPPING, hold_due=1600.0)


def flapping(**more: object) -> News:
    return News(kind=Kind.FLAPPING, message="flapping: 5 launches within 5m", **more)  # type: ignore[arg-type]


def happens(office: Office, name: str, news: News, *contacts: str) -> None:
    office.write(office.desk.judge(watch(name, *contacts), held(name), news))


def rows(office: Office) -> list[tuple[str, float, list[Facts]]]:
    found = office.db.execute(
        f"SELECT rcpt, run_at, payload FROM {mailbag.PREFIX}job ORDER BY id"
    ).fetchall()
    return [(rcpt, at - office.clock.wall(), list(mailbag.read_facts(p))) for rcpt, at, p in found]


def test_a_letter_holds_all_that_a_mail_will_say(office: Office) -> None:
    happens(office, "web", flapping(exit=Exit(3), ran_for=12.0, next="tried again in 10m"))

    ((contact, wait, (facts,)),) = rows(office)
    assert (contact, wait) == ("ops", 0.0)
    assert (facts.watch, facts.change, facts.headline) == ("web", "flapping", "flapping, held")
    assert (facts.exit, facts.ran_for) == ("exit code 3", "12s")
    assert facts.next == "tried again in 10m"
    assert facts.until == office.clock.wall() + 600.0
    assert facts.log == "/log/web.log"


@pytest.mark.case(140)
@pytest.mark.case(142)
def test_each_contact_of_a_group_gets_one_and_nobody_two(office: Office) -> None:
    happens(office, "web", flapping(notify=Notify(("boss", "nobody"))), "everybody", "ops")

    assert [contact for contact, _, _ in rows(office)] == ["ops", "boss"]


@pytest.mark.case(77)
def test_a_transitions_own_notify_carries_its_labels(office: Office) -> None:
    notify = Notify(("boss",), priority="1", category="product")
    happens(office, "web", News(kind=Kind.CHECK_MET, message="disk 97%", notify=notify))

    assert [
        (contact, items[0].priority, items[0].category) for contact, _, items in rows(office)
    ] == [
        ("ops", "1", "product"),
        ("boss", "1", "product"),
    ]


def test_alerts_about_other_watches_are_gathered_into_one_more_mail(office: Office) -> None:
    for name in ("web", "db", "cache"):
        happens(office, name, flapping())
        office.clock.time += 1

    first, more = rows(office)
    assert [facts.watch for facts in first[2]] == ["web"]
    assert [facts.watch for facts in more[2]] == ["db", "cache"]
    assert more[1] == 27.0


def test_a_mail_that_is_being_delivered_is_not_added_to(office: Office) -> None:
    happens(office, "web", flapping())
    happens(office, "db", flapping())
    office.db.execute(f"UPDATE {mailbag.PREFIX}job SET lease_by = 'somebody'")

    happens(office, "cache", flapping())

    assert [[facts.watch for facts in items] for _, _, items in rows(office)] == [
        ["web"],
        ["db"],
        ["cache"],
    ]


@pytest.mark.case(139)
def test_giving_up_waits_for_no_window(office: Office) -> None:
    happens(office, "web", flapping())
    happens(office, "db", News(kind=Kind.GAVE_UP, message="gave up"))

    assert [wait for _, wait, _ in rows(office)] == [0.0, 0.0]


def test_the_next_word_about_an_open_incident_waits_for_no_window(office: Office) -> None:
    happens(office, "web", News(kind=Kind.START_FAILED, message="start failed", asked=True))
    happens(office, "web", flapping())

    assert [(wait, items[0].follows) for _, wait, items in rows(office)] == [
        (0.0, False),
        (0.0, True),
    ]


def test_the_next_daemon_remembers_what_was_told(office: Office) -> None:
    happens(office, "web", flapping())

    office.desk = office.new_desk()
    happens(office, "web", flapping())

    assert len(rows(office)) == 1
    assert office.desk.incidents["web"].told == ("ops",)


def test_what_a_failed_transaction_has_left_out_is_written_by_the_next(office: Office) -> None:
    drafts = office.desk.judge(watch("web"), held("web"), flapping())
    office.db.execute("BEGIN IMMEDIATE")
    office.desk.write(office.db, drafts)
    office.db.execute("ROLLBACK")

    office.write(drafts)

    assert len(rows(office)) == 1
    assert office.woken == [(("ops",), False)]


def test_a_removed_watch_leaves_no_incident(office: Office) -> None:
    happens(office, "web", flapping())

    office.write(office.desk.forget("web"))

    assert office.db.execute("SELECT * FROM incident").fetchall() == []
    assert office.desk.incidents == {}


def test_no_letter_is_written_where_nobody_is_to_be_told(office: Office) -> None:
    quiet = replace(watch("web"), notify=Notify())

    office.write(office.desk.judge(quiet, held("web"), flapping()))

    assert rows(office) == []
    assert office.woken == []


def test_overseer_can_speak_for_itself(office: Office) -> None:
    office.write(office.desk.notice("web.yml has problems\nand more", ["everybody"]))

    assert [items[0].headline for _, _, items in rows(office)] == ["web.yml has problems"] * 2


def test_an_incident_of_a_later_version_is_understood_as_far_as_possible(
    office: Office,
) -> None:
    happens(office, "web", flapping())
    ((text,),) = office.db.execute("SELECT incident FROM incident").fetchall()
    kept = json.loads(text) | {"mood": 1, "said": ["flapping", "levitating"]}
    office.db.execute("UPDATE incident SET incident = ?", (json.dumps(kept),))
    office.db.execute("INSERT INTO incident VALUES ('odd', 'no json')")

    office.desk = office.new_desk()

    assert office.desk.incidents["web"].said == ("flapping",)
    assert "odd" not in office.desk.incidents


def test_undelivered_alerts_are_counted_once_they_are_late(office: Office) -> None:
    happens(office, "web", flapping())
    wall = office.clock.wall()

    assert not mailbag.undelivered(office.db, wall)
    late = mailbag.undelivered(office.db, wall + 120)
    assert (late.waiting, late.oldest) == (1, wall)
    assert str(late).startswith("1 alert not delivered yet, of 20")


def test_a_reason_is_given_where_one_is_known(office: Office) -> None:
    happens(office, "web", flapping())
    office.db.execute(
        f"UPDATE {mailbag.PREFIX}job SET attempts = 1, error = 'relay: 451 later', tried_at = 1"
    )

    found = mailbag.undelivered(office.db, office.clock.wall())

    assert str(found).startswith("1 alert not delivered yet, of 20")
    assert str(found).endswith(" (ops: relay: 451 later)")


def test_tables_of_the_outbox_stand_in_the_state_database(office: Office) -> None:
    names = {row[0] for row in office.db.execute("SELECT name FROM sqlite_master")}

    assert {"alert_job", "alert_dead", "incident"} <= names
    assert isinstance(office.db, sqlite3.Connection)
