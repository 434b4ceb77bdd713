"""The unit under a real systemd: start, reload, stop, want of memory, shutdown."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import systemd_machine
from test_supervision import OVERSEER, until

pytestmark = pytest.mark.live

FILE = """
watches:
  database:
    command: /bin/sleep 4410
    user: root
    log: HERE/database.log
    hooks: {before_stop: "/bin/sh -c 'echo hook of database >> HERE/order'"}
  web:
    command: /bin/sleep 4411
    user: root
    log: HERE/web.log
    depends_on: [database]
    stop: /bin/sh -c 'echo stop of web >> HERE/order; kill $OVERSEER_PID'
"""
EATS = """
import time
open("HERE/ate", "a").write(".")
held = []
while True:
    held.append(b"x" * 20_000_000)
    time.sleep(0.01)
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[systemd_machine.Machine]:
    if reason := systemd_machine.lacking():
        pytest.skip(reason)
    with systemd_machine.booted(tmp_path) as up:
        if up is None:
            pytest.fail(f"systemd does not come up: {(tmp_path / 'boot.log').read_text()[-500:]}")
        (up.share / "watches.yml").write_text(FILE.replace("HERE", str(up.share)))
        written = up.run(*OVERSEER, "install-service", "--write", str(up.share / "watches.yml"))
        assert written.returncode == 0, written.stderr
        up.run("systemctl", "daemon-reload")
        started = up.run("systemctl", "enable", "--now", "overseer.service")
        assert started.returncode == 0, started.stderr + (tmp_path / "boot.log").read_text()
        assert up.run(*OVERSEER, "wait", "web", "--for", "up").returncode == 0
        yield up


def pid_of(machine: systemd_machine.Machine, seconds: int) -> str:
    return machine.text("pgrep", "-xf", f"/bin/sleep {seconds}")


def main_pid(machine: systemd_machine.Machine) -> str:
    return machine.text("systemctl", "show", "-P", "MainPID", "overseer.service")


@pytest.mark.field("E1")
@pytest.mark.field("K6")
def test_processes_outlive_a_stop_and_a_restart_of_the_unit(
    machine: systemd_machine.Machine,
) -> None:
    web, daemon = pid_of(machine, 4411), main_pid(machine)

    assert machine.run("systemctl", "restart", "overseer.service").returncode == 0
    assert main_pid(machine) not in (daemon, "0")
    assert pid_of(machine, 4411) == web

    assert machine.run("systemctl", "stop", "overseer.service").returncode == 0
    assert pid_of(machine, 4411) == web
    assert machine.run("systemctl", "start", "overseer.service").returncode == 0
    assert machine.run(*OVERSEER, "wait", "web", "--for", "up").returncode == 0
    assert pid_of(machine, 4411) == web
    assert not (machine.share / "order").exists()


@pytest.mark.field("E1")
def test_a_reload_loads_the_files(machine: systemd_machine.Machine) -> None:
    file = machine.share / "watches.yml"
    file.write_text(file.read_text() + "  more: {command: /bin/sleep 4412, user: root}\n")

    assert machine.run("systemctl", "reload", "overseer.service").returncode == 0

    until("more", lambda: bool(pid_of(machine, 4412)))


@pytest.mark.field("E1")
def test_a_program_killed_for_want_of_memory_leaves_the_unit_as_it_is(
    machine: systemd_machine.Machine,
) -> None:
    daemon, web = main_pid(machine), pid_of(machine, 4411)
    machine.run("systemctl", "set-property", "--runtime", "overseer.service", "MemoryMax=300M")
    (machine.share / "eat.py").write_text(EATS.replace("HERE", str(machine.share)))
    greedy = f"  greedy: {{command: {sys.executable} {machine.share}/eat.py, user: root}}\n"
    file = machine.share / "watches.yml"
    file.write_text(file.read_text() + greedy)

    machine.run("systemctl", "reload", "overseer.service")

    ate = machine.share / "ate"
    until("a second one", lambda: ate.exists() and ate.stat().st_size > 1)
    assert "SIGKILL" in machine.text(*OVERSEER, "history", "greedy")
    assert (main_pid(machine), pid_of(machine, 4411)) == (daemon, web)


@pytest.mark.field("K6")
@pytest.mark.field("E1")
def test_a_shutdown_of_the_machine_stops_in_order_with_hooks(
    machine: systemd_machine.Machine,
) -> None:
    machine.power_off()

    assert (machine.share / "order").read_text().splitlines() == ["stop of web", "hook of database"]
