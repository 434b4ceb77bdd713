"""What waits and what is silenced, in columns."""

import io
import json
from typing import Any

import pytest

from overseer.cli import alerts
from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.control.protocol import Answer, Hear

ALERT = {
    "contact": "ops",
    "stage": "waits",
    "watch": "web",
    "event": "flapping",
    "headline": "flapping, held",
    "incident": "web.1",
    "at": "2026-01-31T15:42:07+01:00",
    "why": "quiet hours",
    "next": "2026-02-01T07:00:00+01:00",
}
SILENCE = {
    "words": ["@db"],
    "since": "2026-01-31T15:00:00+01:00",
    "until": "2026-01-31T17:00:00+01:00",
    "by": "alice",
    "reason": "deploy",
}


class FakeClient:
    def __init__(self, **answer: Any) -> None:
        self.answer = {"code": 0, **answer}
        self.asked: list[tuple[str, dict[str, object]]] = []

    def ask(self, do: str, fields: dict[str, object], hear: Hear) -> Answer:
        self.asked.append((do, fields))
        return self.answer


def run(client: FakeClient, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(list(words), Context(client, out, err))  # type: ignore[arg-type]
    return code, out.getvalue(), err.getvalue()


def test_a_line_an_alert_with_its_reason_and_its_next_try() -> None:
    lost = {**ALERT, "contact": "boss", "stage": "lost", "why": "550 nobody", "next": None}

    found = alerts.lines({"alerts": [ALERT, lost], "silences": [SILENCE]}, None)

    assert found == [
        "CONTACT  WATCH  ALERT           OF              NEXT TRY        WHY",
        "ops      web    flapping, held  01-31 15:42:07  02-01 07:00:00  quiet hours",
        "boss     web    flapping, held  01-31 15:42:07  never           lost: 550 nobody",
        "silenced until 01-31 17:00:00: @db, by alice (deploy)",
    ]


def test_where_nothing_waits_that_is_said() -> None:
    assert run(FakeClient(alerts=[], silences=[]), "alerts") == (0, "no alert waits\n", "")


def test_for_programs_it_is_one_object() -> None:
    client = FakeClient(alerts=[ALERT], silences=[SILENCE], trouble="")

    _, out, _ = run(client, "alerts", "--json")

    assert json.loads(out) == {"alerts": [ALERT], "silences": [SILENCE], "trouble": ""}


def test_a_silence_says_whom_how_long_and_why() -> None:
    client = FakeClient()

    run(client, "silence", "web", "@db", "--for", "2h", "--reason", "deploy")

    fields = {"names": ["web", "@db"], "all": False, "for": 7200.0, "reason": "deploy"}
    assert client.asked == [("silence", fields)]


@pytest.mark.parametrize("words", [("silence",), ("silence", "--list")])
def test_silences_are_listed(words: tuple[str, ...]) -> None:
    _, out, _ = run(FakeClient(silences=[SILENCE]), *words)

    assert "@db" in out.splitlines()[1]
    assert "deploy" in out


def test_a_silence_of_nobody_is_refused() -> None:
    code, _, err = run(FakeClient(), "silence", "--for", "2h")

    assert code == 2
    assert "silence what? name a watch" in err


def test_what_the_disk_does_not_take_is_said_to_wait() -> None:
    client = FakeClient(alerts=[], silences=[], trouble="state.db cannot be written: disk is full")

    _, out, _ = run(client, "alerts")

    assert "in memory only, and not told yet: state.db cannot be written" in out


def test_on_a_narrow_terminal_a_headline_gives_way() -> None:
    long = {**ALERT, "headline": "start failed: " + "x" * 100}

    found = alerts.lines({"alerts": [long], "silences": []}, 80)

    assert "start failed: xxxxx…" in found[1]
