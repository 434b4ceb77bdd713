"""More copies and fewer, of real processes, whatever becomes of the daemon meanwhile."""

import json
import subprocess

import pytest
from test_supervision import Begin, Daemon, begin, command, until

__all__ = ["begin"]
pytestmark = pytest.mark.live

WEB = """
watches:
  web:
    command: /bin/sleep 770{{ instance }}
    user: ME
    instances: 2
"""
STUBBORN = """
watches:
  web:
    command: /bin/sh -c 'trap "" TERM; while true; do sleep 0.1; done'
    user: ME
    instances: 3
    stop_timeout: 2s
"""


def pids(daemon: Daemon) -> dict[str, int]:
    return {name: one["pid"] for name, one in daemon.watches().items()}


def alive(daemon: Daemon) -> list[str]:
    """Of all that was ever seen, whoever still knows of it."""
    return sorted(filter(None, map(command, daemon.pids)))


@pytest.mark.design("4.15")
def test_copies_come_and_go_and_the_next_daemon_has_as_many(begin: Begin) -> None:
    daemon = begin(WEB)
    daemon.phases("web-2", "up")

    more = daemon.overseer("scale", "web", "4")
    assert (more.returncode, more.stdout.splitlines()[-1]) == (0, "web: 4 copies (2 before)")
    four = pids(daemon)
    assert sorted(four) == ["web-1", "web-2", "web-3", "web-4"]
    assert command(four["web-4"]) == "/bin/sleep 7704 "

    daemon.kill()
    daemon.run()
    until("all adopted", lambda: daemon.overseer("status").returncode == 0)
    assert pids(daemon) == four

    assert daemon.overseer("scale", "web", "-3").returncode == 0
    assert pids(daemon) == {"web-1": four["web-1"]}
    assert alive(daemon) == ["/bin/sleep 7701 "]

    assert daemon.overseer("terminate").returncode == 0
    daemon.process.wait()
    daemon.run()
    daemon.phases("web-1", "up")
    assert list(pids(daemon)) == ["web-1"]
    assert daemon.overseer("load").stdout.splitlines() == [
        "nothing to do",
        f"web: 1 copy, scaled by {user()} (its file says 2)",
    ]


@pytest.mark.design("4.16")
def test_a_daemon_killed_while_it_scales_is_followed_by_one_that_goes_on(begin: Begin) -> None:
    daemon = begin(STUBBORN)
    daemon.phases("web-3", "up")
    first = pids(daemon)["web-1"]
    daemon.overseer("scale", "web", "1", "--no-wait")
    daemon.phases("web-3", "stopping")

    daemon.kill()
    daemon.run()

    until("one copy", lambda: list(daemon.watches()) == ["web-1"])
    assert pids(daemon)["web-1"] == first
    assert len(alive(daemon)) == 1
    status = json.loads(daemon.overseer("status", "--json").stdout)
    assert status["left_over"] == []
    assert status["copies"][0]["instances"] == 1


def user() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
