"""The queue in Django's admin site, asked with Django's test client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import dead, retry, sent

pytest.importorskip("django")

import django_site  # noqa: F401
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

pytestmark = pytest.mark.field("L15")
LIST = "/admin/overseer_mail/queuedmail/"
ANSWERS = {
    "ok@x.org": sent("250 taken"),
    "no@x.org": dead("550 no such user", 550),
    "full@x.org": dead("552 mailbox full, see https://x.org/?token=geheim1234", 552),
    "later@x.org": retry("450 come again", 450),
}


@pytest.fixture(scope="module")
def tables() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    yield
    connection.close()


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.live)])
def outbox(request: pytest.FixtureRequest, url_of: Callable[[str], str]) -> Iterator[Outbox]:
    url = url_of(request.param)
    made = Outbox(url)
    for rcpt in ANSWERS:
        made.put_mail(b"Subject: Hello\r\nTo: you\r\n\r\nhttp://x.org/?key=1\r\n", "a@x.org", rcpt)
    made.work_off(plain(lambda job: ANSWERS[job.rcpt]))
    made.put_mail(b"Subject: Bulk\r\n\r\nx", "a@x.org", "due@x.org", queue="bulk")
    with override_settings(OVERSEER_MAIL_URL=url):
        yield made
    made.close()


@pytest.fixture
def client(tables: None) -> Iterator[Client]:
    yield user("boss", superuser=True)
    LogEntry.objects.all().delete()
    User.objects.all().delete()


def user(name: str, *permissions: str, superuser: bool = False) -> Client:
    made = User.objects.create(username=name, is_staff=True, is_superuser=superuser)
    made.user_permissions.set(
        Permission.objects.filter(codename__in=[f"{one}_queuedmail" for one in permissions])
    )
    client = Client()
    client.force_login(made)
    return client


def text_of(client: Client, url: str = LIST, **query: Any) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def ids(outbox: Outbox, state: str) -> list[int]:
    return [row.id for row in outbox.rows(state)]


def test_it_is_found_on_the_first_page(client: Client, outbox: Outbox) -> None:
    page = text_of(client, "/admin/")

    assert LIST in page
    assert "Queued mails" in page


def test_the_dead_are_listed_first_with_why_and_without_what_is_secret(
    client: Client, outbox: Outbox
) -> None:
    page = text_of(client)

    assert "no@x.org" in page
    assert "550 no such user" in page
    assert "token=***" in page
    assert "geheim" not in page
    assert "due@x.org" not in page
    for word in ("due (1)", "waiting (1)", "leased (0)", "</b> (2)", "sent (1)"):
        assert word in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({"state": "due"}, {"due@x.org"}),
        ({"state": "waiting"}, {"later@x.org"}),
        ({"state": "sent"}, {"ok@x.org"}),
        ({"state": "nonsense"}, {"no@x.org", "full@x.org"}),
        ({"state": "dead", "q": "FULL"}, {"full@x.org"}),
        ({"state": "due", "queue": "bulk"}, {"due@x.org"}),
        ({"state": "due", "queue": "mail"}, set()),
        ({"state": "dead", "skip": "1"}, {"no@x.org"}),
        ({"state": "dead", "skip": "-1"}, {"no@x.org", "full@x.org"}),
        ({"state": "dead", "q": "'; DROP TABLE outbox_job; --"}, set()),
    ],
)
def test_the_list_is_filtered(
    query: dict[str, str], seen: set[str], client: Client, outbox: Outbox
) -> None:
    rows = text_of(client, **query).split("<tbody>")[1]

    assert {rcpt for rcpt in (*ANSWERS, "due@x.org") if rcpt in rows} == seen


def test_a_long_list_comes_in_pages(client: Client, outbox: Outbox) -> None:
    for number in range(150):
        outbox.put_mail(b"Subject: x\r\n\r\nx", "a@x.org", f"n{number}@x.org", queue="long")

    first = text_of(client, state="due", queue="long")
    second = text_of(client, state="due", queue="long", skip=100)

    assert "?state=due&amp;queue=long&amp;skip=100" in first
    assert "n99@x.org" in first
    assert "n100@x.org" not in first
    assert "n149@x.org" in second
    assert 'href="?state=due&amp;queue=long"' in second
    assert "skip=" not in second


def test_one_mail_is_shown_but_for_what_lets_somebody_in(client: Client, outbox: Outbox) -> None:
    [id] = [row.id for row in outbox.rows("dead") if row.rcpt == "no@x.org"]

    page = text_of(client, f"{LIST}{id}/change/")

    for word in ("no@x.org", "550 no such user", "Hello", "a@x.org"):
        assert word in page
    assert "?key" not in page
    assert client.get(f"{LIST}4711/change/").status_code == 404


def test_the_dead_are_sent_again(client: Client, outbox: Outbox) -> None:
    chosen = ids(outbox, "dead")
    data = {"action": "retry", "id": chosen, "state": "dead", "q": "x"}

    answer = client.post(LIST, data, follow=True)

    assert answer.redirect_chain == [(f"{LIST}?state=dead&q=x", 302)]
    assert "2 put back to be sent at once." in answer.content.decode()
    assert outbox.counts().dead == 0
    assert set(chosen) <= set(ids(outbox, "due"))
    logged = LogEntry.objects.filter(action_flag=CHANGE)
    assert {entry.object_repr for entry in logged} == {
        f"{chosen[0]} to full@x.org",
        f"{chosen[1]} to no@x.org",
    }


def test_one_that_waits_is_sent_at_once(client: Client, outbox: Outbox) -> None:
    [id] = ids(outbox, "waiting")

    client.post(f"{LIST}{id}/change/", {"action": "retry"})

    assert id in ids(outbox, "due")


def test_deleting_asks_first(client: Client, outbox: Outbox) -> None:
    [id] = ids(outbox, "due")

    question = client.post(LIST, {"action": "delete", "id": [id]})
    assert f"{id} to due@x.org (due)" in question.content.decode()
    assert ids(outbox, "due") == [id]

    answer = client.post(LIST, {"action": "delete", "id": [id], "sure": "yes"}, follow=True)
    assert "1 deleted." in answer.content.decode()
    assert ids(outbox, "due") == []
    assert LogEntry.objects.get(action_flag=DELETION).object_repr == f"{id} to due@x.org"


def test_what_cannot_be_done_is_said(client: Client, outbox: Outbox) -> None:
    [id] = ids(outbox, "sent")
    data = {"action": "delete", "id": [id, 4711], "sure": "yes"}

    answer = client.post(LIST, data, follow=True).content.decode()

    assert "0 deleted." in answer
    assert "2 left alone: sent, being sent, or gone already." in answer
    assert ids(outbox, "sent") == [id]
    for data in ({"action": "retry"}, {"id": [id]}, {"action": "burn", "id": [id]}):
        answer = client.post(LIST, data, follow=True).content.decode()
        assert "Nothing was done" in answer
    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("permissions", "codes"),
    [
        ((), (403, 403, 403)),
        (("view",), (200, 403, 403)),
        (("view", "change"), (200, 302, 403)),
        (("view", "delete"), (200, 403, 302)),
    ],
)
def test_each_may_do_what_the_permissions_say(
    permissions: tuple[str, ...], codes: tuple[int, ...], client: Client, outbox: Outbox
) -> None:
    somebody = user("somebody", *permissions)
    [id] = ids(outbox, "waiting")

    assert (
        somebody.get(LIST).status_code,
        somebody.post(LIST, {"action": "retry", "id": [id]}).status_code,
        somebody.post(LIST, {"action": "delete", "id": [id], "sure": "yes"}).status_code,
    ) == codes
    if permissions:
        page = text_of(somebody)
        assert ("Send again" in page, "Delete …" in page) == (
            "change" in permissions,
            "delete" in permissions,
        )


def test_nobody_gets_in_without_a_login_or_from_another_site(
    client: Client, outbox: Outbox
) -> None:
    assert Client().get(LIST).status_code == 302
    boss = Client(enforce_csrf_checks=True)
    boss.force_login(User.objects.get(username="boss"))

    answer = boss.post(LIST, {"action": "delete", "id": ids(outbox, "due"), "sure": "yes"})

    assert answer.status_code == 403
    assert len(ids(outbox, "due")) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "set OVERSEER_MAIL_URL to the queue"),
        ("sqlite:////no/such/folder/mail.db", "there is no queue at"),
        ("nonsense://x", "nonsense"),
    ],
)
def test_a_queue_that_is_not_there_is_said_on_the_page(
    url: str, message: str, client: Client
) -> None:
    with override_settings(OVERSEER_MAIL_URL=url):
        for address in (LIST, f"{LIST}1/change/"):
            assert message in text_of(client, address)


def test_it_needs_no_table_of_its_own(client: Client) -> None:
    assert "overseer_mail_queuedmail" not in connection.introspection.table_names()
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("check", verbosity=0)
