"""Logs in a folder of the watch's user: whatever he puts there costs that log alone."""

import os
from pathlib import Path

import pytest
from strangers import STRANGER, as_root, link

from overseer.control.output import Tail, last_lines
from overseer.model.log_file import LogMark
from overseer.system.log_files import NotRead, mark_of, open_file, open_for_program, printed
from overseer.system.logs import cut_if_long, thin_out

pytestmark = [as_root, pytest.mark.field("S2")]


def cut(log: Path) -> list[str]:
    complaints: list[str] = []
    cut_if_long(log, 1000, 3, 10_000, complaints.append)
    return complaints


def written(log: Path, text: str) -> None:
    descriptor = open_for_program(str(log), STRANGER)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def test_a_log_of_a_user_is_made_written_cut_and_shown(theirs: Path) -> None:
    log = theirs / "new" / "app.log"

    for number in range(500):
        written(log, f"line {number}\n")
    assert cut(log) == []

    written(log, "the end\n")
    assert last_lines(LogMark(str(log)), 2) == ["line 499", "the end"]
    assert (theirs / "new" / "app.log.1").stat().st_size <= 1000
    assert printed(mark_of(str(log), os.stat(log))) == ""


def test_where_a_log_leads_to_a_file_of_root_that_is_left_as_it_is(
    theirs: Path, secret: Path
) -> None:
    secret.write_text("of root\n" * 1000)
    log = link(theirs / "app.log", secret)

    with pytest.raises(PermissionError, match="54321, who may change"):
        open_for_program(str(log), STRANGER)
    (complaint,) = cut(log)
    assert "cannot be cut: Permission denied to the user 54321" in complaint
    assert last_lines(LogMark(str(log)), 5) == []
    assert printed(LogMark(str(log))) == ""
    assert secret.read_text() == "of root\n" * 1000


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_copies_are_made_over_no_link(theirs: Path, roots: Path, number: int) -> None:
    written(theirs / "app.log", "a line\n" * 1000)
    link(theirs / f"app.log.{number}", roots / "cron")

    cut(theirs / "app.log")
    thin_out([theirs / "app.log"], 1000, 3, 0)

    assert not (roots / "cron").exists()


def test_copies_are_looked_for_and_removed_in_no_folder_of_root(theirs: Path, roots: Path) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    (closed / "app.log.1").write_text("x" * 5000)
    (closed / "app.log").write_text("x" * 5000)
    link(theirs / "log", closed)

    thin_out([theirs / "log" / "app.log"], 1000, 3, 0)
    assert cut(theirs / "log" / "app.log")

    assert (closed / "app.log.1").stat().st_size == 5000
    assert (closed / "app.log").stat().st_size == 5000


def test_one_folder_that_cannot_be_looked_at_leaves_the_others_bounded(
    theirs: Path, roots: Path
) -> None:
    (closed := roots / "closed").mkdir(mode=0o700)
    link(theirs / "log", closed)
    (roots / "fine.log.1").write_text("x" * 5000)

    thin_out([theirs / "log" / "a.log", roots / "fine.log"], 1000, 3, 0)

    assert not (roots / "fine.log.1").exists()


def test_what_a_process_has_open_is_read_only_if_it_is_its_log(theirs: Path, secret: Path) -> None:
    """A process may open anything in its place, and with O_PATH even what it may not read."""
    written(theirs / "app.log", "of the log\n")
    log = os.open(theirs / "app.log", os.O_RDONLY)
    mark = mark_of(f"/proc/{os.getpid()}/fd/{log}", os.fstat(log))
    (theirs / "app.log").unlink()

    assert last_lines(mark, 5) == ["of the log"]
    os.dup2(other := os.open(secret, os.O_PATH), log)
    assert last_lines(mark, 5) == []
    assert not list(Tail(mark).more())
    os.close(other)
    os.close(log)


@pytest.mark.field("S10")
@pytest.mark.parametrize("kind", ["pipe", "folder", "terminal"])
def test_what_is_no_log_holds_up_nobody(theirs: Path, kind: str) -> None:
    log = theirs / "app.log"
    ours, terminal = os.openpty()
    if kind == "pipe":
        os.mkfifo(log)
    elif kind == "folder":
        log.mkdir()
    else:
        os.fchown(terminal, STRANGER, STRANGER)
        link(log, os.ttyname(terminal))

    with pytest.raises(OSError, match="it is no regular file but a"):
        open_for_program(str(log), STRANGER)
    assert last_lines(LogMark(str(log)), 5) == []
    assert list(Tail(LogMark(str(log))).more()) == []
    assert printed(LogMark(str(log))) == ""
    assert cut(log) == []
    os.close(ours)
    os.close(terminal)


@pytest.mark.field("S10")
def test_a_pipe_for_a_log_is_named(theirs: Path) -> None:
    os.mkfifo(theirs / "app.log")
    with pytest.raises(NotRead, match="is a pipe: what is written there is not kept"):
        open_file(str(theirs / "app.log"))


@pytest.mark.field("S18")
@pytest.mark.parametrize("how", ["folders", "links"])
def test_a_log_has_its_limit_also_where_its_copies_are_hindered(theirs: Path, how: str) -> None:
    """The bytes count as root's, whatever the user may keep on that disk."""
    log = theirs / "app.log"
    for number in (1, 2, 3, 4):
        copy = theirs / f"app.log.{number}"
        if how == "folders":
            (copy / "full").mkdir(parents=True)
        else:
            link(copy, theirs / "nowhere")
    written(log, "".join(f"{number}\n" for number in range(50_000)))

    complaints = []
    size = 64 * 2**10
    cut_if_long(log, size, 3, 10 * size, complaints.append)

    assert log.stat().st_size <= size
    assert last_lines(LogMark(str(log)), 1) in (["49999"], [])
    kept = [log, log.with_name("app.log.1")][how == "links"].read_text()
    assert kept.endswith("49998\n49999\n")
    assert len(complaints) == (how == "folders")


@pytest.mark.field("S18")
def test_no_files_of_a_user_drive_out_the_copies_of_other_logs(theirs: Path, roots: Path) -> None:
    (mine := roots / "web.log.1").write_bytes(b"x" * 1000)
    os.utime(mine, (0, 0))
    for number in range(1, 50):
        copy = theirs / f"app.log.{number}"
        copy.touch()
        os.truncate(copy, 2**40)

    thin_out([roots / "web.log", theirs / "app.log"], 1000, 3, 4000)
    assert mine.exists()
    thin_out([roots / "web.log", theirs / "app.log"], 1000, 3, 3999)
    assert not mine.exists()
