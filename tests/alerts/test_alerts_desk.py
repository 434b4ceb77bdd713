"""From news to letters in the trays."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from make_believe_office import Office, flapping, held, watch

from overseer.alerts import tray
from overseer.alerts.facts import read_facts
from overseer.alerts.letter import Facts
from overseer.alerts.undelivered import undelivered
from overseer.contacts.terms import Terms
from overseer.model.change import Change
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.model.state import Goal
from overseer.model.status import Status
from overseer.model.transition import Notify

pytestmark = pytest.mark.design("6")
OpenOffice = Callable[..., Office]


def letters(office: Office) -> list[tuple[str, Facts]]:
    rows = office.db.execute("SELECT contact, facts FROM alert_letter ORDER BY id").fetchall()
    return [(contact, read_facts(text)) for contact, text in rows]


UP = Status(name="web", boot="boot-one", goal=Goal.UP)


def test_a_letter_holds_all_that_a_mail_will_say(office: Office) -> None:
    office.happens("web", flapping(exit=Exit(3), ran_for=12.0, next="tried again in 10m"))

    ((contact, facts),) = letters(office)
    assert contact == "ops"
    assert (facts.watch, facts.change, facts.headline) == ("web", "flapping", "flapping, held")
    assert (facts.exit, facts.ran_for) == ("exit code 3", "12s")
    assert facts.next == "tried again in 10m"
    assert facts.until == office.clock.wall() + 600.0
    assert facts.open
    assert facts.began == office.clock.wall()


@pytest.mark.case(140)
@pytest.mark.case(142)
def test_each_contact_of_a_group_gets_one_and_nobody_two(office: Office) -> None:
    office.happens("web", flapping(notify=Notify(("boss", "nobody"))), "everybody", "ops")

    assert [contact for contact, _ in letters(office)] == ["ops", "boss"]


@pytest.mark.case(77)
def test_a_transitions_own_notify_carries_its_labels(office: Office) -> None:
    notify = Notify(("boss",), priority="1", category="product")
    office.happens("web", News(kind=Kind.CHECK_MET, message="disk 97%", notify=notify))

    assert [(contact, one.priority, one.category) for contact, one in letters(office)] == [
        ("ops", "1", "product"),
        ("boss", "1", "product"),
    ]


def test_the_next_daemon_remembers_what_was_told(office: Office) -> None:
    office.flaps("web")

    office.begin()
    office.flaps("web")

    assert len(letters(office)) == 1
    assert office.desk.incidents["web"].told == ("ops",)


def test_what_a_failed_transaction_has_left_out_is_written_by_the_next(office: Office) -> None:
    drafts = office.desk.judge(watch("web"), held("web"), flapping()).drafts
    office.db.execute("BEGIN IMMEDIATE")
    office.desk.write(office.db, drafts)
    office.db.execute("ROLLBACK")

    office.write(drafts)

    assert len(letters(office)) == 1
    assert office.woken == [False]


def test_a_removed_watch_leaves_no_incident_and_nobody_waiting(office: Office) -> None:
    office.flaps("web")
    office.passes()

    office.write(office.desk.forget("web"))
    office.passes(60)

    assert office.db.execute("SELECT * FROM incident").fetchall() == []
    assert office.desk.incidents == {}
    assert office.mails() == [["web flapping"], ["web closed"]]
    assert tray.told(office.db, "ops") == {}


def test_no_letter_is_written_where_nobody_is_to_be_told(office: Office) -> None:
    quiet = replace(watch("web"), notify=Notify())

    office.write(office.desk.judge(quiet, held("web"), flapping()).drafts)

    assert letters(office) == []
    assert office.woken == []


def test_overseer_can_speak_for_itself(office: Office) -> None:
    office.write(office.desk.notice("web.yml has problems\nand more", ["everybody"]))

    assert [one.headline for _, one in letters(office)] == ["web.yml has problems"] * 2


def test_an_incident_of_a_later_version_is_understood_as_far_as_possible(
    office: Office,
) -> None:
    office.flaps("web")
    ((text,),) = office.db.execute("SELECT incident FROM incident").fetchall()
    kept = json.loads(text) | {"mood": 1, "said": ["flapping", "levitating"]}
    office.db.execute("UPDATE incident SET incident = ?", (json.dumps(kept),))
    office.db.execute("INSERT INTO incident VALUES ('odd', 'no json')")

    office.begin()

    assert office.desk.incidents["web"].said == ("flapping",)
    assert "odd" not in office.desk.incidents


def test_a_contact_gets_the_events_it_asks_for(open_office: OpenOffice) -> None:
    office = open_office(boss=Terms(events=(Change.GAVE_UP,)))

    office.flaps("web", "everybody")
    office.gives_up("web", "everybody")

    assert [(contact, one.change) for contact, one in letters(office)] == [
        ("ops", "flapping"),
        ("ops", "gave_up"),
        ("boss", "gave_up"),
    ]


def test_a_contact_gets_the_labels_it_asks_for(open_office: OpenOffice) -> None:
    office = open_office(ops=Terms(priority=("1",)), boss=Terms(category=("db", "product")))
    notify = Notify(("everybody",), priority="2", category="product")

    office.happens("web", News(kind=Kind.CHECK_MET, message="disk 97%", notify=notify))

    assert [contact for contact, _ in letters(office)] == ["boss"]


def test_a_changed_configuration_is_told_to_those_who_name_it(open_office: OpenOffice) -> None:
    office = open_office(boss=Terms(events=(Change.CONFIG_CHANGED,)))

    office.write(
        office.desk.notice("2 watches changed", ["everybody"], change=Change.CONFIG_CHANGED)
    )

    assert [contact for contact, _ in letters(office)] == ["boss"]


def test_undelivered_alerts_are_counted_once_they_are_late(office: Office) -> None:
    office.flaps("web")
    wall = office.clock.wall()

    assert not undelivered(office.db, wall)
    late = undelivered(office.db, wall + 120)
    assert (late.waiting, late.oldest) == (1, wall)
    assert str(late).startswith("1 alert not delivered yet, of 20")


def test_tables_of_the_outbox_stand_in_the_state_database(office: Office) -> None:
    names = {row[0] for row in office.db.execute("SELECT name FROM sqlite_master")}

    assert {"alert_job", "alert_dead", "alert_letter", "incident"} <= names


def test_a_watch_tells_each_of_what_it_says_and_with_labels_of_its_own(office: Office) -> None:
    boss = Notify(("boss",), priority="1", events=(Change.GAVE_UP,))
    web = replace(watch("web"), notify=Notify(("ops",), category="front", others=(boss,)))
    for news in flapping(), News(kind=Kind.GAVE_UP, message="gave up"):
        office.write(office.desk.judge(web, held("web"), news).drafts)
    office.write(office.desk.judge(web, UP, News(kind=Kind.STEADY, message="up")).drafts)

    office.passes(60)

    (mail,) = [items for _, to, items, *_ in office.delivered if to == "boss"]
    assert [(one.change, one.priority, one.category) for one in mail] == [
        ("gave_up", "1", "front"),
        ("recovered", "1", "front"),
    ]
    told = [one for _, to, items, *_ in office.delivered if to == "ops" for one in items]
    assert [(one.change, one.priority) for one in told] == [
        ("flapping", None), ("gave_up", None), ("recovered", None),
    ]  # fmt: skip


def test_nobody_hears_the_end_of_what_he_was_not_told(office: Office) -> None:
    boss = Notify(("boss",), events=(Change.GAVE_UP,))
    web = replace(watch("web"), notify=Notify(("ops",), others=(boss,)))
    office.write(office.desk.judge(web, held("web"), flapping()).drafts)
    office.write(office.desk.judge(web, UP, News(kind=Kind.STEADY, message="up")).drafts)

    office.passes(60)

    assert not office.mails("boss")
