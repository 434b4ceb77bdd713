"""What a contact wishes, beside the way in which it is reached."""

from collections.abc import Callable

import pytest

from overseer.config import Config
from overseer.config.explicit import render
from overseer.contacts.hours import hours
from overseer.contacts.terms import Escalation, Rate, Terms
from overseer.model.change import Change
from overseer.model.transition import Notify

pytestmark = pytest.mark.design("6")
Read = Callable[..., Config]
Problems = Callable[..., list[str]]

WISHES = """
    contacts:
      ops:
        email: ops@example.org
        repeat: 1h
        digest: 5m
        limit: 20/h
        quiet: ["22:00-07:00", "sat,sun 00:00-24:00"]
        events: [gave_up, flapping]
        priority: [1, high]
        category: db
        escalate: {to: boss, after: 15m}
      boss: {email: boss@example.org, after: 10m}
    watches:
      web: {command: x, notify: ops}
"""


def test_wishes_stand_beside_the_way(read: Read) -> None:
    config = read(WISHES)

    assert config.terms == {
        "ops": Terms(
            repeat=3600.0,
            digest=300.0,
            limit=Rate(20, 3600.0),
            quiet=(hours("22:00-07:00"), hours("sat,sun 00:00-24:00")),
            events=(Change.GAVE_UP, Change.FLAPPING),
            priority=("1", "high"),
            category=("db",),
            escalate=Escalation(to=("boss",), after=900.0),
        ),
        "boss": Terms(after=600.0),
    }
    assert config.warnings == ()


def test_whom_an_alert_is_passed_on_to_belongs_to_the_explicit_form(read: Read) -> None:
    shown = render("web", read(WISHES))

    assert "boss:" in shown
    assert read(shown).terms.keys() == {"ops", "boss"}


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("limit: 20", "ops: limit: '20' is not understood; write 20/h"),
        ("limit: 20/y", "ops: limit: '20/y' is not understood; write 20/h"),
        ("quiet: 22-7", "quiet: '22-7' is not understood; write \"22:00-07:00\""),
        ("events: [gave_upp]", "events: 'gave_upp' is not understood; did you mean gave_up?"),
        ("repeat: 1s", "ops: repeat: more often than once a minute nobody reads; write 1h"),
        ("escalate: {to: boss}", "escalate: after is missing; write after: 30s or 5m"),
        ("escalate: {to: bos, after: 1m}", "escalate: there is no contact bos"),
        ("digst: 5m", "2 ways (email, digst); write one of them; did you mean digest?"),
    ],
)
def test_a_wish_that_makes_no_sense_is_an_error(wish: str, said: str, problems: Problems) -> None:
    found = problems(f"contacts: {{ops: {{email: a@b.c, {wish}}}}}\n")

    assert any(said in line for line in found), found


def test_what_a_group_wishes_holds_for_its_members_but_for_their_own_wishes(read: Read) -> None:
    text = """
        contacts:
          ops: {email: ops@example.org, repeat: 1h}
          chris: {email: chris@example.org, group: night}
        contact_groups:
          night: {contacts: [ops], repeat: 2h, events: gave_up, x-note: whatever}
        watches:
          web: {command: x, notify: night}
    """

    config = read(text)

    assert config.terms == {
        "ops": Terms(repeat=3600.0, events=(Change.GAVE_UP,)),
        "chris": Terms(repeat=7200.0, events=(Change.GAVE_UP,)),
    }
    assert config.contact_groups == {"night": ("chris", "ops")}
    again = read(render("web", config))
    assert again.terms == config.terms


def test_a_group_has_no_way_of_its_own(problems: Problems) -> None:
    found = problems("contact_groups: {night: {contcts: [ops], repeat: 1h}}\n")

    assert any("night has no contcts; did you mean contacts?" in line for line in found), found


def test_a_watch_says_who_is_told_of_what(read: Read) -> None:
    text = """
        contacts:
          ops: {email: ops@example.org}
          boss: {email: boss@example.org}
        watches:
          web:
            command: x
            notify: [ops, {contacts: boss, events: [gave_up, stop_failed], priority: 1}]
          db: {command: x, notify: {contacts: ops, events: flapping, category: db}}
    """

    config = read(text)

    others = (Notify(("boss",), "1", None, (Change.GAVE_UP, Change.STOP_FAILED)),)
    assert config.watches["web"].notify == Notify(("ops",), others=others)
    assert config.watches["db"].notify == Notify(("ops",), None, "db", (Change.FLAPPING,))
    assert config.warnings == ()
    for name in "web", "db":
        again = read(render(name, config)).watches[name]
        assert again.notify == config.watches[name].notify


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ("[ops, {contacts: bos}]", "notify: there is no contact bos"),
        ("[ops, {events: [gave_up]}]", "notify: contacts is missing; write contacts: [ops]"),
        (
            "{contacts: ops, events: gave_upp}",
            "'gave_upp' is not understood; did you mean gave_up?",
        ),
        ("{contacts: ops, events: recovered}", "'recovered' is not understood"),
        ("{contacts: ops, event: gave_up}", "notify has no event; did you mean events?"),
        ("[ops, {contacts: ops, repeat: 1h}]", "notify has no repeat"),
    ],
)
def test_a_notify_that_makes_no_sense_is_an_error(
    notify: str, said: str, problems: Problems
) -> None:
    found = problems(
        f"contacts: {{ops: {{email: a@b.c}}}}\nwatches: {{web: {{command: x, notify: {notify}}}}}\n"
    )

    assert any(said in line for line in found), found
