"""The systemd unit, as text; tests/live/test_systemd.py runs it."""

import re
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from overseer.cli.service import missing, quoted, unit
from overseer.errors import Refused

DOCS = Path(__file__).parent.parent.parent / "docs"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")


def asked(*files: str, **more: object) -> Namespace:
    usual = {"files": list(files), "write": False, "user": False}
    return Namespace(**{**usual, "instance": None, "state_dir": None, "socket": None, **more})


def lines(text: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.mark.field("E1")
@needs_systemd
@pytest.mark.parametrize("user", [False, True])
def test_systemd_takes_every_line(tmp_path: Path, user: bool) -> None:
    file = tmp_path / "overseer.service"
    file.write_text(unit(asked("/etc/a b.yml", user=user, instance="two"), {}))
    ways = ["--user"] if user else []

    checked = subprocess.run(
        ["systemd-analyze", *ways, "verify", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )

    mentions = [line for line in checked.stderr.splitlines() if "overseer" in line]
    assert (checked.returncode, mentions) == (0, [])


@pytest.mark.field("E1")
@needs_systemd
def test_what_programs_can_live_with_is_hardened(tmp_path: Path) -> None:
    file = tmp_path / "overseer.service"
    text = unit(asked(), {})
    everything = re.sub(r"^#(?=\w+=)", "", text, flags=re.MULTILINE)

    assert exposure(file, everything) < exposure(file, text) < 9.6


def exposure(file: Path, text: str) -> float:
    file.write_text(text)
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(file)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"level for overseer.service: ([\d.]+)", judged)
    assert found, judged
    return float(found[1])


@pytest.mark.field("E1")
def test_what_the_shell_says_of_overseer_is_written_down() -> None:
    env = {"OVERSEER_STATE_DIR": "/srv/state"}

    for key in ("ExecStart", "ExecReload", "ExecStop"):
        assert "--state-dir /srv/state" in lines(unit(asked(), env), key)[0]
        assert (
            "--instance b --state-dir /srv/state-b" in lines(unit(asked(instance="b"), env), key)[0]
        )
    assert "--socket /run/x" in unit(asked(), {"OVERSEER_SOCKET": "/run/x"})
    assert "--socket /run/y" in unit(asked(socket="/run/y"), {"OVERSEER_SOCKET": "/run/x"})


@pytest.mark.field("E1")
@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/etc/a.yml", "/etc/a.yml"),
        ("/etc/50%.yml", "/etc/50%%.yml"),
        ("/etc/$HOME.yml", "/etc/$$HOME.yml"),
        ("/etc/a b.yml", '"/etc/a b.yml"'),
        ('/etc/"a".yml', '"/etc/\\"a\\".yml"'),
        ("/etc/a\\b.yml", '"/etc/a\\\\b.yml"'),
        ("/etc/it's.yml", '"/etc/it\'s.yml"'),
    ],
)
def test_a_path_is_written_as_systemd_reads_it(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.field("E2")
@pytest.mark.parametrize("word", ["reboot", "shutdown", "upgrade", "systemctl stop", "linger"])
def test_the_page_says_what_happens(word: str) -> None:
    assert word in (DOCS / "systemd.md").read_text().lower()


@pytest.mark.field("M3")
@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\x00", "\x7f", "\x85", "\u2028", "\udcff"])
@pytest.mark.parametrize("where", ["file", "socket", "state_dir", "OVERSEER_STATE_DIR"])
def test_no_value_can_begin_a_line_of_its_own(letter: str, where: str) -> None:
    value = f"/etc/a{letter}User=root.yml"
    files, env = ([value] if where == "file" else []), {}
    more: dict[str, object] = {where: value} if where in ("socket", "state_dir") else {}
    if where.isupper():
        env = {where: value}

    with pytest.raises(Refused, match="cannot be written into a unit"):
        unit(asked(*files, **more), env)


@pytest.mark.field("M3")
def test_a_file_that_is_not_there_is_said_and_written(tmp_path: Path) -> None:
    there = tmp_path / "there.yml"
    there.write_text("watches: {}")
    args = asked(str(there), f"{tmp_path}/gone.yml", "mail_worker")

    assert [one.split(";")[0] for one in missing(args, "")] == [
        f"warning: {tmp_path}/gone.yml: no such file"
    ]
    assert f" {there} {tmp_path}/gone.yml mail_worker" in lines(unit(args, {}), "ExecStart")[0]
