"""Silences and alerts, as an operator asks for them."""

import pytest
from make_believe_daemon import Daemon, Operator, watch

from overseer.alerts.overview import Stage, Waiting
from overseer.errors import UNKNOWN_NAME, USAGE

pytestmark = pytest.mark.design("6")


@pytest.fixture
def daemon(daemon: Daemon) -> Daemon:
    daemon.begins(watch("web", "front"), watch("db"))
    return daemon


def test_a_silence_is_begun_listed_and_seen_in_the_status(daemon: Daemon) -> None:
    alice = daemon.alice

    answer = alice.ask("silence", names=["web"], **{"for": 7200, "reason": "deploy"})

    assert answer["watches"] == ["web"]
    assert alice.said[0].startswith("nobody is told of web until ")
    (one,) = alice.ask("silences")["silences"]
    assert (one["words"], one["by"], one["reason"]) == (["web"], "alice", "deploy")
    web, db = alice.ask("status")["status"]["watches"]
    assert web["silenced"] == "silenced by alice (deploy)"
    assert "silenced by alice (deploy)" in web["note"]
    assert db["silenced"] == ""


def test_it_is_over_when_its_time_is(daemon: Daemon) -> None:
    daemon.alice.ask("silence", names=["web"], **{"for": 60})
    daemon.clock.time += 61

    assert daemon.alice.ask("silences")["silences"] == []


def test_it_can_be_ended_by_the_words_it_was_begun_with(daemon: Daemon) -> None:
    alice = daemon.alice
    alice.ask("silence", names=["@front"], **{"for": 60})

    wrong = alice.ask("silence_end", names=["web"])
    right = alice.ask("silence_end", names=["@front"])

    assert (wrong["code"], wrong["error"]) == (
        UNKNOWN_NAME,
        "no silence of web; there are: @front",
    )
    assert alice.said == ["the silence of @front is over"]
    assert right["ended"][0]["words"] == ["@front"]


def test_everybody_is_never_meant_by_omission(daemon: Daemon) -> None:
    answer = daemon.alice.ask("silence", **{"for": 60})

    assert (answer["code"], answer["error"][:13]) == (USAGE, "silence what?")
    assert daemon.alice.ask("silence", all=True, **{"for": 60})["watches"] == ["web", "db"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"names": ["web"]}, "for how long? write --for 2h"),
        ({"names": ["web"], "for": 1e8}, "90d is the most"),
        ({"names": ["wbe"], "for": 60}, "no watch or tag 'wbe'; did you mean 'web'?"),
    ],
)
def test_what_makes_no_sense_is_refused(
    daemon: Daemon, fields: dict[str, object], said: str
) -> None:
    assert said in daemon.alice.ask("silence", **fields)["error"]


def test_alerts_that_wait_are_shown_with_their_reasons(daemon: Daemon) -> None:
    wall = daemon.clock.wall()
    daemon.people.alerts = [
        Waiting(
            contact="ops",
            stage=Stage.WAITS,
            watch="web",
            event="flapping",
            headline="flapping, held",
            incident="web.1",
            at=wall,
            why="quiet hours",
            next=wall + 60,
        )
    ]

    (one,) = Operator(daemon.desk).ask("alerts")["alerts"]

    assert (one["contact"], one["why"], one["stage"]) == ("ops", "quiet hours", "waits")
    assert one["next"] > one["at"]
