"""Contacts against servers and libraries that a machine may not have: those tests are skipped."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from receivers import CERTIFICATE, DEADLINE, KEY, Web, free_port
from test_contacts import RECOVERED, facts, notice

from overseer.contacts.alertmanager import Alertmanager
from overseer.contacts.apprise import Apprise
from overseer.contacts.base import NotDelivered
from overseer.contacts.jabber import Jabber, Tls

pytestmark = [pytest.mark.live, pytest.mark.design("5")]

PROSODY = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
c2s_require_encryption = {encryption}
log = {{ debug = "{folder}/prosody.log" }}
ssl = {{ certificate = "{certificate}"; key = "{key}" }}
VirtualHost "localhost"
"""


def until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Prosody:
    """With the accounts overseer and ops, both offline."""

    folder: Path
    port: int
    tls_port: int

    def contact(self, **options: Any) -> Jabber:
        return Jabber(
            **{
                "from_jid": "overseer@localhost",
                "to_jid": ("ops@localhost",),
                "password_file": str(self.folder / "password"),
                "host": "localhost",
                "port": self.port,
                "ca_file": str(CERTIFICATE),
                **options,
            }
        )

    def kept(self) -> str:
        """What waits for ops."""
        file = self.folder / "data" / "localhost" / "offline" / "ops.list"
        return file.read_text() if file.exists() else ""


Serve = Callable[..., Prosody]


@pytest.fixture
def prosody(tmp_path: Path) -> Iterator[Serve]:
    pytest.importorskip("slixmpp", reason="needs pip install 'overseer-supervisor[jabber]'")
    if shutil.which("prosody") is None:
        pytest.skip("needs the server prosody")
    running: list[subprocess.Popen[bytes]] = []

    def serve(*, tls: bool = True) -> Prosody:
        accounts = tmp_path / "data" / "localhost" / "accounts"
        accounts.mkdir(parents=True)
        for name in ("overseer", "ops"):
            (accounts / f"{name}.dat").write_text('return { ["password"] = "hunter2" };\n')
        (tmp_path / "password").write_text("hunter2\n")
        modules = ["saslauth", "roster", "disco", "ping", "offline", *(["tls"] if tls else [])]
        server = Prosody(tmp_path, free_port(), free_port())
        config = tmp_path / "prosody.cfg.lua"
        config.write_text(
            PROSODY.format(
                folder=tmp_path,
                port=server.port,
                tls_port=server.tls_port,
                modules=", ".join(f'"{name}"' for name in modules),
                encryption="true" if tls else "false",
                certificate=CERTIFICATE,
                key=KEY,
            )
        )
        with (tmp_path / "said").open("wb") as said:
            command = ["prosody", "-F", "--config", str(config)]
            running.append(subprocess.Popen(command, stdout=said, stderr=said))
        until(lambda: listens(server.port))
        return server

    yield serve
    for process in running:
        process.terminate()
        process.wait(DEADLINE)


@pytest.mark.case(146)
@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_jabber_hands_the_message_to_the_server(tls: Tls, prosody: Serve) -> None:
    server = prosody()
    contact = server.contact(tls=tls)
    if tls is Tls.IMPLICIT:
        contact = replace(contact, port=server.tls_port)
    lines: list[str] = []

    with ThreadPoolExecutor(1) as thread:  # as the daemon delivers
        said = thread.submit(contact.deliver, notice(), lines.append).result(DEADLINE)

    assert said == f"ops@localhost by xmpp to localhost:{contact.port}"
    until(server.kept)
    assert "[db1] web: flapping, held" in server.kept()
    assert "Samples:  98MB, *104MB" in server.kept()
    assert "< logged in as overseer@localhost" in lines
    assert "< the server has read it" in lines
    assert "hunter2" not in "\n".join(lines) + repr(contact)


def test_jabber_says_whom_the_server_does_not_know(prosody: Serve) -> None:
    server = prosody()

    said = server.contact(to_jid=("nobody@localhost", "ops@localhost")).deliver(notice())

    assert said.startswith("ops@localhost by xmpp to localhost:")
    assert "; refused: nobody@localhost: service-unavailable" in said
    with pytest.raises(NotDelivered, match="nobody@localhost: service-unavailable") as caught:
        server.contact(to_jid=("nobody@localhost",)).deliver(notice())
    assert caught.value.only_this


def test_jabber_says_what_goes_wrong(prosody: Serve, tmp_path: Path) -> None:
    server = prosody()
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")

    assert server.contact().knock() == f"localhost:{server.port} answers"
    assert not server.kept()
    for options, said in (
        ({"password_file": str(wrong)}, "does not let overseer@localhost in: a wrong password"),
        ({"ca_file": None}, "its certificate is not believed"),
        ({"ca_file": None, "tls": Tls.IMPLICIT, "port": server.tls_port}, "is not believed"),
        ({"port": free_port()}, "Connection refused"),
        ({"password_file": "/nowhere/pw"}, "password_file /nowhere/pw: No such file"),
    ):
        with pytest.raises(NotDelivered, match=said) as caught:
            server.contact(**options).deliver(notice())
        assert not caught.value.final
    assert not server.kept()
    assert server.contact(ca_file=None, insecure=True).knock()


def test_jabber_says_nothing_in_the_clear_unless_it_may(prosody: Serve) -> None:
    server = prosody(tls=False)

    with pytest.raises(NotDelivered, match="does not offer TLS; write tls: none"):
        server.contact().deliver(notice())

    assert not server.kept()


def test_jabber_gives_a_silent_server_up() -> None:
    pytest.importorskip("slixmpp", reason="needs pip install 'overseer-supervisor[jabber]'")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        contact = Jabber(
            from_jid="a@localhost",
            to_jid=("b@localhost",),
            password_env="PATH",
            host="127.0.0.1",
            port=port,
            timeout=0.3,
        )
        with pytest.raises(NotDelivered, match=f"127.0.0.1:{port}: no answer in time, logging in"):
            contact.deliver(notice())


APPRISE = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the library's own


def urls(folder: Path, *lines: str) -> str:
    file = folder / "urls"
    file.write_text("# of the night shift\n" + "\n".join(lines) + "\n")
    return str(file)


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


@APPRISE
def test_apprise_hands_it_to_each_service(web: Web, tmp_path: Path) -> None:
    pytest.importorskip("apprise", reason="needs pip install 'overseer-supervisor[apprise]'")
    there = web.url.removeprefix("http://")
    dead = f"json://me:hunter2@localhost:{free_port()}/abracadabra"
    contact = Apprise(urls_file=urls(tmp_path, f"json://{there}/night", dead))
    lines: list[str] = []

    said = contact.deliver(notice(), lines.append)

    body = web.next().json
    assert body["title"] == "[db1] web: flapping, held"
    assert "Why:      5 launches within 5m" in body["message"]
    assert body["type"] == "failure"
    assert f"json://{there}" in said
    assert "; not taken by json://me:" in said
    assert contact.knock() == ""
    for secret in ("hunter2", "abracadabra"):
        assert secret not in said + "\n".join(lines)


@APPRISE
def test_apprise_says_what_it_does_not_understand(tmp_path: Path) -> None:
    pytest.importorskip("apprise", reason="needs pip install 'overseer-supervisor[apprise]'")
    dead = f"json://me:hunter2@localhost:{free_port()}"
    for lines, said in (
        (["hunter2"], "URL 1 .one without a scheme. is not understood by apprise"),
        (["nosuch://hunter2"], "URL 1 .nosuch. is not understood by apprise"),
        ([], "holds no URL; write one a line"),
        ([dead], "not taken by json://me"),
    ):
        with pytest.raises(NotDelivered, match=said) as caught:
            Apprise(urls_file=urls(tmp_path, *lines)).deliver(notice())
        assert "hunter2" not in str(caught.value)


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("needs alertmanager")
    config = tmp_path / "am.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    port = free_port()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.path={tmp_path}/am",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    until(lambda: listens(port))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(DEADLINE)


def firing(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/api/v2/alerts?active=true", timeout=DEADLINE) as answer:
        return list(json.load(answer))


def test_a_real_alertmanager_fires_until_the_recovery(alertmanager: str) -> None:
    contact = Alertmanager(url=(alertmanager,), labels={"team": "db"})

    contact.deliver(notice())
    contact.deliver(notice(facts(change="gave_up", headline="gave up")))

    until(lambda: firing(alertmanager))
    (alert,) = firing(alertmanager)
    assert alert["labels"]["watch"] == "web"
    assert alert["annotations"]["summary"] == "[db1] web: gave up"
    assert contact.knock() == f"{alertmanager}/ answers"
    contact.deliver(notice(RECOVERED))
    until(lambda: not firing(alertmanager))
