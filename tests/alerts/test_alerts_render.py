"""What people read."""

from dataclasses import replace
from pathlib import Path

import pytest

from overseer.alerts import render
from overseer.alerts.letter import Facts
from overseer.contacts.base import Contact

pytestmark = pytest.mark.design("6")

AT = 1_700_000_000.0
FLAPPING = Facts(
    watch="mailworker",
    change="flapping",
    headline="flapping, held",
    message="flapping: 5 launches within 5m",
    at=AT,
    incident="mailworker.boot.1",
    next="tried again in 10m",
    until=AT + 600,
    exit="exit code 3",
    ran_for="12s",
    samples=("98MB", "*104MB"),
)
ID = "<1@db1>"


def text(facts: Facts, contact: Contact | None = None) -> str:
    return render.notice([facts], ID, "db1", contact or Contact()).text


def test_the_host_stands_first_in_the_subject() -> None:
    until = render.clock(AT + 600, AT)

    assert render.subject([FLAPPING], "db1") == f"[db1] mailworker: flapping, held until {until}"


def test_a_gathered_mail_names_the_others() -> None:
    more = [
        Facts(watch=n, change="crashed", headline="h", message="m", at=AT, incident=n) for n in "ab"
    ]

    assert render.subject([FLAPPING, *more], "db1").endswith("; and 2 more (a, b)")


def test_a_subject_is_one_line_of_bounded_length() -> None:
    facts = Facts(
        watch="w", change="crashed", headline="a\nb" * 200, message="", at=AT, incident="i"
    )

    found = render.subject([facts], "db1")

    assert "\n" not in found
    assert len(found) <= render.LONGEST_SUBJECT


def test_a_mail_carries_its_evidence() -> None:
    found = text(FLAPPING)

    for line in (
        "Watch:    mailworker",
        "Host:     db1",
        "What:     flapping, held",
        "Why:      flapping: 5 launches within 5m",
        "Samples:  98MB, *104MB",
        "Ended:    exit code 3, after 12s",
        f"Next:     tried again in 10m ({render.clock(AT + 600, AT)})",
        f"When:     {render.moment(AT)}",
        "    overseer status mailworker",
    ):
        assert line in found, line


def test_moments_are_as_exact_as_they_are_near() -> None:
    assert len(render.clock(AT + 5, AT)) == len("15:42:07")
    assert len(render.clock(AT + 600, AT)) == len("15:42")
    assert len(render.clock(AT + 86400, AT)) == len("2026-01-31 15:42")


def test_html_is_escaped() -> None:
    facts = Facts(watch="w", change="crashed", headline="<b>", message="a & b", at=AT, incident="i")

    html = render.notice([facts], ID, "db1", Contact()).html

    assert "&lt;b&gt;" in html
    assert "a &amp; b" in html


def test_the_last_lines_of_the_log_are_shown() -> None:
    facts = replace(FLAPPING, log="/log/web.log", lines=("line 97", "line 98", "line 99"))

    found = text(facts, Contact(log_lines=2))

    assert "The last 2 lines of /log/web.log:" in found
    assert "    line 98\n" in found
    assert "line 97" not in found
    assert "The last" not in text(facts, Contact(log_lines=0))


def test_mails_of_one_incident_refer_to_the_same_root() -> None:
    first = render.notice([FLAPPING], ID, "db1", Contact())
    second = render.notice([FLAPPING], "<2@db1>", "db1", Contact())

    assert first.references == second.references == ("<mailworker.boot.1@db1>",)


def test_headers_serve_filters() -> None:
    assert render.notice([FLAPPING], ID, "db1", Contact()).headers == {
        "X-Overseer-Host": "db1",
        "X-Overseer-Watch": "mailworker",
        "X-Overseer-Event": "flapping",
        "X-Overseer-Incident": "mailworker.boot.1",
    }


def test_a_sysadmins_own_template_is_taken(tmp_path: Path) -> None:
    (tmp_path / "alert.txt.j2").write_text("{{ items[0].watch }} has {{ items[0].headline }}")

    assert text(FLAPPING, Contact(templates=str(tmp_path))) == "mailworker has flapping, held\n"


@pytest.mark.parametrize("body", ["{{ nothing_of_that_name }}", "{% if %}", "{{ 1 / 0 }}"])
def test_a_template_that_does_not_work_costs_no_mail(tmp_path: Path, body: str) -> None:
    (tmp_path / "alert.txt.j2").write_text(body)

    assert "Watch:    mailworker" in text(FLAPPING, Contact(templates=str(tmp_path)))
