"""What others may redirect leads nobody where he could not go himself, and nothing waits."""

import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from strangers import STRANGER, as_root, link

from overseer import safe_files
from overseer.credentials import Credentials, acting_as
from overseer.safe_files import APPEND, open_file, read_file

pytestmark = as_root


def append(path: Path, text: str = "a line\n", **more: int) -> None:
    descriptor = open_file(path, APPEND, **more)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


@pytest.mark.field("S2")
@pytest.mark.parametrize("of", [None, STRANGER])
def test_a_link_in_a_folder_of_another_is_followed_with_his_rights_alone(
    theirs: Path, secret: Path, of: int | None
) -> None:
    log = link(theirs / "app.log", secret)

    with pytest.raises(PermissionError):
        open_file(log, APPEND, of=of)
    with pytest.raises(PermissionError):
        read_file(log, of=of)
    assert secret.read_text() == "root:hash\n"


@pytest.mark.field("S2")
def test_a_link_to_nothing_makes_no_file_where_its_owner_may_make_none(
    theirs: Path, roots: Path
) -> None:
    with pytest.raises(PermissionError):
        append(link(theirs / "app.log", roots / "cron"))
    assert not (roots / "cron").exists()


@pytest.mark.field("S2")
def test_a_folder_that_was_replaced_by_a_link_leads_nowhere_else(theirs: Path, roots: Path) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    (closed / "app.log").write_text("of root\n")
    link(theirs / "log", closed)

    with pytest.raises(PermissionError):
        append(theirs / "log" / "app.log")
    with pytest.raises(PermissionError):
        safe_files.remove(theirs / "log" / "app.log")
    with pytest.raises(PermissionError):
        safe_files.write_new(theirs / "log" / "app.log", b"1\n")
    assert (closed / "app.log").read_text() == "of root\n"


@pytest.mark.field("S2")
def test_a_file_with_a_second_name_is_refused_where_others_may_give_it_one(
    theirs: Path, secret: Path
) -> None:
    os.link(secret, theirs / "app.log")

    with pytest.raises(OSError, match="another name"):
        append(theirs / "app.log")
    with pytest.raises(OSError, match="another name"):
        read_file(theirs / "app.log")
    os.chown(secret, STRANGER, STRANGER)
    assert read_file(theirs / "app.log") == b"root:hash\n"  # he has had both of them


@pytest.mark.field("S2")
def test_a_file_of_a_third_user_is_refused_where_everybody_may_put_one(roots: Path) -> None:
    (shared := roots / "shared").mkdir()
    shared.chmod(0o1777)
    (file := shared / "app.log").write_text("")
    os.chown(file, STRANGER, STRANGER)

    with pytest.raises(OSError, match="belongs to the user 54321"):
        append(file, of=2)
    append(file, of=STRANGER)


def test_the_links_of_a_deployment_are_followed(theirs: Path) -> None:
    """current -> releases/1, and in it log -> shared/log, all of them made by the user."""
    for folder in ("releases/1", "shared/log"):
        (theirs / folder).mkdir(parents=True)
    for folder in ("releases", "releases/1", "shared", "shared/log"):
        os.chown(theirs / folder, STRANGER, STRANGER)
    link(theirs / "current", "releases/1")
    link(theirs / "releases/1/log", theirs / "shared/log")
    (old := theirs / "shared/log/old.log").write_text("")  # as root made it

    append(theirs / "current/log/app.log")
    append(old)
    append(theirs / "current/log/old.log")

    assert (theirs / "shared/log/app.log").read_text() == "a line\n"
    assert old.read_text() == "a line\n" * 2
    assert read_file(theirs / "current/log/app.log") == b"a line\n"


def test_the_links_of_root_are_followed_wherever_they_lead(roots: Path, theirs: Path) -> None:
    (roots / "log").symlink_to(theirs)
    (roots / "plain.log").symlink_to(roots / "data.log")
    (roots / "above").symlink_to("theirs/../log")

    append(roots / "log" / "app.log")
    append(roots / "plain.log")
    append(roots / "above" / "app.log")

    assert (theirs / "app.log").read_text() == "a line\n" * 2
    assert (roots / "data.log").read_text() == "a line\n"


def test_a_link_of_root_in_a_folder_of_his_that_a_group_may_write_is_followed(
    roots: Path,
) -> None:
    """As /var/log is on some systems."""
    (var := roots / "var").mkdir()
    var.chmod(0o775)
    (data := roots / "data").mkdir()
    link(var / "app", data, owner=0)
    link(var / "evil", data)

    append(var / "app" / "app.log")
    assert (data / "app.log").exists()
    with pytest.raises(PermissionError):
        append(var / "evil" / "app.log")


def test_a_link_of_root_in_a_folder_of_another_is_followed_with_his_rights(
    theirs: Path, secret: Path
) -> None:
    """He may have moved it there."""
    with pytest.raises(PermissionError):
        append(link(theirs / "app.log", secret, owner=0))


@pytest.mark.field("S14")
def test_what_is_read_as_a_user_is_what_he_may_read(theirs: Path, secret: Path) -> None:
    user = Credentials(STRANGER, STRANGER)
    (own := theirs / "own").write_text("A=1\n")
    (roots_own := theirs / "roots").write_text("A=1\n")
    roots_own.chmod(0o600)

    assert read_file(own, user=user) == b"A=1\n"
    assert read_file(secret, user=user) == b"root:hash\n"  # root's folder: whom root lets read it
    for path in (link(theirs / "env", secret), roots_own):
        with pytest.raises(PermissionError):
            read_file(path, user=user)


@pytest.mark.field("S10")
@pytest.mark.parametrize("flags", [os.O_RDONLY, APPEND, os.O_RDWR])
@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "terminal", "device"])
def test_what_is_no_file_is_named_and_nobody_waits(
    theirs: Path, roots: Path, kind: str, flags: int
) -> None:
    ours, other = os.openpty()
    for folder in (theirs, roots):
        path = folder / "app.log"
        match kind:
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "socket":
                os.mknod(path, stat.S_IFSOCK | 0o600)
            case "device":
                os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
            case "terminal":
                path.symlink_to(os.ttyname(other))
        with pytest.raises(OSError) as error:  # noqa: PT011
            open_file(path, flags)
        assert error.value.errno != errno.ENOENT
    os.close(ours)
    os.close(other)


def test_the_output_of_overseer_itself_may_be_written(tmp_path: Path) -> None:
    """Where it is a pipe, as in a container."""
    code = (
        "import os; from overseer.safe_files import *;"
        " os.write(open_file('/dev/stdout', APPEND, any_kind=True, of=5), b'here')"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"here"


def test_uids_of_all_sizes_are_acted_as() -> None:
    for uid in (STRANGER, 2**31 + 5, 2**32 - 2):
        with acting_as(Credentials(uid, uid)):
            assert f"Uid:\t0\t0\t0\t{uid}" in Path("/proc/thread-self/status").read_text()
    assert "Uid:\t0\t0\t0\t0" in Path("/proc/thread-self/status").read_text()


def test_a_device_of_root_may_be_written_where_that_is_allowed() -> None:
    os.close(open_file("/dev/null", APPEND, any_kind=True))
    os.close(open_file("/dev/null", APPEND, any_kind=True, of=STRANGER))


@pytest.mark.field("S25")
def test_what_is_written_anew_follows_no_link(theirs: Path, secret: Path) -> None:
    link(theirs / f".pid.{os.getpid()}.new", secret)
    link(theirs / "pid", secret)

    safe_files.write_new(theirs / "pid", b"12\n")

    assert (theirs / "pid").read_text() == "12\n"
    assert not (theirs / "pid").is_symlink()
    assert secret.read_text() == "root:hash\n"


@pytest.mark.field("S17")
def test_the_mode_of_a_link_or_of_another_file_is_never_changed(theirs: Path, secret: Path) -> None:
    link(theirs / "socket", secret)
    os.link(secret, theirs / "hard")

    for name, kind in (("socket", stat.S_IFSOCK), ("socket", stat.S_IFREG), ("hard", stat.S_IFREG)):
        with pytest.raises(OSError, match=r"put there|not the one"):
            safe_files.set_access(theirs / name, mode=0o666, kind=kind)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_folders_are_made_below_those_that_others_may_write(theirs: Path, roots: Path) -> None:
    safe_files.make_folder(theirs / "a" / "b")
    safe_files.make_folder(theirs / "a" / "b")
    assert (theirs / "a" / "b").is_dir()

    link(theirs / "link", roots)
    with pytest.raises(PermissionError):
        safe_files.make_folder(theirs / "link" / "new")
    assert not (roots / "new").exists()


@pytest.fixture
def threads_groups() -> Iterator[list[int]]:
    groups = os.getgroups()
    yield groups
    assert os.getgroups() == groups


def test_the_rights_of_another_are_given_back_whatever_happens(
    secret: Path, threads_groups: list[int]
) -> None:
    with acting_as(Credentials(STRANGER, STRANGER, (STRANGER,))):
        assert os.getgroups() == [STRANGER]
    with pytest.raises(PermissionError), acting_as(Credentials(STRANGER, STRANGER)):
        secret.read_text()
    assert secret.read_text() == "root:hash\n"


def test_a_circle_of_links_ends(roots: Path, theirs: Path) -> None:
    (roots / "a").symlink_to("b")
    (roots / "b").symlink_to("a")
    link(theirs / "a", "a")
    for path in (roots / "a", theirs / "a", roots / "a" / "b"):
        with pytest.raises(OSError, match="symbolic links"):
            read_file(path)


@pytest.mark.field("S2")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_changed_meanwhile_leads_nowhere_either(
    theirs: Path, roots: Path, what: str
) -> None:
    """A child changes it as quickly as it can."""
    (closed := roots / "closed").mkdir(mode=0o700)
    (closed / "app.log").write_text("of root\n")
    own, other = theirs / "own", theirs / "other"
    own.mkdir()
    (own / "app.log").write_text("")
    for path in (own, own / "app.log"):
        os.chown(path, STRANGER, STRANGER)
    link(other, closed)
    shown, target = theirs / "log", theirs / "log" / "app.log"
    if what == "file":
        (own / "app.log").rename(theirs / "own.log")
        link(theirs / "other.log", closed / "app.log")
        own, other = theirs / "own.log", theirs / "other.log"
        shown = target = theirs / "app.log"
    code = "import os,sys\nwhile True:\n for a in sys.argv[2:]: os.rename(a, sys.argv[1]);"
    code += " os.rename(sys.argv[1], a)"
    player = subprocess.Popen([sys.executable, "-c", code, shown, own, other])
    wanted, outcomes = {"written", PermissionError}, set()
    try:
        deadline = time.monotonic() + 30
        while not wanted <= outcomes and time.monotonic() < deadline:
            for _ in range(200):
                outcomes.add(outcome(target))
            if player.poll() is not None:
                raise AssertionError("nobody plays")
    finally:
        player.kill()
        player.wait()
    assert wanted <= outcomes
    assert (closed / "app.log").read_text() == "of root\n"


def outcome(path: Path) -> object:
    try:
        descriptor = open_file(path, os.O_WRONLY | os.O_APPEND)
    except OSError as error:
        return type(error)
    os.write(descriptor, b"x\n")
    os.close(descriptor)
    return "written"


def test_without_root_the_links_of_a_folders_owner_are_followed_and_no_others(
    theirs: Path, roots: Path
) -> None:
    """As of a deployment by another user; not those that a third one has put into /tmp."""
    (data := roots / "data").mkdir()
    data.chmod(0o777)
    (shared := roots / "shared").mkdir()
    shared.chmod(0o1777)
    link(theirs / "current", data)
    link(shared / "log", data)
    code = (
        "import os, sys; from overseer.safe_files import *; from overseer.credentials import *;"
        " os.setgroups([]); os.setgid(54322); os.setuid(54322)\n"
        "for path in sys.argv[1:]:\n"
        "    try: os.close(open_file(path, APPEND)); print('opened')\n"
        "    except OSError as error: print(error.strerror)\n"
    )
    paths = [theirs / "current" / "a.log", shared / "log" / "b.log", shared / "own.log"]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True)
    refused = "a link that others may have put there is in its way"
    assert (done.stdout.splitlines(), done.stderr) == (["opened", refused, "opened"], "")
