"""Watch files that come, break and are mended while daemons come and go."""

import json
import os
from pathlib import Path

import pytest
from test_supervision import ME, Begin, Daemon, begin, until

pytestmark = [pytest.mark.live, pytest.mark.design("4.15")]
__all__ = ["begin"]

WEB = "watches: {web: {command: /bin/sleep 4961, user: ME}}"
OTHERS = """
contacts: {ops: {email: {to: ops@example.com, sendmail: /bin/true}}}
watches:
  db: {command: /bin/sleep 4962, user: ME, notify: ops}
  beat: {command: "/bin/sh -c 'echo >> HERE/beats'", user: ME, schedule: {every: 1s}}
"""


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text.replace("ME", ME).replace("HERE", str(folder)))
    return str(path)


def notices(daemon: Daemon) -> list[str]:
    found: list[str] = json.loads(daemon.overseer("status", "--json").stdout)["notices"]
    return found


def test_what_was_loaded_is_supervised_by_the_next_daemon_too(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(WEB)
    more = write(tmp_path, "more.yml", OTHERS)
    assert daemon.overseer("load", "--yes", more).returncode == 0
    before = {name: daemon.phases(name, "up")["pid"] for name in ("web", "db")}

    daemon.kill()
    daemon.run()

    assert {name: daemon.phases(name, "up")["pid"] for name in before} == before
    os.unlink(more)
    assert (
        f"`overseer unload {more}` stops and forgets what it had" in daemon.overseer("load").stderr
    )
    assert daemon.overseer("load", "--yes", more).returncode == 0
    assert set(daemon.watches()) == {"web"}


def test_a_file_that_breaks_takes_nothing_away_from_what_runs(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(WEB)
    more = write(tmp_path, "more.yml", OTHERS)
    daemon.overseer("load", "--yes", more)
    write(tmp_path, "more.yml", "oops")
    daemon.write(WEB.replace("4961", "4963"))

    assert daemon.overseer("load", "--yes", str(daemon.file)).returncode == 0

    assert "ops" in daemon.overseer("contacts", "list").stdout
    beats = tmp_path / "beats"
    runs = len(beats.read_text())
    until("another run", lambda: len(beats.read_text()) > runs)


def test_a_daemon_that_began_with_a_broken_file_loads_it_when_it_is_mended(
    begin: Begin, tmp_path: Path
) -> None:
    daemon = begin(WEB)
    pid = daemon.phases("web", "up")["pid"]
    daemon.kill()
    daemon.write(WEB.replace("command", "comand"))
    daemon.run()
    assert daemon.phases("web", "up")["pid"] == pid
    assert "its last applied version is used" in notices(daemon)[0]

    daemon.write(WEB.replace("4961", "4964"))
    assert daemon.overseer("load", "--yes").returncode == 0

    assert daemon.phases("web", "up")["pid"] != pid
    assert notices(daemon) == []


@pytest.mark.field("M1")
def test_a_daemon_starts_without_files_that_are_not_there(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(WEB, "--log-file", str(tmp_path / "log"))
    pid = daemon.phases("web", "up")["pid"]
    daemon.kill()
    daemon.file.unlink()
    daemon.options = (write(tmp_path, "db.yml", OTHERS), str(tmp_path / "mistyped.yml"))

    daemon.run()

    assert daemon.phases("web", "up")["pid"] == pid
    assert daemon.phases("db", "up")
    said = notices(daemon)
    assert f"{daemon.file} has problems, its last applied version is used" in said[1]
    assert f"{tmp_path}/mistyped.yml has problems, it is left out" in said[0]
    assert daemon.overseer("status").returncode == 6


@pytest.mark.field("M2")
def test_status_names_the_watches_that_are_left_out(begin: Begin) -> None:
    daemon = begin("watches: {web: {comand: x}, db: {command: /bin/sleep 4965, user: ME}}")

    answer = json.loads(daemon.overseer("status", "--json").stdout)
    assert answer["left_out"] == [{"name": "web", "file": str(daemon.file)}]
    printed = daemon.overseer("status").stdout
    assert f"left out, nothing is started for: web ({daemon.file})" in printed
    assert ", 1 left out; overseer pid" in printed

    daemon.write("watches: {db: {command: /bin/sleep 4965, user: ME}}")
    daemon.overseer("load", "--yes")
    assert json.loads(daemon.overseer("status", "--json").stdout)["left_out"] == []


@pytest.mark.field("M6")
def test_config_show_without_files_asks_the_daemon_for_its_own(begin: Begin) -> None:
    daemon = begin(WEB)

    shown = daemon.overseer("config", "show", "web")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "/bin/sleep 4961" in shown.stdout
