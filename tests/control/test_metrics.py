"""Numbers for Prometheus."""

import re

from make_believe_daemon import Daemon, Operator, watch

from overseer.alerts.undelivered import Undelivered
from overseer.control.metrics import PHASES, escaped, text
from overseer.control.office import Family
from overseer.model.process import Exit
from overseer.model.state import Phase

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+')


def page(alice: Operator) -> list[str]:
    return text(alice.ask("status", tree=True)["status"]).splitlines()


def test_every_line_is_a_sample_or_help(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))

    lines = page(alice)

    assert all(line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line) for line in lines)
    samples = [line.split(" ")[0] for line in lines if not line.startswith("#")]
    assert len(samples) == len(set(samples))


def test_watches_are_counted_by_phase_also_those_that_nobody_is_in(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))

    lines = page(alice)

    assert 'overseer_watches{phase="up"} 1' in lines
    assert 'overseer_watches{phase="unmonitored"} 1' in lines
    assert 'overseer_watches{phase="gave_up"} 0' in lines
    assert set(PHASES) == set(Phase)


def test_a_watch_has_its_numbers_of_the_whole_tree(daemon: Daemon, alice: Operator) -> None:
    daemon.begins(watch("web"), watch("db", autostart=False))
    daemon.families["web"] = Family(processes=5, rss=300 * 2**20, cpu=150.0)
    daemon.processes.die(daemon.pids()["web"], Exit(code=1))
    daemon.clock.time += 50

    lines = page(alice)

    assert 'overseer_watch_up{watch="web"} 1' in lines
    assert 'overseer_watch_up{watch="db"} 0' in lines
    assert 'overseer_watch_wanted{watch="db"} 0' in lines
    assert 'overseer_watch_restarts_total{watch="web"} 1' in lines
    assert 'overseer_watch_memory_bytes{watch="web"} 314572800' in lines
    assert 'overseer_watch_cpu_ratio{watch="web"} 1.5' in lines
    assert 'overseer_watch_processes{watch="web"} 5' in lines
    assert not any(line.startswith('overseer_watch_uptime_seconds{watch="db"') for line in lines)


def test_alerts_that_wait_and_a_disk_that_is_full_are_numbers(
    daemon: Daemon, alice: Operator
) -> None:
    daemon.begins(watch("web"))
    assert "overseer_state_written 1" in page(alice)
    daemon.undelivered = Undelivered(waiting=2, lost=1)
    daemon.trouble = "no space left"

    lines = page(alice)

    assert "overseer_alerts_undelivered 2" in lines
    assert "overseer_alerts_lost 1" in lines
    assert "overseer_state_written 0" in lines
    notices = alice.ask("status")["status"]["notices"]
    assert notices == ["no space left", str(daemon.undelivered)]


def test_names_cannot_break_out_of_their_quotes() -> None:
    assert escaped('a"b\\c\nd') == r"a\"b\\c\nd"
