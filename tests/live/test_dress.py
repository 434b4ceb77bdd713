"""What a child wears, as a real child sees it: user, groups, limits, root, folders."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from overseer.model.program import Program
from overseer.model.watch import Watch
from overseer.system import exec_chain
from overseer.system.dress import prepare
from overseer.system.runner import Runner

pytestmark = [
    pytest.mark.live,
    pytest.mark.design("4.20"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may dress a child as somebody else"),
]

LONG = 30.0


def seen_by(script: str, jail: str | None = None, **more: object) -> list[str]:
    """What a child in those clothes says of itself."""
    program = Program(chroot=jail, **more)  # type: ignore[arg-type]
    ended = Runner().run(Watch(name="it", program=program), ("/bin/sh", "-c", script), LONG)
    assert ended.code == 0, ended
    return ended.output.split()


@pytest.mark.parametrize("may_chroot", [True, False])
def test_a_user_is_whole_with_all_groups_and_no_way_back(
    may_chroot: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_chain, "may_chroot", lambda: may_chroot)
    said = seen_by("grep -E '^(Uid|Gid|Groups|CapEff|CapPrm)' /proc/self/status", user="nobody")

    nobody = ["65534"] * 4
    assert said[:12] == ["Uid:", *nobody, "Gid:", *nobody, "Groups:", "65534"]
    assert said[12:] == ["CapPrm:", "0" * 16, "CapEff:", "0" * 16]


def test_a_user_finds_itself_in_its_own_folder() -> None:
    assert seen_by("pwd", user="nobody", dir="/usr") == ["/usr"]


def test_a_group_alone_leaves_the_user() -> None:
    assert seen_by("id -u; id -g", group="nogroup") == ["0", "65534"]


@pytest.mark.field("E3")
def test_limits_and_niceness_are_worn() -> None:
    """On top of what whoever runs the tests has been given."""
    niceness = min(os.nice(0) + 5, 19)
    said = seen_by(
        "ulimit -n; nice; cat /proc/self/oom_score_adj; ionice",
        rlimits={"nofile": "512"},
        nice=5,
        oom_score_adj=300,
        ionice="idle",
        user="nobody",
    )

    assert said == ["512", str(niceness), "300", "idle"]


@pytest.fixture
def jail(tmp_path: Path) -> Path:
    """A root folder with a shell in it, and what the shell needs."""
    for program in ("/bin/sh", shutil.which("id"), shutil.which("pwd")):
        assert program
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
        words = (word for word in libraries.stdout.split() if word.startswith("/"))
        for needed in (program, *words):
            target = tmp_path / needed.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(needed, target)
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "mark").touch()
    return tmp_path


def test_a_jail_is_the_whole_world_of_its_user(jail: Path) -> None:
    said = seen_by(
        f"pwd; echo *; {shutil.which('id')} -u; {shutil.which('id')} -G",
        str(jail),
        user="nobody",
        dir="/srv",
    )

    assert said == ["/srv", "mark", "65534", "65534"]


def test_a_runtime_folder_is_the_users_own() -> None:
    name = f"overseer-test-{os.getpid()}"
    program = Program(command=("true",), runtime_dir=name, user="nobody")
    folder = Path("/run") / name
    try:
        prepare(Watch(name="it", program=program), program)

        assert folder.stat().st_uid == 65534
    finally:
        folder.rmdir()
