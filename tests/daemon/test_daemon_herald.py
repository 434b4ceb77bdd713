"""What the daemon tells of itself."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from overseer.alerts.alerts import Alerts
from overseer.alerts.facts import read_facts
from overseer.alerts.letter import Facts
from overseer.config import load
from overseer.config.settings import Maintenance
from overseer.contacts.base import Contact, Hear, Notice, unheard
from overseer.contacts.book import Book
from overseer.contacts.terms import Terms
from overseer.daemon.herald import Herald, changes, maintenance
from overseer.model.change import Change
from overseer.model.program import Program
from overseer.model.url import read_url
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.system.log_files import read_piece
from overseer.testing import FakeClock

pytestmark = pytest.mark.design("6")


class Told(Contact):
    """Keeps what it is given."""

    __slots__ = ("notices",)

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "notices", [])

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        self.notices.append(notice)
        return "ops"


class Daemon:
    """Store and alerts without threads, and the herald between them."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.ops = Told()
        terms = {"ops": Terms(events=tuple(Change))}
        self.alerts = Alerts(
            folder / "state.db",
            self.clock,
            "db1",
            lambda *_: (),
            read_piece,
            Book({"ops": self.ops}, {}, terms),
        )
        self.store = StateStore(folder, self.clock, self.alerts.desk)
        self.alerts.enclose = self.store.enclose
        self.store.open()
        self.herald = Herald(self.alerts, self.store, "boot-one")
        self.herald.contacts = ("ops",)

    def letters(self) -> list[Facts]:
        with closing(sqlite3.connect(self.store.path)) as db:
            rows = db.execute("SELECT facts FROM alert_letter ORDER BY id").fetchall()
        return [read_facts(text) for (text,) in rows]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    made = Daemon(tmp_path)
    yield made
    made.store.close()


def test_a_first_daemon_has_nothing_to_tell(daemon: Daemon) -> None:
    daemon.herald.begin(())

    assert daemon.letters() == []


def test_one_that_follows_an_end_has_not_either(daemon: Daemon) -> None:
    daemon.herald.begin(())
    daemon.herald.end()

    daemon.herald.begin(())

    assert daemon.letters() == []


@pytest.mark.parametrize(
    ("boot", "said"),
    [("boot-one", "was killed, or has crashed"), ("boot-two", "the machine went down")],
)
def test_one_that_follows_a_kill_says_so(daemon: Daemon, boot: str, said: str) -> None:
    daemon.herald.begin(())

    following = Herald(daemon.alerts, daemon.store, boot)
    following.contacts = ("ops",)
    following.begin(())

    (facts,) = daemon.letters()
    assert facts.change == "daemon_started_after_crash"
    assert facts.headline.startswith("started again; ")
    assert said in facts.headline


def test_a_load_says_what_has_changed(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "o.yml"
    contact = "contacts: {ops: {command: /bin/true, events: [config_changed]}}\n"
    for watches in ("{web: {command: x}}", "{web: {command: y}, db: {command: x}}"):
        file.write_text(f"{contact}watches: {watches}\n")
        daemon.herald.configured(load([file], check_host=False))

    (facts,) = daemon.letters()
    assert facts.headline == "the watch files have changed: 1 added (db), 1 changed (web)"


def test_of_many_watches_ten_are_named() -> None:
    many = {f"w{n}": Watch(name=f"w{n}", program=Program()) for n in range(12)}

    assert changes({}, many).startswith("12 added (w0, w1,")
    assert changes({}, many).endswith("w9, …)")
    assert changes(many, {}) == changes({}, many).replace("added", "removed")
    assert changes(many, many) == ""


def test_a_disk_that_takes_nothing_is_told_at_once_and_once(daemon: Daemon) -> None:
    daemon.store._writer.trouble = "state.db cannot be written: disk full"
    done = threading.Event()
    object.__setattr__(daemon.ops, "notices", Rung(done))

    daemon.herald.mind_the_disk()
    daemon.herald.mind_the_disk()

    assert done.wait(20)
    assert [one.headers["X-Overseer-Event"] for one in daemon.ops.notices] == ["disk_trouble"]
    daemon.store._writer.trouble = ""
    daemon.herald.mind_the_disk()
    (facts,) = daemon.letters()
    assert facts.headline == "the state can be written again; nothing of it is lost"


class Rung(list[Notice]):
    def __init__(self, done: threading.Event) -> None:
        super().__init__()
        self._done = done

    def append(self, notice: Notice) -> None:
        super().append(notice)
        self._done.set()


class Answering(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012
    code = 200

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(type(self).code)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    made = HTTPServer(("127.0.0.1", 0), Answering)
    Answering.asked.clear()
    Answering.code = 200
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def test_a_heartbeat_is_fetched(daemon: Daemon, server: HTTPServer) -> None:
    daemon.herald.beat()
    daemon.herald.heartbeat = read_url(f"http://127.0.0.1:{server.server_port}/ping/secret?a=b")

    daemon.herald.beat()

    assert Answering.asked == ["/ping/secret?a=b"]


def test_a_heartbeat_goes_with_the_loop_once_a_minute(daemon: Daemon) -> None:
    begun: list[object] = []
    herald = Herald(daemon.alerts, daemon.store, "boot-one", begun.append)
    herald.turn(0.0)
    herald.heartbeat = read_url("http://127.0.0.1:1/ping")

    for now in (0.0, 5.0, 59.0, 60.0, 61.0, 300.0):
        herald.turn(now)

    assert begun == [herald.beat] * 3


def test_one_that_is_not_heard_is_said_once_and_without_its_path(
    daemon: Daemon, server: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    daemon.herald.heartbeat = read_url(f"http://127.0.0.1:{server.server_port}/ping/secret")
    Answering.code = 503
    daemon.herald.beat()
    daemon.herald.beat()
    Answering.code = 200
    daemon.herald.beat()

    assert [one.getMessage() for one in caplog.records] == [
        "heartbeat_url: http://127.0.0.1: 503",
        "heartbeat_url: 127.0.0.1 answers again",
    ]


def test_maintenance_silences_the_watches_it_names() -> None:
    sunday = datetime(2026, 5, 3, 3, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    backups = Maintenance(
        when="0 2 * * sun",
        for_=7200.0,
        watches=("@db",),
        timezone="Europe/Berlin",
        reason="backups",
    )

    silenced = maintenance([backups])

    found = silenced("pg", ("db",), sunday)
    assert found is not None
    assert (found.until, found.why) == (sunday + 3600, "maintenance (backups)")
    assert silenced("web", (), sunday) is None
    assert silenced("pg", ("db",), sunday + 7200) is None
    everything = maintenance([replace(backups, watches=())])
    assert everything("web", (), sunday) is not None
