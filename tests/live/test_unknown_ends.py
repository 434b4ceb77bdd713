"""Programs that end while there is no daemon, all of them well: what the next one makes of that."""

import os

import pytest
from test_supervision import Begin, Daemon, begin, command, until

pytestmark = pytest.mark.live
__all__ = ["begin"]

UNTIL_TOLD = "/bin/sh -c 'while ! test -e HERE/over; do sleep 0.1; done'"
TEXT = f"""
defaults: {{user: ME}}
contacts: {{file: {{command: /bin/sh -c 'cat >> HERE/mail; echo >> HERE/mail'}}}}
watches:
  worker: {{command: "{UNTIL_TOLD}", on_exit: restart_on_failure, notify: file}}
  migrate: {{command: "{UNTIL_TOLD}", on_exit: stop, notify: file}}
  web: {{command: /bin/sleep 4861, depends_on: {{migrate: completed}}, notify: file}}
  job: {{command: "{UNTIL_TOLD}", schedule: "0 0 29 2 *", notify: file}}
"""


def running(daemon: Daemon) -> list[int]:
    """What waits for that file."""
    pids = map(int, filter(str.isdigit, os.listdir("/proc")))
    return [pid for pid in pids if f"{daemon.folder}/over;" in command(pid)]


@pytest.mark.field("K11")
def test_an_end_that_nobody_saw_is_unknown_in_each_of_its_meanings(begin: Begin) -> None:
    daemon = begin(TEXT)
    pids = [daemon.phases(name, "up")["pid"] for name in ("worker", "migrate")]
    daemon.overseer("trigger", "job", "--no-wait")
    daemon.phases("job", "running")
    daemon.phases("web", "waiting")
    daemon.kill()
    (daemon.folder / "over").touch()
    until("the end of all", lambda: not running(daemon))
    (daemon.folder / "over").unlink()
    daemon.run()

    again = daemon.phases("worker", "up")["pid"]  # restart_on_failure: an end not expected
    migrate, job = daemon.phases("migrate", "failed"), daemon.phases("job", "failed")
    web = daemon.watch("web")
    assert again not in pids
    assert "exit code unknown" in daemon.history("worker", "exited")[-1]
    assert "exit code unknown" in migrate["note"]
    assert web["phase"] == "waiting"  # depends_on: completed is not met
    assert "migrate to be completed (it failed, exit code unknown)" in web["note"]
    assert "run: ended, exit code unknown after at most" in job["note"]
    for name in ("worker", "migrate", "job"):
        assert "exit code unknown" in daemon.overseer("why", name).stdout
    told = daemon.overseer("alerts").stdout
    assert all(f"file     {name}" in told for name in ("migrate", "job")), told
    assert daemon.overseer("start", "migrate", "--no-wait").returncode == 0
    (daemon.folder / "over").touch()
    daemon.phases("migrate", "completed")
    daemon.phases("web", "up")
