"""`contact_defaults:` and the ways of telling beyond e-mail, as a watch file has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from overseer.config import Config, explicit, load
from overseer.contacts.alertmanager import Alertmanager
from overseer.contacts.apprise import Apprise
from overseer.contacts.base import Contact
from overseer.contacts.command import Command
from overseer.contacts.email import Email
from overseer.contacts.sensu import Sensu
from overseer.contacts.slack import Slack
from overseer.contacts.statsd import Statsd
from overseer.contacts.webhook import Webhook

Problems = Callable[..., list[str]]
Read = Callable[..., Config]
URL = "https://example.org/x"
WEB = "watches: {web: {command: x, notify: ops}}\n"


@pytest.mark.parametrize(
    ("way", "contact"),
    [
        (f"webhook: '{URL}'", Webhook(url=URL)),
        (f"webhook: {{url: '{URL}', headers: {{X-A: b}}}}", Webhook(url=URL, headers={"X-A": "b"})),
        (f"slack: '{URL}'", Slack(url=URL)),
        ("slack: {url_file: /x, emoji: ':fire:'}", Slack(url_file="/x", emoji=":fire:")),
        ("command: /bin/page 'a b' -n", Command(command="/bin/page 'a b' -n")),
        ("command: [/bin/page, a b]", Command(command=("/bin/page", "a b"))),
        ("command: {command: [x], timeout: 5s}", Command(command=("x",), timeout=5.0)),
        ("statsd: graphite", Statsd(host="graphite")),
        ("statsd: ", Statsd()),
        ("sensu: ", Sensu()),
        ("sensu: {handler: [a, b]}", Sensu(handler=("a", "b"))),
        (f"alertmanager: ['{URL}', '{URL}2']", Alertmanager(url=(URL, f"{URL}2"))),
        ("apprise: /x", Apprise(urls_file="/x")),
    ],
)
def test_ways_of_telling_are_read_by_their_fields(way: str, contact: Contact, read: Read) -> None:
    assert read(f"{WEB}contacts: {{ops: {{{way}}}}}\n").contacts == {"ops": contact}


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("jabber: {password: hunter2}", "ops has no option password; did you mean password_"),
        ("webhook: {}", "ops: url is missing; write url: "),
        ("webhook: {url: x}", "ops: url: is no URL that HTTP understands; write https://host/path"),
        ("command: page | mail", "ops: command: an unquoted | means something to a shell only"),
        ("slack: {account: x}", "ops has no option account"),
    ],
)
@pytest.mark.case(143)
def test_what_makes_no_sense_is_an_error(way: str, said: str, problems: Problems) -> None:
    found = problems(f"{WEB}contacts: {{ops: {{{way}}}}}\n")

    assert any(said in line for line in found), found
    assert "hunter2" not in "\n".join(found)


def ops(read: Read, defaults: str, way: str) -> Any:
    text = f"{WEB}contact_defaults: {{{defaults}}}\ncontacts: {{ops: {{{way}}}}}\n"
    return read(text).contacts["ops"]


def test_a_contact_starts_from_the_defaults_of_its_way(read: Read) -> None:
    defaults = "webhook: {timeout: 5s, log_lines: 3}, slack: {timeout: 7s}"

    assert ops(read, defaults, f"webhook: '{URL}'") == Webhook(url=URL, timeout=5.0, log_lines=3)
    assert ops(read, "statsd: {port: 9}", "statsd: ") == Statsd(port=9)
    assert ops(read, "statsd: {port: 9}", "statsd: h") == Statsd(host="h", port=9)


def test_a_default_may_bring_what_every_contact_needs(read: Read) -> None:
    assert ops(read, "apprise: {urls_file: /x}", "apprise: ") == Apprise(urls_file="/x")
    assert ops(read, f"webhook: {{url: '{URL}'}}", "webhook: ") == Webhook(url=URL)


def test_what_a_contact_writes_holds_value_by_value(read: Read) -> None:
    defaults = "webhook: {insecure: true, timeout: 5s, log_lines: 3}"

    found = ops(read, defaults, f"webhook: {{url: '{URL}', insecure: false, timeout: null}}")

    assert found == Webhook(url=URL, insecure=False, timeout=10.0, log_lines=3)


@pytest.mark.parametrize(
    ("defaults", "way", "contact"),
    [
        ("slack: {url_env: A}", "slack: {url_file: /x}", Slack(url_file="/x")),
        ("slack: {url_env: A}", f"slack: '{URL}'", Slack(url=URL)),
        (
            "webhook: {token_file: /x}",
            f"webhook: {{url: '{URL}', token_env: T}}",
            Webhook(url=URL, token_env="T"),
        ),
        (
            "email: {sendmail: /s}",
            "email: {to: a@b.c, server_host: h}",
            Email(to=("a@b.c",), server_host="h"),
        ),
    ],
)
def test_what_excludes_a_default_displaces_it(
    defaults: str, way: str, contact: Contact, read: Read
) -> None:
    assert ops(read, defaults, way) == contact


def test_mail_stands_below_the_defaults_of_email(read: Read) -> None:
    config = read(
        """
        mail: {smtp: "smtp://relay", insecure: true, from: overseer@example.org}
        contact_defaults: {email: {from: ops@example.org, log_lines: 2}}
        contacts: {ops: {email: [a@b.c, d@e.f]}, boss: {email: {to: a@b.c, insecure: false}}}
        watches: {web: {command: x, notify: [ops, boss]}}
        """
    )

    ops, boss = config.contacts["ops"], config.contacts["boss"]
    assert isinstance(ops, Email)
    assert isinstance(boss, Email)
    assert (ops.from_, ops.log_lines, ops.server_host) == ("ops@example.org", 2, "relay")
    assert (ops.insecure, boss.insecure) == (True, False)


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ("{webhok: {}}", "1:20: no contact is called 'webhok'; did you mean webhook?"),
        ("{campfire: {}}", "1:20: campfire is no longer to be reached as god did; use slack or"),
        ("{webhook: x}", "1:29: contact_defaults: webhook: 'x' is not understood; write a mapping"),
        (
            "{webhook: {timout: 5s}}",
            "1:30: contact_defaults: webhook has no option timout; did you mean timeout?",
        ),
        (
            "{webhook: {timeout: soon}}",
            "1:39: contact_defaults: webhook: timeout: 'soon' is not understood; write 30s or 5m",
        ),
        ("[webhook]", "1:19: contact_defaults: a list is not understood; write a mapping, NAME: …"),
    ],
)
def test_defaults_that_make_no_sense_are_an_error(
    defaults: str, said: str, problems: Problems
) -> None:
    user = f"contacts: {{ops: {{webhook: '{URL}'}}}}\n{WEB}"

    (found,) = problems(f"contact_defaults: {defaults}\n{user}")

    assert found.startswith(said)


def test_the_explicit_form_keeps_the_defaults(read: Read, tmp_path: Path) -> None:
    config = read(
        f"{WEB}contact_defaults: {{webhook: {{timeout: 5s}}}}\n"
        f"contacts: {{ops: {{webhook: '{URL}'}}}}\n"
    )
    path = tmp_path / "explicit.yml"
    path.write_text(explicit.render("web", config))

    again = load([path], check_host=False, host=config.host)

    assert again.contacts == config.contacts == {"ops": Webhook(url=URL, timeout=5.0)}
