"""Contacts, their groups, and whether everybody named is there."""

from collections.abc import Callable

import pytest

from overseer.config import Config
from overseer.contacts.email import Email, MailDefaults, Tls

Problems = Callable[..., list[str]]
Read = Callable[..., Config]

WEB = "watches: {web: {command: x, notify: ops}}\n"


def test_an_address_is_a_complete_contact(read: Read) -> None:
    config = read(WEB + "contacts: {ops: {email: ops@example.org}}\n")

    assert config.contacts == {"ops": Email(to=("ops@example.org",))}


def test_a_contact_starts_from_what_mail_says(read: Read) -> None:
    config = read(
        """
        watches: {web: {command: x, notify: ops}}
        mail: {smtp: "smtp://ada@relay:587", tls: starttls, from: overseer@example.org}
        contacts: {ops: {email: {to: [a@b.c, d@e.f], log_lines: 5}}}
        """
    )

    assert config.settings.mail.tls is Tls.STARTTLS
    assert config.contacts["ops"] == Email(
        to=("a@b.c", "d@e.f"),
        log_lines=5,
        from_="overseer@example.org",
        server_host="relay",
        server_port=587,
        user="ada",
        tls=Tls.STARTTLS,
    )


def test_without_mail_there_are_no_defaults(read: Read) -> None:
    assert read("watches: {}\n").settings.mail == MailDefaults()


@pytest.mark.case(142)
def test_contacts_join_groups_from_either_side(read: Read) -> None:
    config = read("""
        contacts:
          tom: {email: t@b.c, group: devs}
          chris: {email: c@b.c, groups: [devs, night]}
          ada: {email: a@b.c}
        contact_groups:
          night: [ada, chris]
        watches:
          web: {command: x, notify: [devs, night]}
    """)

    assert config.contact_groups == {"devs": ("tom", "chris"), "night": ("chris", "ada")}
    assert config.warnings == ()


@pytest.mark.case(28)
@pytest.mark.parametrize(
    ("name", "said"),
    [("opps", "did you mean ops?"), ("nobody", "write it under contacts: nobody: …")],
)
def test_telling_somebody_unknown_is_an_error(name: str, said: str, problems: Problems) -> None:
    found = problems(f"""
        contacts: {{ops: {{email: o@b.c}}}}
        watches:
          web:
            command: x
            alert_if: {{cpu_usage: {{above: 1%, notify: {name}}}}}
    """)

    assert found == [f"5:47: notify: there is no contact {name}; {said}"]


def test_a_contact_that_nobody_tells_is_a_warning(read: Read) -> None:
    config = read("contacts: {ops: {email: o@b.c}}\nwatches: {}\n")

    (warning,) = config.warnings
    assert warning.message == ("nothing notifies the contact ops; write notify: ops in a watch")


@pytest.mark.case(143)
@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        ("'': {email: a@b.c}", "'' is not understood; write a name like web"),
        ("ops: {emial: a@b.c}", "no contact is called 'emial'; did you mean email?"),
        ("ops: {email: nobody}", "'nobody' is not an address; write ops@example.org"),
        ("ops: {email: {}}", "ops: to is missing; write to: "),
        ("ops: {email: {to: a@b.c, prot: 5}}", "ops has no option prot"),
        ("ops: {email: {to: a@b.c, tls: maybe}}", "'maybe' is not understood; write none or"),
        ("ops: a@b.c", "ops: 'a@b.c' is not understood; write {email: ops@example.org}"),
        ("ops: {}", "the contact ops has no way of reaching it"),
        ("ops: {email: a@b.c, campfire: {}}", "the contact ops is reached in 2 ways"),
        ("ops: {email: a@b.c, group: ops}", "ops is a contact and a contact group"),
    ],
)
def test_a_contact_that_makes_no_sense_is_an_error(
    contacts: str, said: str, problems: Problems
) -> None:
    found = problems(f"contacts: {{{contacts}}}\n")

    assert any(said in line for line in found), found


@pytest.mark.parametrize(
    "service", ["campfire", "hipchat", "twitter", "prowl", "scout", "airbrake"]
)
def test_gods_dead_services_are_told_what_to_use_instead(service: str, problems: Problems) -> None:
    (found,) = problems(f"contacts: {{ops: {{{service}: {{token: x}}}}}}\n")

    assert found.startswith(f"1:18: {service} is no longer to be reached as god did; use ")


@pytest.mark.case(144)
def test_a_name_of_a_contact_is_taken_once(problems: Problems) -> None:
    found = problems("""
        contacts:
          ops: {email: o@b.c}
          devs: {email: d@b.c}
        contact_groups:
          devs: [ops]
    """)

    assert found == ["5:3: devs is a contact and a contact group; give one another name"]


def test_a_group_of_somebody_unknown_is_an_error(problems: Problems) -> None:
    found = problems("contacts: {ops: {email: o@b.c}}\ncontact_groups: {night: [ops, opps]}\n")

    assert found == ["2:31: night: there is no contact opps; did you mean ops?"]


def test_settings_are_read_by_their_fields(read: Read) -> None:
    settings = read("settings: {log_dir: /var/log/x, log_size: 1MB, log_files: 3}\n").settings

    assert (settings.log_dir, settings.log_size, settings.log_files) == ("/var/log/x", 2**20, 3)


@pytest.mark.parametrize("key", ["operator_group", "socket_group"])
def test_operators_have_a_group_by_either_word(key: str, read: Read) -> None:
    assert read(f"settings: {{{key}: root}}\n").settings.operators == "root"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settings: {log_dri: /x}", "1:12: settings has no option log_dri; did you mean log_dir?"),
        ("settings: {log_files: 0}", "1:23: settings: log_files: 0 is not understood; write 5"),
        (
            "settings: {operator_group: a, socket_group: a}",
            "1:12: settings: socket_group and operator_group are the same; write operator_group",
        ),
        ("mail: {from: nobody}", "1:8: mail: 'nobody' is not an address; write ops@example.org"),
        ("settings: {mail: {}}", "1:12: settings has no option mail"),
        (
            'settings: {maintenance: {when: "0 2 * * 8", for: 2h}}',
            "1:32: settings: maintenance: when: '8' is no day of the week: 0 to 7",
        ),
        (
            'settings: {maintenance: {when: "0 2 * * 0", for: 0}}',
            "1:50: settings: maintenance: for: from a minute to 30d; write 2h",
        ),
        (
            'settings: {maintenance: {when: "0 2 * * 0", for: 2h, watches: "@db"}}',
            "1:25: maintenance: no watch or tag @db; name a watch, a @tag or a glob",
        ),
        ("mail: {smtp: 'http://x'}", "1:14: mail: smtp: 'http://x' is not understood; write smtp:"),
        ("mail: {smtp: 'smtp://a:b@c'}", "1:14: mail: smtp: a password in the URL is seen by"),
    ],
)
def test_settings_that_make_no_sense_are_an_error(text: str, said: str, problems: Problems) -> None:
    (found,) = problems(f"{text}\n")

    assert found.startswith(said)


@pytest.mark.parametrize(
    ("contact", "warned"),
    [
        ("{email: a@b.c}", True),
        ("{email: {to: a@b.c, sendmail: /usr/sbin/sendmail}}", True),
        ("{email: {to: a@b.c, server_host: relay.example.org}}", False),
        ("{command: {command: /usr/bin/page-me}}", False),
    ],
)
def test_a_contact_that_needs_what_overseer_watches_is_a_warning(
    problems: Problems, contact: str, warned: bool
) -> None:
    text = "watches: {mta: {command: /usr/sbin/postfix start-fg, user: ada, notify: ops}}\n"
    found = problems(f"{text}contacts: {{ops: {contact}}}\n", warnings=True)

    said = (
        "its mails go through mta, which overseer watches: of its death nobody would hear in time"
    )
    assert any(said in line for line in found) is warned
