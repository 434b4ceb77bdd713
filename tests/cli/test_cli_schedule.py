"""What goes by the calendar, in columns; the runs of one, with what they printed."""

import io
import json
from typing import Any

from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.control.protocol import Answer, Hear

RUN = {
    "moment": "2026-01-31T03:30:00+01:00",
    "by": "schedule 30 3 * * *",
    "began": "2026-01-31T03:30:00+01:00",
    "ended": "2026-01-31T03:42:00+01:00",
    "ran_for_s": 720.0,
    "result": "failed",
    "exit": {"code": 3},
    "message": "run failed: exit code 3 after 12m",
}
PRINTED = {**RUN, "output": "".join(f"row {n}\n" for n in range(1, 13))}
BACKUP = {
    "name": "backup",
    "kind": "scheduled",
    "phase": "failed",
    "moments": ["30 3 * * * Europe/Berlin"],
    "missed": "run",
    "overlap": "skip",
    "max_run_time_s": 7200.0,
    "next": "2026-02-01T03:30:00+01:00",
    "left_s": 43200.4,
    "running": None,
    "waiting": None,
    "last": RUN,
    "runs": [PRINTED],
}
WEB = {
    **BACKUP,
    "name": "web",
    "kind": "watch",
    "phase": "stopped",
    "moments": ["every 1d"],
    "missed": None,
    "overlap": None,
    "max_run_time_s": None,
    "next": None,
    "left_s": None,
    "last": {**RUN, "began": None, "ran_for_s": None, "result": "ok"},
}


class FakeClient:
    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = list(found)
        self.asked: list[dict[str, object]] = []

    def ask(self, do: str, fields: dict[str, object], hear: Hear) -> Answer:
        self.asked.append({"do": do, **fields})
        return {"code": 0, "schedule": self.found}


def run(client: FakeClient, *words: str) -> list[str]:
    out = io.StringIO()
    assert main(["schedule", *words], Context(client, out, out)) == 0  # type: ignore[arg-type]
    return out.getvalue().splitlines()


def test_a_line_for_each() -> None:
    assert run(FakeClient(BACKUP, WEB)) == [
        "WATCH   NEXT            LEFT  LAST            TOOK  RESULT",
        "backup  02-01 03:30:00  12h   01-31 03:30:00  12m   run failed: exit code 3 after 12m",
        "web     -               -     01-31 03:42:00  -     stopped; restarted",
    ]


def test_what_runs_and_what_never_ran() -> None:
    going = {"by": "alice", "began": "2026-01-31T03:30:00+01:00", "for_s": 90.0}
    first = {**BACKUP, "last": None, "running": going, "waiting": "schedule"}

    assert run(FakeClient(first))[1].endswith("runs since 1m30s; a run waits; never run")


def test_the_runs_of_one_with_the_end_of_what_they_printed() -> None:
    client = FakeClient(BACKUP)

    assert run(client, "backup", "--lines", "2") == [
        "backup: 30 3 * * * Europe/Berlin; missed: run; overlap: skip; max_run_time: 2h",
        "next 02-01 03:30:00, in 12h",
        "",
        "01-31 03:30:00  run failed: exit code 3 after 12m  (schedule 30 3 * * *)",
        "    (10 lines before; --lines 12)",
        "    row 11",
        "    row 12",
    ]
    assert client.asked == [{"do": "schedule", "names": ["backup"], "runs": 5}]


def test_of_one_that_is_stopped_nothing_follows() -> None:
    lines = run(FakeClient({**WEB, "runs": [{**WEB["last"], "output": None}]}), "web")
    assert lines[1:] == [
        "nothing follows: stopped",
        "",
        "01-31 03:42:00  restarted  (schedule 30 3 * * *)",
    ]


def test_for_programs_all_of_it() -> None:
    [text] = ["\n".join(run(FakeClient(BACKUP), "--json"))]
    assert json.loads(text) == {"schedule": [BACKUP]}


def test_where_nothing_goes_by_the_calendar() -> None:
    assert run(FakeClient())[0].startswith("nothing goes by the calendar")
