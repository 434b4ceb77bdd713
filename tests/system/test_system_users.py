"""Names of users and groups as numbers."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.model.program import Program
from overseer.system import users
from overseer.system.dress import dress
from overseer.system.exec_chain import CannotRun
from overseer.system.users import FRESH, Identity, NoSuchUser, Remembered, account, group_id


def test_a_number_is_taken_as_it_is() -> None:
    assert account("54321").pw_uid == 54321
    assert group_id("54321") == 54321


@pytest.mark.field("S26")
@pytest.mark.parametrize("number", ["4294967295", "4294967296", "9" * 5000, "²", "٣", "-1", ""])
def test_a_number_that_stands_for_nobody_is_nobody(number: str) -> None:
    """setresuid(2) takes the last of 32 bits as a wish to stay who one is: root."""
    with pytest.raises(NoSuchUser):
        account(number)
    with pytest.raises(NoSuchUser):
        group_id(number)


@pytest.mark.field("S26")
@pytest.mark.parametrize(("uid", "gid"), [(-1, 100), (2**32 - 1, 100), (100, -1), (100, 2**32)])
def test_a_user_of_the_system_with_such_a_number_runs_nothing(
    uid: int, gid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = pwd.struct_passwd(("odd", "x", uid, gid, "", "/", "/bin/sh"))
    monkeypatch.setattr(users, "account", lambda _: entry)
    monkeypatch.setattr(os, "getgrouplist", lambda _, group: [group])

    with pytest.raises(CannotRun, match="stands for nobody"):
        dress("web", Program(user=f"odd {uid} {gid}"), ("/bin/true",), {})


class System:
    """Its users, in a file; *now* is the time."""

    def __init__(self, file: Path) -> None:
        self.file, self.now, self.asked = file, 100.0, 0
        self.groups: tuple[int, ...] = ()
        self.join(100, 101)

    def join(self, *groups: int) -> None:
        self.groups = groups
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(groups))
        fresh.replace(self.file)

    def look_up(self, user: str | None, group: str | None) -> Identity:
        self.asked += 1
        return Identity(user or "", 1000, 100, self.groups, "/", "/bin/sh")


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "group")


@pytest.fixture
def groups(system: System) -> Callable[[], tuple[int, ...]]:
    resolve = Remembered(system.look_up, [str(system.file)], lambda: system.now)
    return lambda: resolve("ada", None).groups


@pytest.mark.field("S19")
def test_who_leaves_a_group_has_left_it_at_the_next_launch(
    system: System, groups: Callable[[], tuple[int, ...]]
) -> None:
    assert groups() == (100, 101)

    system.join(100)

    assert groups() == (100,)


@pytest.mark.field("S19")
def test_what_stands_in_no_file_is_asked_again_after_seconds(
    system: System, groups: Callable[[], tuple[int, ...]]
) -> None:
    groups()
    system.groups = (100,)  # in a directory on the network
    assert groups() == (100, 101)
    assert system.asked == 1

    system.now += FRESH

    assert groups() == (100,)
