"""god's contacts reach the same people here, and no secret is written down."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gods import CONFIGS, Imported, translated

from overseer.contacts.email import Email, Tls

Import = Callable[..., Imported]


def email(imported: Import, config: str, name: str) -> Email:
    contact = imported(config).config.contacts[name]
    assert isinstance(contact, Email)
    return contact


def test_names_and_addresses_are_put_together(imported: Import) -> None:
    contact = email(imported, "contacts_email", "smtp")

    assert contact.to == ("Ada Lovelace <smtp@example.org>",)
    assert contact.from_ == '"God, the daemon" <god@example.org>'
    assert contact.server() == ("relay.example.org", 2525, Tls.NONE)


def test_a_password_is_read_from_a_file_that_is_named(imported: Import) -> None:
    contact = email(imported, "contacts_email", "login")

    assert (contact.user, contact.password_file) == ("god", "/etc/overseer/login.password")
    assert contact.tls is Tls.IMPLICIT
    assert "write the password into /etc/overseer/login.password" in (
        imported("contacts_email").remarks
    )


def test_sendmail_is_sendmail(imported: Import) -> None:
    contact = email(imported, "contacts_email", "local")

    assert contact.sendmail == "/usr/lib/sendmail"
    assert 'sendmail_args = "-t" is left out' in imported("contacts_email").remarks


def test_what_all_of_them_share_is_written_once(imported: Import) -> None:
    found = imported("contacts_old")

    assert found.text.count("smtp.example.org") == 1
    assert [email(imported, "contacts_old", one).server_host for one in ("tom", "chris")] == [
        "smtp.example.org",
        "smtp.example.org",
    ]
    assert email(imported, "contacts_old", "tom").user == "god user"


def test_other_ways_keep_their_options(imported: Import) -> None:
    contacts = imported("contacts_others").config.contacts
    kinds = {name: type(contact).__name__ for name, contact in contacts.items()}

    assert kinds == {
        "hook": "Webhook",
        "form": "Webhook",
        "chat": "Jabber",
        "checks": "Sensu",
        "numbers": "Statsd",
        "channel": "Slack",
    }
    assert [str(contacts[name].format) for name in ("hook", "form")] == ["json", "form"]  # type: ignore[attr-defined]
    assert imported("contacts_others").config.contact_groups == {"people": ("channel",)}


def test_a_webhook_is_sent_a_form_where_nothing_else_was_said(of: Import) -> None:
    contact = "God.contact(:webhook) { |c| c.name = 'hook'; c.url = 'http://example.org/' }"
    found = of("w.keepalive", around=contact)

    assert "hook: {webhook: {format: form, url: http://example.org/}}" in found.text


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("campfire", "slack, a webhook, or apprise"),
        ("hipchat", "slack, a webhook, or apprise"),
        ("prowl", "apprise with a prowl:// URL"),
        ("scout", "statsd, or alertmanager"),
        ("airbrake", "a webhook"),
        ("twitter", "apprise"),
    ],
)
def test_a_service_that_is_gone_names_what_to_use(
    imported: Import, name: str, instead: str
) -> None:
    found = imported("contacts_gone")

    (said,) = (part for part in found.remarks.split(f"{name} is left out (")[1:2])
    assert instead in said.split(" is left out")[0]
    assert name not in found.config.contacts


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.god")), ids=lambda path: path.stem)
def test_no_password_and_no_token_is_ever_written(
    needs_ruby: None, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    monkeypatch.setenv("STAGE", "production")

    assert "hunter2" not in translated(path)


def test_of_two_contacts_of_one_name_the_first_is_kept(of: Import) -> None:
    contact = "God.contact(:email) {{ |c| c.name = 'ops'; c.to_email = '{}@example.org' }}\n"
    found = of("w.keepalive", around=contact.format("one") + contact.format("two"))

    assert "ops: {email: one@example.org}" in found.text
    assert "ops is left out" in found.remarks
