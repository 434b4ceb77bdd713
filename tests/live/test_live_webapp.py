"""The whole web application of examples/webapp.yml, up from nothing and down again."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres_server
import pytest
from receivers import free_port
from test_alerts import Hire, relay
from test_sockets import Load
from test_supervision import OVERSEER, until

pytestmark = [pytest.mark.live, pytest.mark.design("4.19")]
__all__ = ["relay"]

ROOT = Path(__file__).parents[2]
TREE = """\
front                     up
├─ web-1                  up         ready
│  ├─ db                  up         ready
"""


def lacking() -> str:
    for program in ("/usr/sbin/nginx", "/usr/bin/redis-server"):
        if not os.path.exists(program):
            return f"{program} is not installed"
    for library in ("flask", "gunicorn", "redis"):
        try:
            __import__(library)
        except ImportError:
            return f"{library} is not installed (pip install -e '.[dev]')"
    return postgres_server.lacking()


class Application:
    """In a folder of its own with a short path, as its sockets need it."""

    def __init__(self, smtp: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="webapp-"))
        self.folder.chmod(0o755)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.env = {
            **os.environ,
            "OVERSEER_STATE_DIR": str(self.folder / "overseer"),
            "WEBAPP_ROOT": str(self.folder / "app"),
            "WEBAPP_PORT": self.url.rpartition(":")[2],
            "WEBAPP_APP_PORT": str(free_port()),
            "WEBAPP_SMTP": f"smtp://127.0.0.1:{smtp}",
            "WEBAPP_PYTHON": sys.executable,
            "WEBAPP_USER": pwd.getpwuid(os.geteuid()).pw_name,  # it can run this Python
            "WEBAPP_POSTGRES": str((postgres_server.programs() / "initdb").resolve().parent),
        }
        self.run()

    def run(self) -> None:
        argv = [*OVERSEER, "run", "--no-strict", str(ROOT / "examples" / "webapp.yml")]
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(argv, env=self.env, stdout=log, stderr=log)

    def is_up(self) -> None:
        until("the socket", lambda: self.overseer("status").returncode in (0, 3))
        waited = self.overseer("wait", "front", "mail_worker", "--timeout", "60s")
        assert waited.returncode == 0, self.overseer("status", "--tree").stdout

    def overseer(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*OVERSEER, *words],
            env=self.env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def came(self) -> list[str]:
        """What has come up, or done what it is for, in this order."""
        lines = self.overseer("history", "--json", "-n", "500").stdout.splitlines()
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [
            one["watch"]
            for one in entries
            if one["kind"] == "finished" or "start -> up" in one["message"]
        ]

    def get(self, path: str = "/", **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(self.url + path, data, timeout=20) as answer:
            return str(answer.read().decode())

    def end(self) -> None:
        if self.process.poll() is None:
            self.overseer("terminate")
            self.process.wait(60)
        shutil.rmtree(self.folder)


@pytest.fixture
def application(relay: Hire) -> Iterator[tuple[Application, Any]]:
    if reason := lacking():
        pytest.skip(reason)
    sink = relay()
    running = Application(sink.port)
    yield running, sink
    running.end()


def in_this_order(names: list[str], *wanted: str) -> bool:
    places = [names.index(name) for name in wanted]
    return places == sorted(places)


def test_it_comes_up_in_order_serves_and_goes_down_in_reverse(
    application: tuple[Application, Any],
) -> None:
    app, sink = application
    app.is_up()

    up = app.came()
    for chain in (
        ("folders", "cluster", "db", "tables", "web-1", "front"),
        ("folders", "cache", "web-2", "front"),
        ("tables", "mail_worker"),
    ):
        assert in_this_order(up, *chain), up
    tree = app.overseer("status", "--tree").stdout
    assert TREE in tree
    assert "6 up of 6 wanted, 3 completed, 1 scheduled" in tree

    assert app.get("/guests", name="Ann", email="ann@example.com") == "welcome, Ann\n"
    assert "1 guests: Ann" in app.get()
    mail = sink.next()
    assert (mail["To"], mail["Subject"]) == ("ann@example.com", "Welcome, Ann")
    with pytest.raises(urllib.error.HTTPError, match="409"):
        app.get("/guests", name="Ann", email="ann@example.com")

    assert app.overseer("trigger", "backup").returncode == 0
    until("what it printed", lambda: "bytes in" in app.overseer("schedule", "backup").stdout)
    [backup] = (app.folder / "app" / "backup").iterdir()
    assert backup.stat().st_size > 1000

    load = Load(app.url)
    try:
        assert app.overseer("restart", "web").returncode == 0
    finally:
        load.end()
    assert load.failures == []
    assert load.answers > 20

    said = app.overseer("terminate")
    assert said.returncode == 0, said
    app.process.wait(60)
    down = [line.partition(":")[0] for line in said.stdout.splitlines()]
    assert in_this_order(down, "front", "web-1", "tables", "db", "cluster", "folders")
    assert in_this_order(down, "web-2", "cache", "folders")
    assert in_this_order(down, "mail_worker", "db")


def test_it_goes_on_with_what_is_there(application: tuple[Application, Any]) -> None:
    app, _ = application
    app.is_up()
    app.get("/guests", name="Ann", email="ann@example.com")
    said = app.overseer("stop", "db")
    assert "web-1, web-2, mail_worker, front depend on it and may run on" in said.stdout

    assert app.overseer("terminate").returncode == 0
    app.process.wait(60)
    app.run()
    until("the socket", lambda: app.overseer("status").returncode in (0, 3))
    assert app.overseer("start", "db").returncode == 0
    app.is_up()

    assert "1 guests: Ann" in app.get()
