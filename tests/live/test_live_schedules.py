"""Runs by the calendar of the host: each with its end and what it printed."""

import json
from typing import Any

import pytest
from test_alerts import Hire, relay
from test_supervision import Begin, Daemon, begin, until

pytestmark = [pytest.mark.live, pytest.mark.design("4.14")]
__all__ = ["begin", "relay"]

COUNTS = """\
echo run $(cat COUNT 2>/dev/null || echo 0)
echo $(( $(cat COUNT 2>/dev/null || echo 0) + 1 )) > COUNT
[ ! -e BAD ] || { echo "the disk is full" >&2; exit 3; }
"""


def schedule(daemon: Daemon, *words: str) -> list[dict[str, Any]]:
    found = json.loads(daemon.overseer("schedule", "--json", *words).stdout)
    return list(found["schedule"])


def test_a_run_is_kept_with_its_own_output_and_a_mail_has_no_other(
    begin: Begin, relay: Hire
) -> None:
    server = relay()
    daemon = begin(
        f"mail: {{smtp: 'smtp://127.0.0.1:{server.port}', from: o@example.org}}\n"
        "contacts: {ops: {email: ops@example.org}}\n"
        "watches:\n"
        "  count: {user: ME, dir: HERE, command: /bin/sh count.sh, notify: ops,\n"
        '          schedule: {at: "04:30", timezone: Europe/Berlin}}\n'
        "  apart: {user: ME, dir: HERE, command: /bin/sh apart.sh, err_log: HERE/apart.err,\n"
        "          schedule: {every: 1d}}\n"
        "  other: {user: ME, command: sleep 1000}\n"
    )
    (daemon.folder / "count.sh").write_text(COUNTS)
    (daemon.folder / "apart.sh").write_text("echo out; echo err >&2\n")

    assert daemon.overseer("trigger", "count").returncode == 0
    (daemon.folder / "BAD").touch()
    assert daemon.overseer("trigger", "count").returncode == 1

    assert daemon.overseer("trigger", "apart").returncode == 0
    assert daemon.overseer("trigger", "apart").returncode == 0
    until("both", lambda: all(one["output"] for one in schedule(daemon, "count")[0]["runs"]))
    [count] = schedule(daemon, "count")
    first, second = count["runs"]
    assert (first["output"], first["result"]) == ("run 0\n", "ok")
    assert (second["output"], second["result"]) == ("run 1\nthe disk is full\n", "failed")
    assert second["exit"] == {"code": 3}
    assert count["next"]
    until(
        "both of them", lambda: all(one["output"] for one in schedule(daemon, "apart")[0]["runs"])
    )
    assert [one["output"] for one in schedule(daemon, "apart")[0]["runs"]] == ["out\nerr\n"] * 2
    mail = server.next().get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "the disk is full" in mail
    assert "run 0" not in mail
    page = daemon.overseer("schedule", "count").stdout
    assert "run failed: exit code 3" in page
    assert "    the disk is full\n" in page


def test_what_comes_every_so_often_comes_and_is_kept_by_the_next_daemon(begin: Begin) -> None:
    daemon = begin(
        "watches: {tick: {user: ME, command: echo tick, schedule: {every: 1s}},"
        " web: {user: ME, command: sleep 1000, start_grace: 0s, restart_at: {every: 2s}}}"
    )
    until("ticks", lambda: len(schedule(daemon, "tick", "-n", "50")[0]["runs"]) > 3)
    until("restarts", lambda: schedule(daemon, "web")[0]["last"] is not None)
    before = schedule(daemon, "tick", "-n", "50")[0]["runs"]

    daemon.kill()
    daemon.run()

    until("more", lambda: len(schedule(daemon, "tick", "-n", "50")[0]["runs"]) > len(before))
    after = schedule(daemon, "tick", "-n", "50")[0]["runs"]
    assert [one["ended"] for one in after[: len(before)]] == [one["ended"] for one in before]
    until(
        "what they printed",
        lambda: schedule(daemon, "tick", "-n", "50")[0]["runs"][0]["output"] == "tick\n",
    )
    assert [one["name"] for one in schedule(daemon)] == ["tick", "web"]
