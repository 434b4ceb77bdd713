"""What waits, for whom, why, and until when."""

from collections.abc import Callable

import pytest
from make_believe_office import Office

from overseer.alerts import mailbag
from overseer.alerts.overview import overview
from overseer.contacts.terms import Rate, Terms
from overseer.outbox.parcel import dead, down, retry

pytestmark = pytest.mark.design("6")
OpenOffice = Callable[..., Office]


def shown(office: Office) -> list[tuple[str, str, str, float | None]]:
    """Contact, stage, why, and in how many seconds it is tried again."""
    now = office.clock.wall()
    found = overview(office.db, office.book, office.silences.of, now)
    return [
        (one.contact, str(one.stage), one.why, None if one.next is None else round(one.next - now))
        for one in found
    ]


def test_nothing_waits_at_first(office: Office) -> None:
    assert shown(office) == []


def test_what_waits_for_others_says_so(office: Office) -> None:
    office.flaps("web")
    office.flaps("db")
    office.passes(10)

    assert shown(office) == [("ops", "waits", "gathered with others", 20)]


def test_what_somebody_wishes_is_the_reason(open_office: OpenOffice) -> None:
    office = open_office(ops=Terms(limit=Rate(1, 3600.0)), boss=Terms(after=900.0))
    office.flaps("web", "ops")
    office.passes(60)
    office.flaps("db", "ops")
    office.flaps("cache", "boss")
    office.passes(60)
    office.silence("queue", seconds=3600, reason="deploy")
    office.flaps("queue", "ops")
    office.passes()

    assert shown(office) == [
        ("boss", "waits", "told if it is still open then", 840),
        ("ops", "waits", "limit: 1/h", 3480),
        ("ops", "waits", "silenced by alice (deploy)", 3600),
    ]


def test_what_a_server_says_is_the_reason(office: Office) -> None:
    office.answer = lambda _: down("relay: Connection refused", mailbag.UNSEEN)
    office.flaps("web", "ops")
    office.passes(60)
    (refused,) = shown(office)
    assert refused[:3] == ("ops", "tried", "relay: Connection refused")
    assert refused[3] is not None


def test_what_is_refused_for_now_and_for_good(office: Office) -> None:
    office.answer = lambda job: retry("450 later") if job.rcpt == "ops" else dead("550 nobody")
    office.flaps("web", "everybody")
    office.passes(1)

    assert shown(office) == [("boss", "lost", "550 nobody", None), ("ops", "tried", "450 later", 5)]
