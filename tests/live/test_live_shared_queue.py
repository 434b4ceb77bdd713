"""A queue of two users: an application puts, a worker that is somebody else sends. As root."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from post_office import until

from overseer.outbox import Outbox

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can be two users"),
]

GROUP, GID = "users", 100
APPLICATION, WORKER, STRANGER = 54321, 54322, 54323
"""Users by number: they need no name."""
PUT = """
import sys
from overseer.outbox import Outbox
outbox = Outbox(sys.argv[1])
for line in sys.stdin:
    print(outbox.put_mail(b"Subject: hi", "app@example.org", line.strip()), flush=True)
"""


ROOT = str(Path(__file__).parents[2])


def interpreter() -> str:
    """One that another user may run, for root's own often is in a home that is closed."""
    for program in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            done = subprocess.run(
                [program, "-c", "import overseer.mail.worker, overseer.mail.cli"],
                user=STRANGER,
                group=STRANGER,
                extra_groups=(),
                cwd="/",
                env={"PYTHONPATH": ROOT},
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode == 0:
                return program
    pytest.skip("no Python here that another user may run, with what is in this checkout")


class Office:
    def __init__(self, folder: Path) -> None:
        self.python = interpreter()
        self.folder = folder
        self.path = folder / "queue" / "mail.db"
        self.url = f"sqlite:///{self.path}"
        self.running: list[subprocess.Popen[str]] = []

    def start(
        self, uid: int, *argv: str, groups: tuple[int, ...] = (GID,)
    ) -> subprocess.Popen[str]:
        """As a daemon of Debian has it: umask 022, the group among its supplementary ones."""
        process = subprocess.Popen(
            [self.python, *argv],
            user=uid,
            group=uid,
            extra_groups=groups,
            umask=0o022,
            cwd="/",
            env={"PYTHONPATH": ROOT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.running.append(process)
        return process

    def put(self, application: subprocess.Popen[str], rcpt: str) -> str:
        assert application.stdin
        assert application.stdout
        application.stdin.write(f"{rcpt}\n")
        application.stdin.flush()
        return application.stdout.readline()

    def work(self) -> subprocess.Popen[str]:
        words = ["worker", "run", "--url", self.url, "--sendmail", "/bin/true"]
        worker = self.start(WORKER, "-m", "overseer.mail", *words)
        assert worker.stdout
        assert "worker mail, pid" in worker.stdout.readline()
        return worker

    def close(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()


@pytest.fixture
def office() -> Iterator[Office]:
    """Not in pytest's folder, which is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="shared-"))
    folder.chmod(0o755)
    made = Office(folder)
    with closing(Outbox(made.url)) as outbox:
        outbox.share(GROUP)
    yield made
    made.close()
    shutil.rmtree(folder)


def sent(office: Office) -> int:
    with closing(Outbox(office.url)) as outbox:
        return outbox.counts().sent


@pytest.mark.parametrize("first", ["application", "worker"])
def test_two_users_of_a_group_share_a_queue_whoever_comes_first(office: Office, first: str) -> None:
    application = office.start(APPLICATION, "-c", PUT, office.url)
    if first == "worker":
        office.work()
    assert office.put(application, "ann@example.org") == "[1]\n"
    worker = office.work() if first == "application" else office.running[-1]
    until("the first", lambda: sent(office) == 1)

    worker.kill()
    worker.wait()
    office.put(application, "bob@example.org")
    office.work()

    until("the second", lambda: sent(office) == 2)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in office.path.parent.glob("*.db*")}
    assert modes["mail.db"] == modes["mail.db-wal"] == modes["mail.db.mail.lock"] == 0o660
    assert {one.stat().st_gid for one in office.path.parent.iterdir()} == {GID}


def test_another_user_is_told_what_to_ask_for(office: Office) -> None:
    words = ["queue", "--url", office.url]
    stranger = office.start(STRANGER, "-m", "overseer.mail", *words, groups=())

    said, _ = stranger.communicate(timeout=60)

    assert stranger.returncode == 1
    assert "`overseer mail setup --group GROUP` opens it to a group" in said


def test_a_stranger_queues_nothing_and_knows_it(office: Office) -> None:
    words = ["send", "--url", office.url, "--to", "a@x.org", "--subject", "s"]
    stranger = office.start(STRANGER, "-m", "overseer.mail", *words, "--text", "t", groups=())

    said, _ = stranger.communicate(timeout=60)

    assert stranger.returncode == 75
    assert "opens it to a group" in said


def test_a_folder_of_others_keeps_its_mode(office: Office) -> None:
    with pytest.raises(Exception, match="is not the queue's alone"):
        Outbox(f"sqlite:///{office.folder}/mail.db").share(GROUP)

    assert stat.S_IMODE(office.folder.stat().st_mode) == 0o755


def test_a_queue_in_use_is_shared_later(office: Office) -> None:
    office.path.parent.joinpath("other").mkdir()
    path = office.path.parent / "other" / "mail.db"
    path.parent.chmod(0o700)
    with closing(Outbox(f"sqlite:///{path}")) as outbox:
        outbox.put("note")
        with closing(Outbox(f"sqlite:///{path}")) as another:
            another.share(GROUP)
        application = office.start(APPLICATION, "-c", PUT, f"sqlite:///{path}")

        assert office.put(application, "ann@example.org") == "[2]\n"
