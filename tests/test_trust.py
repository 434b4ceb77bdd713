"""Who else may change what a path leads to: real files, folders, links and users."""

import grp
import os
import pwd
import struct
from collections import Counter
from pathlib import Path

import pytest

from overseer.accounts import ACCESS_LIST
from overseer.trust import Trust

STRANGER = 54321
"""A uid that no user has."""
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
pytestmark = needs_root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir(mode=0o755)
    (tmp_path / "app/file").write_text("x")
    (tmp_path / "app/file").chmod(0o644)
    return tmp_path / "app"


def why(
    path: Path | str, allowed: tuple[str, ...] = (), *, uid: int = 0, content: bool = False
) -> str:
    found = Trust(uid, allowed).of(str(path), content=content)
    return f"{found.why}; {found.mend}" if found else ""


def test_what_is_roots_alone_is_trusted(folder: Path) -> None:
    assert why(folder / "file") == ""
    assert why("/bin/sh") == ""
    assert why("/dev/null") == ""


@pytest.mark.field("S8")
def test_the_owner_of_the_file_may_write_it(folder: Path) -> None:
    os.chown(folder / "file", STRANGER, 0)

    assert why(folder / "file") == (
        f"54321 may write {folder}/file; chown root {folder}/file,"
        f" or --allow-untrusted {folder}/file"
    )


@pytest.mark.field("S8")
@pytest.mark.parametrize("deep", ["file", "a/b/file"])
def test_the_owner_of_a_folder_above_may_replace_it(folder: Path, deep: str) -> None:
    path = folder / deep
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.chown(folder, NOBODY, 0)

    assert why(path).startswith(f"nobody may write {folder}; chown root {folder},")


@pytest.mark.field("S8")
def test_the_folder_that_a_link_stands_in_counts_as_that_which_it_leads_to(folder: Path) -> None:
    links = folder.parent / "links"
    links.mkdir()
    (links / "link").symlink_to("../app/file")
    assert why(links / "link") == ""

    os.chown(links, STRANGER, 0)
    assert f"54321 may write {links};" in why(links / "link")

    os.chown(links, 0, 0)
    os.chown(folder, STRANGER, 0)
    assert f"54321 may write {folder};" in why(links / "link")


def test_a_link_that_leads_back_to_itself_is_for_whoever_opens_it(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")

    assert why(folder / "a") == ""


@pytest.mark.field("S8")
@pytest.mark.parametrize(
    ("mode", "message"),
    [
        (0o646, "everybody may write PATH; chmod o-w PATH"),
        (0o664, "the group 54321 may write PATH; chmod g-w PATH"),
    ],
)
def test_the_bits_of_others_count(folder: Path, mode: int, message: str) -> None:
    path = folder / "file"
    os.chown(path, 0, STRANGER)
    path.chmod(mode)

    assert why(path).startswith(message.replace("PATH", str(path)))


def test_the_group_of_root_is_nobody_else(folder: Path) -> None:
    (folder / "file").chmod(0o664)

    assert why(folder / "file") == ""


def test_a_group_in_which_he_is_alone_is_himself(folder: Path) -> None:
    """A user private group, with umask 002."""
    used = Counter(user.pw_gid for user in pwd.getpwall())
    alone = [one for one in pwd.getpwall() if one.pw_gid == one.pw_uid != 0]
    user = next(
        one for one in alone if used[one.pw_gid] == 1 and not grp.getgrgid(one.pw_gid).gr_mem
    )
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o775)
    os.chown(folder / "file", user.pw_uid, user.pw_gid)
    (folder / "file").chmod(0o664)

    assert why(folder / "file", uid=user.pw_uid) == ""
    assert f"{user.pw_name} may write" in why(folder / "file", uid=STRANGER)
    assert f"the group {grp.getgrgid(user.pw_gid).gr_name} ({user.pw_name})" in why(folder / "file")


def test_in_a_sticky_folder_an_entry_is_its_owners(folder: Path) -> None:
    folder.chmod(0o1777)
    assert why(folder / "file") == ""

    os.chown(folder / "file", STRANGER, 0)
    assert f"54321 may write {folder}/file" in why(folder / "file")


@pytest.mark.field("S8")
def test_what_is_not_there_in_a_sticky_folder_anybody_may_make(folder: Path) -> None:
    folder.chmod(0o1777)

    assert f"everybody may write {folder}" in why(folder / "missing")
    assert f"everybody may write {folder}" in why(folder / "missing/below")
    assert f"everybody may write {folder}" in why(folder, content=True)
    assert why(folder) == ""


@pytest.mark.field("S8")
def test_a_link_in_a_sticky_folder_is_its_owners(folder: Path) -> None:
    folder.chmod(0o1777)
    (folder / "link").symlink_to("/bin/sh")
    assert why(folder / "link") == ""

    os.lchown(folder / "link", STRANGER, 0)
    assert "54321 may write" in why(folder / "link")


@pytest.mark.field("S8")
def test_an_access_list_is_read(folder: Path) -> None:
    path = folder / "file"
    entries = [(0x01, 6, -1), (0x02, 6, STRANGER), (0x04, 4, -1), (0x10, 6, -1), (0x20, 4, -1)]
    packed = b"".join(struct.pack("<HHI", tag, bits, id & 0xFFFFFFFF) for tag, bits, id in entries)
    try:
        os.setxattr(path, ACCESS_LIST, struct.pack("<I", 2) + packed)
    except OSError:
        pytest.skip("no access lists on this file system")

    assert why(path).startswith(f"54321 may write {path}; setfacl -x u:54321 {path}")

    readers = packed.replace(
        struct.pack("<HHI", 0x02, 6, STRANGER), struct.pack("<HHI", 0x02, 4, STRANGER)
    )
    os.setxattr(path, ACCESS_LIST, struct.pack("<I", 2) + readers)
    assert why(path) == ""


def test_the_named_way_round_holds_for_all_that_is_below(folder: Path) -> None:
    os.chown(folder, STRANGER, 0)
    link = folder.parent / "link"
    link.symlink_to(folder)

    assert why(folder / "file", (str(folder),)) == ""
    assert why(folder / "file", (str(folder / "file"),)) == ""
    assert why(link / "file", (str(folder),)) == ""
    assert why(folder / "file", (str(link),)) == ""
    assert why(folder / "file", (f"{folder}/fil",)) != ""
    assert why(folder / "file", ("/",)) == ""


def test_a_path_is_walked_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    lstat = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: asked.append(str(path)) or lstat(path))
    trust = Trust(0)
    for _ in range(10_000):
        trust.of(str(folder / "file"))

    assert len(asked) == len(set(asked)) + 1  # the root folder: who owns it, and its mode
