"""One-shots as real processes: answered by their end, over daemons and over a boot."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_live_stops import PATIENCE, Daemon, until

pytestmark = [pytest.mark.live, pytest.mark.field("A4")]

FILE = """\
defaults: {{user: root}}
watches:
  migrate: {{command: "/bin/sh {here}/migrate", on_exit: stop}}
  boot: {{command: "/bin/sh -c 'echo >> {here}/boot.runs'", on_exit: stop, once: boot}}
  ever: {{command: "/bin/sh -c 'echo >> {here}/ever.runs'", on_exit: stop, once: ever}}
  slow: {{command: "/bin/sh -c 'echo >> {here}/slow.runs; sleep 1000'", on_exit: stop}}
  web: {{command: sleep 1000, depends_on: migrate}}
  front: {{command: sleep 1000, depends_on: web}}
"""
MIGRATE = "echo >> {here}/migrate.runs; echo migrating; exit $(cat {here}/code)\n"
ANOTHER_BOOT = 'mount --bind {here}/boot_id /proc/sys/kernel/random/boot_id && exec "$@"'


class Machine:
    """A folder, and one daemon after another in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "migrate").write_text(MIGRATE.format(here=folder))
        self.migrations_end_with(3)
        self.daemon = self.begins()

    def migrations_end_with(self, code: int) -> None:
        (self.folder / "code").write_text(str(code))

    def begins(self, *wrapped: str) -> Daemon:
        return Daemon(self.folder, FILE.format(here=self.folder), *wrapped)

    def boots(self) -> None:
        """The next daemon finds another boot id: nothing of before lives."""
        (self.folder / "boot_id").write_text("11111111-2222-3333-4444-555555555555\n")
        script = ANOTHER_BOOT.format(here=self.folder)
        self.daemon = self.begins("unshare", "-m", "sh", "-c", script, "sh")

    def runs(self, name: str) -> int:
        file = self.folder / f"{name}.runs"
        return file.read_text().count("\n") if file.exists() else 0

    def ends(self, how: str) -> None:
        self.daemon.ask(how)
        self.daemon.process.wait(PATIENCE)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.daemon.end()


def may_mount() -> bool:
    done = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return os.geteuid() == 0 and done.returncode == 0


def test_a_failure_in_the_first_second_keeps_what_waits_for_it_and_says_why(
    machine: Machine,
) -> None:
    daemon = machine.daemon
    daemon.becomes("migrate", "failed")
    daemon.becomes("front", "waiting")

    why, further = daemon.ask("why", "web").stdout, daemon.ask("why", "front").stdout
    deploys = daemon.ask("start", "migrate")

    assert machine.runs("migrate") == 2
    assert (deploys.returncode, "migrate: failed: exit code 3" in deploys.stderr) == (3, True)
    assert "web waits for migrate to be completed (it failed, exit code 3)" in why
    assert "`overseer start migrate` runs it once more; when it has completed, web is" in why
    assert "`overseer why web` says what keeps it" in further
    assert "`overseer start web`" not in further, "it would wait all the same"
    assert daemon.ask("wait", "migrate", "--for", "completed", "--timeout", "1s").returncode == 1
    assert daemon.ask("wait", "migrate", "--for", "failed", "--timeout", "1s").returncode == 0
    assert daemon.watch("web")["pid"] is None


def test_a_good_run_releases_what_waits_and_a_restart_follows(machine: Machine) -> None:
    daemon = machine.daemon
    daemon.becomes("migrate", "failed")
    machine.migrations_end_with(0)

    started = daemon.ask("start", "migrate")
    restarted = daemon.ask("restart", "web")
    waited = daemon.ask("wait", "migrate", "--for", "completed", "--timeout", "20s")

    assert (started.returncode, restarted.returncode, waited.returncode) == (0, 0, 0)
    assert started.stdout.startswith("migrate: completed, exit code 0 after ")
    assert daemon.becomes("front", "up")["pid"]
    assert daemon.ask("status").returncode == 0


def test_a_failed_run_takes_nothing_down(machine: Machine) -> None:
    daemon = machine.daemon
    daemon.becomes("migrate", "failed")
    machine.migrations_end_with(0)
    daemon.ask("start", "migrate")
    before = daemon.becomes("front", "up")["pid"], daemon.becomes("web", "up")["pid"]
    machine.migrations_end_with(3)

    assert daemon.ask("start", "migrate").returncode == 3
    restart = daemon.ask("restart", "web")

    assert restart.returncode == 1
    assert "it would wait for migrate to be completed" in restart.stderr
    assert (daemon.watch("front")["pid"], daemon.watch("web")["pid"]) == before


def test_which_daemon_runs_it_again(machine: Machine) -> None:
    machine.migrations_end_with(0)
    machine.daemon.ask("start", "migrate")
    for name, phase in (("boot", "completed"), ("ever", "completed"), ("slow", "up")):
        machine.daemon.becomes(name, phase)
    ran = machine.runs("migrate")

    machine.ends("quit")
    machine.daemon = machine.begins()
    machine.daemon.becomes("web", "up")
    after_quit = [machine.runs(name) for name in ("migrate", "boot", "ever", "slow")]
    machine.ends("terminate")
    machine.daemon = machine.begins()
    machine.daemon.becomes("front", "up")
    until("slow again", lambda: machine.runs("slow") == 2)
    after_terminate = [machine.runs(name) for name in ("migrate", "boot", "ever", "slow")]

    assert after_quit == [ran, 1, 1, 1]
    assert after_terminate == [ran + 1, 1, 1, 2]


@pytest.mark.skipif(not may_mount(), reason="another boot id needs a mount, and so root")
def test_a_boot_runs_again_all_but_what_is_done_for_ever(machine: Machine) -> None:
    machine.migrations_end_with(0)
    machine.daemon.ask("start", "migrate")
    for name, phase in (("boot", "completed"), ("ever", "completed"), ("web", "up")):
        machine.daemon.becomes(name, phase)
    ran = machine.runs("migrate")
    machine.ends("terminate")

    machine.boots()
    machine.daemon.becomes("front", "up")
    machine.daemon.becomes("boot", "completed")

    assert machine.daemon.becomes("ever", "completed")["last_exit"]["code"] == 0
    assert [machine.runs(name) for name in ("migrate", "boot", "ever")] == [ran + 1, 2, 1]
