"""Contacts beyond e-mail: what they ask of the watch file, and what they make of a notice."""

from typing import Any

import pytest

from overseer.contacts.alertmanager import Alertmanager
from overseer.contacts.apprise import Apprise
from overseer.contacts.base import Contact, NotDelivered, Notice
from overseer.contacts.command import Command
from overseer.contacts.jabber import Jabber
from overseer.contacts.sensu import Sensu
from overseer.contacts.slack import Slack
from overseer.contacts.statsd import Statsd, metric
from overseer.contacts.told import Told, told
from overseer.contacts.webhook import Webhook

pytestmark = pytest.mark.design("5")

JID = {"from_jid": "a@b", "to_jid": ("c@d",), "password_file": "/pw"}
URL = "https://example.org/x"


def one(**facts: Any) -> Told:
    known = {"host": "db1.example.org", "watch": "web", "event": "flapping", "incident": "web.1"}
    return Told(**{**known, "headline": "flapping, held", "message": "why", "at": 0.0, **facts})


@pytest.mark.case(143)
@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        (Webhook, {"url": "example.org"}, "url: is no URL that HTTP understands; write https://"),
        (Webhook, {"url": "https://me:hunter2@a"}, "url: a login in the URL is seen by everybody"),
        (Webhook, {"url": "https://a:port/"}, "url: its host or port is not understood"),
        (Webhook, {"url": "https://a/b c"}, "url: holds a character that no URL may hold"),
        (Webhook, {"url": URL, "timeout": 120.0}, "timeout: 120s is not between 1s and 50s"),
        (Webhook, {"url": URL, "headers": {"a b": "c"}}, "headers: 'a b' is no name of a header"),
        (Webhook, {"url": URL, "headers": {"a": "b\nc: d"}}, "headers: a holds a character"),
        (
            Webhook,
            {"url": URL, "headers": {"authorization": "x"}, "token_env": "T"},
            "headers: authorization and a token exclude each other",
        ),
        (Webhook, {"url": URL, "token_env": "T", "token_file": "/t"}, "exclude each other"),
        (Webhook, {"url": URL, "log_lines": -1}, "log_lines: -1"),
        (Slack, {}, "url_file is missing; write url_file: /etc/overseer/slack-url"),
        (Slack, {"url": URL, "url_file": "/x"}, "url_file and url exclude each other"),
        (Slack, {"url": URL, "format": "%{hots}"}, "format: there is no %{hots}; there are prio"),
        (Jabber, {**JID, "to_jid": ()}, "to_jid: nobody is named"),
        (Jabber, {**JID, "to_jid": ("ops",)}, "to_jid: 'ops' is no Jabber address"),
        (Jabber, {**JID, "password_file": None}, "password_file is missing"),
        (Jabber, {**JID, "port": 0}, "port: 0 is not a port"),
        (Command, {"command": ("x",), "timeout": 0.0}, "timeout: 0s is not between"),
        (Statsd, {"port": 70000}, "port: 70000 is not a port"),
        (Statsd, {"prefix": "a..b"}, "prefix: 'a..b' is not understood"),
        (Sensu, {"check_name": "a b"}, "check_name: 'a b' is not understood"),
        (Sensu, {"status_code": 0}, "status_code: 0 is not understood; write 2"),
        (Alertmanager, {"url": ()}, "url: nothing is named"),
        (
            Alertmanager,
            {"url": (URL,), "labels": {"host": "x"}},
            "'host' is overseer's own",
        ),
        (Alertmanager, {"url": (URL,), "labels": {"a-b": "x"}}, "'a-b' is no name of a label"),
        (Alertmanager, {"url": (URL,), "resolve_after": 0.0}, "would never fire"),
        (Apprise, {}, "urls_file is missing"),
        (Apprise, {"urls_file": "/x", "urls_env": "Y"}, "urls_file and urls_env exclude each"),
    ],
)
def test_what_cannot_work_says_what_to_write(
    kind: type[Contact], wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is looked at below
        kind(**wrong)

    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_no_secret_stands_in_what_a_contact_looks_like() -> None:
    webhook = Webhook(url=URL, headers={"X-Key": "hunter2"})

    assert "hunter2" not in repr(Slack(url="https://hooks.example.org/hunter2"))
    assert "hunter2" not in repr(webhook)


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({"open": True}, "critical"),
        ({"event": "recovered"}, "ok"),
        ({"event": "crashed"}, "warning"),
        ({"event": "restarted"}, "warning"),
        ({"event": "notice"}, "info"),
    ],
)
def test_what_will_be_followed_by_a_recovery_is_critical(
    facts: dict[str, Any], severity: str
) -> None:
    assert one(**facts).severity == severity


def test_nothing_is_said_twice_on_a_line() -> None:
    assert one().line == "web: flapping, held: why"
    assert one(watch="", headline="why\nnot", message="why").line == "overseer: why not"


def test_a_notice_without_facts_is_told_by_its_subject() -> None:
    notice = Notice(id="<1@db1>", subject="hello", text="there", html="", at=1.0)

    (found,) = told(notice)

    assert (found.event, found.headline, found.message) == ("notice", "hello", "there")


def test_a_counter_has_one_level_a_name() -> None:
    found = metric(one(watch="web.1@a"), "overseer")

    assert found == "overseer.db1_example_org.web_1_a.flapping:1|c"


def test_two_overseers_on_a_host_are_two_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    contact = Alertmanager(url=(URL,))
    monkeypatch.setenv("OVERSEER_INSTANCE", "test")

    assert contact.labels_of(one(), alarm=True)["instance"] == "test"


@pytest.mark.parametrize("which", ["missing", "empty"])
def test_a_secret_that_cannot_be_read_is_named(
    which: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").write_text("\n")
    file = tmp_path / which
    monkeypatch.setenv("EMPTY", "")

    with pytest.raises(NotDelivered, match=f"token_file {file}: No such file|token_file .* empty"):
        Webhook(url=URL, token_file=str(file)).knock()
    with pytest.raises(NotDelivered, match="url_env: NOWHERE is not in overseer's environment"):
        Slack(url_env="NOWHERE").knock()
    with pytest.raises(NotDelivered, match="url_env: EMPTY is empty"):
        Slack(url_env="EMPTY").knock()
