"""When letters go, in which mails, and what a contact can wish: on a clock of our own."""

import time
from collections.abc import Callable

import pytest
from make_believe_office import Office

from overseer.alerts import mailbag, tray
from overseer.contacts.hours import Hours
from overseer.contacts.terms import Escalation, Rate, Terms
from overseer.model.news import Kind, News
from overseer.outbox.parcel import Job, Verdict, dead, down, retry, sent

pytestmark = pytest.mark.design("6")
OpenOffice = Callable[..., Office]
HOUR = 3600.0


def test_the_first_goes_at_once_and_those_soon_after_in_one_more_mail(office: Office) -> None:
    for name in ("web", "db", "cache"):
        office.flaps(name)
        office.passes(1)
    office.passes(60)

    assert office.mails() == [["web flapping"], ["db flapping", "cache flapping"]]
    assert office.moments() == [0.0, 30.0]


def test_a_thousand_at_once_are_two_mails(office: Office) -> None:
    for number in range(1000):
        office.flaps(f"web-{number}")
    office.passes(60)

    assert [len(mail) for mail in office.mails()] == [1, 999]


@pytest.mark.case(139)
def test_giving_up_waits_for_no_window(office: Office) -> None:
    office.flaps("web")
    office.passes(1)
    office.gives_up("db")
    office.passes(1)

    assert office.mails() == [["web flapping"], ["db gave_up"]]


def test_the_next_word_about_an_open_incident_waits_for_no_window(office: Office) -> None:
    office.happens("web", News(kind=Kind.START_FAILED, message="start failed", asked=True))
    office.passes(1)
    office.flaps("web")
    office.passes(1)

    assert office.mails() == [["web start_failed"], ["web flapping"]]


def test_the_next_word_takes_along_what_was_to_be_gathered(office: Office) -> None:
    office.flaps("web")
    office.passes(1)
    office.flaps("db")
    office.passes(1)
    office.gives_up("db")
    office.passes(1)

    assert office.mails() == [["web flapping"], ["db flapping", "db gave_up"]]


def test_the_window_outlives_the_daemon(office: Office) -> None:
    office.flaps("web")
    office.passes(1)

    office.begin()
    office.flaps("db")
    office.passes(60)

    assert office.moments() == [0.0, 30.0]


def test_recovery_goes_to_those_who_got_the_alarm(office: Office) -> None:
    office.flaps("web", "ops")
    office.passes(60)
    office.recovers("web", "everybody")
    office.passes(60)

    assert office.mails("ops") == [["web flapping"], ["web recovered"]]
    assert office.mails("boss") == []
    assert tray.told(office.db, "ops") == {}


class TestReminders:
    def test_an_open_incident_is_told_again(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(repeat=HOUR))
        office.flaps("web", "everybody")

        office.passes(2.5 * HOUR)

        assert office.mails("ops") == [["web flapping"], ["web reminder"], ["web reminder"]]
        assert office.moments("ops") == [0.0, HOUR, 2 * HOUR]
        assert office.mails("boss") == [["web flapping"]]
        last = office.delivered[-1][2][0]
        assert last.headline == "not well for 2h now: flapping, held"

    def test_until_it_is_over(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(repeat=HOUR))
        office.flaps("web")
        office.passes(1.5 * HOUR)

        office.recovers("web")
        office.passes(5 * HOUR)

        assert office.mails() == [["web flapping"], ["web reminder"], ["web recovered"]]

    def test_the_next_daemon_goes_on(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(repeat=HOUR))
        office.flaps("web")
        office.passes(HOUR / 2)

        office.begin()
        office.passes(HOUR)

        assert office.moments() == [0.0, HOUR]

    def test_what_was_told_since_counts(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(repeat=HOUR))
        office.flaps("web")
        office.passes(HOUR / 2)
        office.gives_up("web")
        office.passes(HOUR)

        assert office.moments() == [0.0, HOUR / 2, 1.5 * HOUR]


class TestDigest:
    def test_everything_goes_in_one_mail_that_often(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(digest=300.0))
        for name in ("web", "db", "cache"):
            office.flaps(name)
            office.passes(60)
        office.passes(600)

        assert office.mails() == [["web flapping", "db flapping", "cache flapping"]]
        assert office.moments() == [300.0]

    def test_but_for_what_is_urgent_and_what_belongs_to_it(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(digest=300.0))
        office.flaps("db")
        office.flaps("web")
        office.passes(60)
        office.gives_up("web")
        office.passes(600)

        assert office.mails() == [["web flapping", "web gave_up"], ["db flapping"]]
        assert office.moments() == [60.0, 300.0]


class TestLimit:
    def test_more_than_that_is_held_back_and_goes_in_one_mail(
        self, open_office: OpenOffice
    ) -> None:
        office = open_office(ops=Terms(limit=Rate(2, HOUR)))
        for number in range(6):
            office.flaps(f"web-{number}")
            office.passes(300)
        office.passes(2 * HOUR)

        assert [len(mail) for mail in office.mails()] == [1, 1, 4]
        assert office.moments() == [0.0, 300.0, HOUR]
        assert office.delivered[-1][4] == "limit: 2/h"

    def test_what_is_urgent_passes(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(limit=Rate(1, HOUR)))
        office.flaps("web")
        office.passes(60)
        office.flaps("db")
        office.passes(60)
        office.gives_up("cache")
        office.passes(60)

        assert office.mails() == [["web flapping"], ["cache gave_up"]]

    def test_the_next_daemon_counts_on(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(limit=Rate(1, HOUR)))
        office.flaps("web")
        office.passes(60)
        office.begin()
        office.flaps("db")
        office.passes(60)

        assert office.mails() == [["web flapping"]]


class TestQuietHours:
    @pytest.fixture
    def office(self, open_office: OpenOffice) -> Office:
        """Night begins a minute from now and lasts an hour."""
        made = open_office()
        there = time.localtime(made.clock.wall())
        begin = (there.tm_hour * 60 + there.tm_min + 1) % 1440
        night = Hours(begin, (begin + 60) % 1440)
        made.book = made.desk.book = made.book.__class__(
            made.book.contacts, made.book.groups, {"ops": Terms(quiet=(night,))}
        )
        made.passes(120)
        return made

    def test_what_comes_then_goes_in_the_morning_in_one_mail(self, office: Office) -> None:
        office.flaps("web")
        office.passes(600)
        office.flaps("db")
        office.passes(2 * HOUR)

        assert office.mails() == [["web flapping", "db flapping"]]
        assert office.delivered[0][4] == "quiet hours"

    @pytest.mark.case(139)
    def test_what_is_urgent_wakes_people_up(self, office: Office) -> None:
        office.flaps("web")
        office.passes(60)
        office.gives_up("web")
        office.passes(60)

        assert office.mails() == [["web flapping", "web gave_up"]]

    def test_what_is_over_by_then_is_one_mail(self, office: Office) -> None:
        office.flaps("web")
        office.passes(60)
        office.recovers("web")
        office.passes(2 * HOUR)

        assert office.mails() == [["web flapping", "web recovered"]]

    def test_everybody_else_is_told_at_once(self, office: Office) -> None:
        office.flaps("web", "everybody")
        office.passes(60)

        assert office.mails("boss") == [["web flapping"]]


class TestEscalation:
    def test_a_second_contact_is_told_if_it_is_still_open(self, open_office: OpenOffice) -> None:
        office = open_office(boss=Terms(after=900.0))
        office.flaps("web", "everybody")
        office.passes(2000)

        assert office.moments("ops") == [0.0]
        assert office.moments("boss") == [900.0]

    def test_and_gets_the_last_word_then(self, open_office: OpenOffice) -> None:
        office = open_office(boss=Terms(after=900.0))
        office.flaps("web", "everybody")
        office.passes(2000)
        office.recovers("web", "everybody")
        office.passes(60)

        assert office.mails("boss") == [["web flapping"], ["web recovered"]]

    def test_but_nothing_where_it_was_over_before(self, open_office: OpenOffice) -> None:
        office = open_office(boss=Terms(after=900.0))
        office.flaps("web", "everybody")
        office.passes(600)
        office.recovers("web", "everybody")
        office.passes(2000)

        assert office.mails("ops") == [["web flapping"], ["web recovered"]]
        assert office.mails("boss") == []

    def test_nor_of_what_is_no_incident(self, open_office: OpenOffice) -> None:
        office = open_office(boss=Terms(after=900.0))
        office.restarts("web", "everybody")
        office.passes(2000)

        assert office.mails("boss") == []

    def test_a_contact_names_the_next_one(self, open_office: OpenOffice) -> None:
        office = open_office(ops=Terms(escalate=Escalation(to=("boss",), after=900.0)))
        office.flaps("web", "ops")
        office.passes(600)
        office.gives_up("web", "ops")
        office.passes(600)
        office.recovers("web", "ops")
        office.passes(60)

        assert office.mails("boss") == [["web flapping", "web gave_up"], ["web recovered"]]
        assert office.moments("boss") == [900.0, 1200.0]

    def test_the_next_daemon_remembers(self, open_office: OpenOffice) -> None:
        office = open_office(boss=Terms(after=900.0))
        office.flaps("web", "everybody")
        office.passes(600)
        office.begin()
        office.passes(600)

        assert office.moments("boss") == [900.0]


class TestSilence:
    def test_an_incident_that_is_open_at_its_end_is_told_then(self, office: Office) -> None:
        office.silence("web", seconds=HOUR, reason="deploy")
        office.passes(60)
        office.flaps("web")
        office.flaps("db")
        assert office.remark == ""
        office.passes(2 * HOUR)

        assert office.mails() == [["db flapping"], ["web flapping"]]
        assert office.moments() == [60.0, HOUR]

    def test_one_that_is_over_by_then_is_not(self, office: Office) -> None:
        office.silence("web", seconds=HOUR)
        office.flaps("web")
        office.passes(60)
        office.recovers("web")
        office.restarts("web")
        office.passes(2 * HOUR)

        assert office.mails() == []
        assert office.db.execute("SELECT count(*) FROM alert_letter").fetchone() == (0,)

    def test_the_history_says_why(self, office: Office) -> None:
        office.silence("w*", seconds=HOUR, reason="deploy")

        office.flaps("web")

        assert office.remark == "silenced by alice (deploy)"

    def test_who_knows_of_an_incident_hears_that_it_is_over(self, office: Office) -> None:
        office.flaps("web")
        office.passes(60)
        office.silence("web", seconds=HOUR)
        office.gives_up("web")
        office.passes(60)
        office.recovers("web")
        office.passes(2 * HOUR)

        assert office.mails() == [["web flapping"], ["web recovered"]]

    def test_it_is_kept_by_the_next_daemon(self, office: Office) -> None:
        office.silence("@front", seconds=HOUR)
        office.tags["web"] = ("front",)
        office.begin()
        office.flaps("web")
        office.passes(HOUR / 2)

        assert office.mails() == []

    def test_it_can_be_ended(self, office: Office) -> None:
        office.silence("web", seconds=HOUR)
        office.flaps("web")
        office.passes(60)

        memo, gone = office.silences.end(["web"], office.clock.wall())
        office.write([memo])
        office.passes(1)

        assert [one.words for one in gone] == [("web",)]
        assert office.mails() == [["web flapping"]]


class TestOutage:
    def test_what_waited_arrives_as_one_mail_an_incident_in_order(self, office: Office) -> None:
        office.answer = lambda _: down("relay: Connection refused", mailbag.UNSEEN)
        office.flaps("web")
        office.passes(600)
        office.flaps("db")
        office.passes(600)
        office.gives_up("web")
        office.passes(600)
        office.recovers("db")
        office.restarts("cache")
        office.passes(HOUR)
        assert office.mails() == []

        office.answer = lambda _: sent("250 taken")
        office.passes(600)

        assert office.mails() == [
            ["web flapping", "web gave_up"],
            ["db flapping", "db recovered"],
            ["cache restarted"],
        ]

    def test_a_mail_that_a_server_may_have_says_no_more_the_second_time(
        self, office: Office
    ) -> None:
        office.answer = lambda _: down("relay: no answer in time")
        office.flaps("web")
        office.passes(600)
        office.gives_up("web")
        office.passes(600)

        office.answer = lambda _: sent("250 taken")
        office.passes(600)

        assert office.mails() == [["web flapping"], ["web gave_up"]]

    def test_while_it_is_down_one_mail_at_a_time_sets_out(self, office: Office) -> None:
        tried: list[int] = []

        def refuse(job: Job) -> Verdict:
            tried.append(job.id)
            return down("relay: Connection refused", mailbag.UNSEEN)

        office.answer = refuse
        for number in range(20):
            office.flaps(f"web-{number}")
            office.passes(60)

        assert len(tried) < 20
        assert office.db.execute("SELECT count(*) FROM alert_job").fetchone()[0] <= 1

    def test_a_mail_that_is_refused_for_now_holds_up_no_other(self, office: Office) -> None:
        office.answer = lambda job: retry("450 greylisted") if "web" in job.payload else sent()
        office.flaps("web")
        office.flaps("db")
        office.passes(60)
        office.answer = lambda _: sent()
        office.passes(600)

        assert office.mails() == [["db flapping"], ["web flapping"]]

    def test_a_later_word_does_not_overtake_what_was_refused_for_now(self, office: Office) -> None:
        office.answer = lambda job: retry("450 greylisted", mailbag.UNSEEN, delay=300.0)
        office.flaps("web")
        office.flaps("db")
        office.passes(60)
        office.answer = lambda _: sent()

        office.gives_up("web")
        office.passes(1)

        assert office.mails() == [["web flapping", "web gave_up"]]
        office.passes(600)
        assert office.mails()[1:] == [["db flapping"]]

    def test_what_a_server_may_have_taken_is_not_written_anew(self, office: Office) -> None:
        office.answer = lambda job: retry("500 Internal Server Error", delay=300.0)
        office.flaps("web")
        office.passes(1)
        office.answer = lambda _: sent()

        office.gives_up("web")
        office.passes(600)

        assert office.mails() == [["web gave_up"], ["web flapping"]]

    def test_a_mail_that_is_refused_for_good_is_lost_alone(self, office: Office) -> None:
        office.answer = lambda job: dead("550 no such user") if "web" in job.payload else sent()
        office.flaps("web")
        office.flaps("db")
        office.passes(60)

        assert office.mails() == [["db flapping"]]
        assert office.db.execute("SELECT count(*) FROM alert_dead").fetchone() == (1,)

    def test_the_same_letter_has_the_same_message_id_at_every_try(self, office: Office) -> None:
        tried: list[str] = []

        def refuse(job: Job) -> Verdict:
            tried.append(job.message_id)
            return down("relay: Connection refused", mailbag.UNSEEN)

        office.answer = refuse
        office.flaps("web")
        office.passes(600)
        office.begin()
        office.passes(600)

        assert len(set(tried)) == 1
        assert len(tried) > 2


def test_a_contact_that_is_gone_leaves_nothing_behind(office: Office) -> None:
    office.answer = lambda _: down("relay: Connection refused", mailbag.UNSEEN)
    office.flaps("web")
    office.passes(1)

    office.book = office.desk.book = office.book.__class__({}, {}, {})
    office.passes(600)

    assert tray.contacts(office.db) == set()


def test_a_clock_that_was_set_back_holds_nothing_up(open_office: OpenOffice) -> None:
    office = open_office(ops=Terms(digest=300.0))
    office.clock.time += 100_000.0
    office.flaps("web")
    office.work()

    office.clock.time -= 100_000.0
    office.passes(301)

    assert office.mails() == [["web flapping"]]


@pytest.mark.case(150)
def test_fifty_in_a_minute_about_one_watch_are_one_mail_and_a_summary(
    open_office: OpenOffice,
) -> None:
    office = open_office(ops=Terms(limit=Rate(1, HOUR)))
    for number in range(50):
        office.happens("web", News(kind=Kind.RESTARTED, message=f"restarted: number {number}"))
        office.passes(1.2)
    office.passes(2 * HOUR)

    assert [len(mail) for mail in office.mails()] == [1, 49]
