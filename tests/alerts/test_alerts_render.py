"""What people read."""

from dataclasses import replace
from pathlib import Path

import pytest

from overseer.alerts import render
from overseer.alerts.letter import Facts
from overseer.alerts.moment import clock, moment
from overseer.alerts.plot import bars
from overseer.alerts.preview import preview
from overseer.alerts.subject import LONGEST, subject
from overseer.contacts.base import Contact
from overseer.model.change import Change

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
    until = clock(AT + 600, AT)

    assert subject([FLAPPING], "db1") == f"[db1] mailworker: flapping, held until {until}"


def test_a_gathered_mail_names_the_others() -> None:
    more = [
        Facts(watch=n, change="crashed", headline="h", message="m", at=AT, incident=n) for n in "ab"
    ]

    assert subject([FLAPPING, *more], "db1").endswith("; and 2 more (a, b)")


def test_a_subject_is_one_line_of_bounded_length() -> None:
    facts = Facts(
        watch="w", change="crashed", headline="a\nb" * 200, message="", at=AT, incident="i"
    )

    found = subject([facts], "db1")

    assert "\n" not in found
    assert len(found) <= LONGEST


def test_a_mail_carries_its_evidence() -> None:
    found = text(FLAPPING)

    for line in (
        "Watch:    mailworker",
        "Host:     db1",
        "What:     flapping, held",
        "Why:      flapping: 5 launches within 5m",
        "Samples:  98MB, *104MB",
        "Ended:    exit code 3, after 12s",
        f"Next:     tried again in 10m ({clock(AT + 600, AT)})",
        f"When:     {moment(AT)}",
        "    overseer why mailworker",
    ):
        assert line in found, line


def test_moments_are_as_exact_as_they_are_near() -> None:
    assert len(clock(AT + 5, AT)) == len("15:42:07")
    assert len(clock(AT + 600, AT)) == len("15:42")
    assert len(clock(AT + 86400, AT)) == len("2026-01-31 15:42")


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


def test_one_line_is_one(tmp_path: Path) -> None:
    found = text(replace(FLAPPING, log="/log/web.log", lines=("boom",)))

    assert "The last line of /log/web.log:" in found


def test_what_was_left_running_is_restarted_and_not_started() -> None:
    found = text(replace(FLAPPING, next="left running; checks restart it again in 5m"))

    assert "overseer restart mailworker  # all the same" in found
    assert "overseer start" not in found


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


@pytest.mark.field("S8")
def test_a_template_sees_nothing_of_python(tmp_path: Path) -> None:
    body = "{{ cycler.__init__.__globals__.os.popen('id').read() }}"
    (tmp_path / "alert.txt.j2").write_text(body)

    found = text(FLAPPING, Contact(templates=str(tmp_path)))
    assert "uid=" not in found
    assert "Watch:    mailworker" in found


def many(count: int, **changes: object) -> list[Facts]:
    return [replace(FLAPPING, watch=f"w{n}", incident=f"w{n}.1", **changes) for n in range(count)]  # type: ignore[arg-type]


def test_many_alerts_begin_with_a_line_of_each_and_the_first_are_shown_in_full() -> None:
    found = render.notice(many(30), ID, "db1", Contact())

    assert found.text.count("Watch:    ") == render.MOST_IN_FULL
    assert found.text.startswith("30 alerts:\n\n    ")
    assert "The first 20 in full:" in found.text
    assert "w29: flapping, held" in found.text
    assert "w29" in found.html


def test_what_fits_on_a_screen_needs_no_list() -> None:
    assert "alerts:" not in text_of(many(3))
    assert "4 alerts:" in text_of(many(4))
    assert "in full" not in text_of(many(4))


def text_of(items: list[Facts]) -> str:
    return render.notice(items, ID, "db1", Contact()).text


def test_in_the_dark_it_is_dark() -> None:
    html = render.notice([FLAPPING], ID, "db1", Contact()).html

    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_of_a_great_many_it_says_how_many_are_left_out() -> None:
    found = render.notice(many(1000), ID, "db1", Contact())

    assert found.text.startswith("1000 alerts:")
    assert "... 480 are left out" in found.text


def test_of_one_incident_the_subject_says_how_it_stands_now() -> None:
    items = [
        FLAPPING,
        replace(FLAPPING, change="gave_up", headline="gave up", until=None, at=AT + 60),
        replace(FLAPPING, change="recovered", headline="recovered after 2h", at=AT + 7200),
    ]

    found = render.notice(items, ID, "db1", Contact())

    assert found.subject == "[db1] mailworker: recovered after 2h; before that flapping, gave up"
    assert found.headers["X-Overseer-Event"] == "recovered"
    assert found.text.count("To type on db1:") == 1
    assert "    overseer history --incident mailworker.boot.1\n" in found.text


def test_what_was_held_back_says_why() -> None:
    found = render.notice(many(5), ID, "db1", Contact(), "limit: 20/h")

    assert found.subject == "[db1] 5 alerts held back (limit: 20/h): w0, w1, w2, …"
    assert found.text.startswith("Held back until now (limit: 20/h).")
    assert "Held back until now" in found.html


def test_samples_are_bars_that_every_mail_client_draws() -> None:
    html = render.notice([replace(FLAPPING, samples=("50MB", "*100MB"))], ID, "db1", Contact()).html

    assert 'width="50%"' in html
    assert 'width="100%"' in html
    assert "<svg" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("samples", "shown"),
    [
        (("98MB", "*1.5GB"), [("98MB", 6, False), ("1.5GB", 100, True)]),
        (("*97%", "88%"), [("97%", 100, True), ("88%", 91, False)]),
        (("3", "*12"), [("3", 25, False), ("12", 100, True)]),
        (("0.2s", "*5s"), [("0.2s", 4, False), ("5s", 100, True)]),
        (("*104MB",), []),
        (("*timed out", "*200 OK"), []),
        (("0", "0"), []),
        ((), []),
    ],
)
def test_only_numbers_are_bars(
    samples: tuple[str, ...], shown: list[tuple[str, int, bool]]
) -> None:
    assert [tuple(bar) for bar in bars(samples)] == shown


@pytest.mark.parametrize("change", list(Change))
def test_there_is_an_example_of_every_event(change: Change) -> None:
    found = preview(change, AT, "db1", Contact())

    assert found.headers["X-Overseer-Event"] == change
    assert len(found.subject) > len("[db1] mailworker: ")
    assert "</html>" in found.html
