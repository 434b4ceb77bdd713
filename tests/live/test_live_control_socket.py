"""The two ends of the wire, over a real socket."""

import grp
import json
import os
import pwd
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from overseer.control.client import Client
from overseer.control.protocol import Answer, HungUp, Request, done
from overseer.control.roles import Roles
from overseer.control.seat import Seat
from overseer.control.server import CLIENTS, Caller, Server
from overseer.errors import NoDaemon, Refused, UnknownName

pytestmark = pytest.mark.live

SOON = 10.0
NOBODY = 65534  # the user and his group


class Echo:
    """A desk that says again what it was asked, and can be told to misbehave."""

    def __init__(self) -> None:
        self.left = threading.Event()
        self.waiting = threading.Event()

    def answer(self, request: Request, caller: Caller) -> Answer:
        match request["do"]:
            case "unknown":
                raise UnknownName("no watch 'x'")
            case "bug":
                raise ZeroDivisionError
            case "quit":
                caller.afterwards = self.left.set
            case "wait":
                self.waiting.set()
                while not caller.gone():
                    pass
                self.left.set()
        caller.say({"say": "under way"})
        return done(by=caller.by, heard=request)


@pytest.fixture
def desk() -> Echo:
    return Echo()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "run" / "overseer.sock")


@pytest.fixture
def server(path: str, desk: Echo) -> Iterator[Server]:
    server = Server(Seat(path), desk, "1.2.3")
    server.open()
    yield server
    server.close()


@pytest.fixture
def client(server: Server, path: str) -> Iterator[Client]:
    with Client(path) as client:
        yield client


@pytest.fixture
def raw(server: Server, path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(SOON)
        line.connect(path)
        with line.makefile("rb") as lines:
            assert json.loads(lines.readline()) == {
                "v": 1,
                "overseer": "1.2.3",
                "pid": os.getpid(),
            }
        yield line


def test_a_question_is_answered_with_progress_and_an_end(client: Client) -> None:
    heard: list[Answer] = []

    answer = client.ask("echo", {"names": ["wéb"]}, heard.append)

    assert heard == [{"say": "under way"}]
    assert answer["code"] == 0
    assert answer["heard"] == {"v": 1, "do": "echo", "names": ["wéb"]}


def test_one_connection_carries_many_questions(client: Client) -> None:
    assert [client.ask("echo", {"n": n})["heard"]["n"] for n in range(5)] == [0, 1, 2, 3, 4]


def test_the_daemon_knows_who_asks(client: Client) -> None:
    assert client.ask("echo")["by"] == pwd.getpwuid(os.getuid()).pw_name


def test_an_error_keeps_its_code_and_its_words(client: Client) -> None:
    assert client.ask("unknown") == {"done": True, "code": 4, "error": "no watch 'x'"}


def test_a_bug_is_answered_and_harms_nobody(client: Client) -> None:
    assert client.ask("bug")["code"] == 70
    assert client.ask("echo")["code"] == 0


def test_a_client_that_leaves_half_way_may_ask_again(client: Client) -> None:
    for _ in client.stream("echo", {"n": 1}):
        break

    assert client.ask("echo", {"n": 2})["heard"]["n"] == 2


def test_a_hang_up_is_noticed_while_there_is_nothing_to_say(
    path: str, client: Client, desk: Echo
) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(b'{"v": 1, "do": "wait"}\n')
        assert desk.waiting.wait(SOON)

    assert desk.left.wait(SOON)


def test_what_ends_the_daemon_is_done_after_the_answer(client: Client, desk: Echo) -> None:
    assert client.ask("quit")["code"] == 0
    assert desk.left.wait(SOON)


@pytest.mark.case(165)
@pytest.mark.parametrize("line", [b"\xff\x00\n", b"[]\n", b"{}\n", b'{"v": 1, "do": 7, "v": 3}\n'])
def test_strange_bytes_are_answered_with_an_error(raw: socket.socket, line: bytes) -> None:
    raw.sendall(line)

    with raw.makefile("rb") as lines:
        assert json.loads(lines.readline())["code"] == 2


def test_an_endless_line_is_answered_and_hung_up_on(raw: socket.socket, client: Client) -> None:
    with suppress(ConnectionError):  # the daemon need not read it all
        raw.sendall(b"x" * 3_000_000)

    assert client.ask("echo")["code"] == 0


def test_half_a_line_harms_nobody(raw: socket.socket, client: Client) -> None:
    raw.sendall(b'{"v": 1')
    raw.close()

    assert client.ask("echo")["code"] == 0


def test_one_client_too_many_is_told_so(server: Server, path: str) -> None:
    clients = [Client(path) for _ in range(CLIENTS)]
    for client in clients:
        client.ask("echo")

    with pytest.raises(Refused, match="connected already"):
        Client(path).ask("echo")

    assert clients[0].ask("echo")["code"] == 0
    for client in clients:
        client.close()


def test_without_a_daemon_it_is_said_at_once_and_where(path: str) -> None:
    with pytest.raises(NoDaemon, match=rf"{path}: no overseer answers here \(no such file"):
        Client(path).ask("ping")


def test_a_daemon_that_goes_away_in_the_middle_is_said(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        os.makedirs(os.path.dirname(path))
        listener.bind(path)
        listener.listen()
        client = Client(path)

        def hang_up() -> None:
            line, _ = listener.accept()
            line.sendall(b'{"v": 1}\n')
            line.recv(100)
            line.close()

        other = threading.Thread(target=hang_up)
        other.start()
        with pytest.raises(HungUp, match="hung up before it was done"):
            client.ask("status")
        other.join(SOON)


@pytest.mark.case(166)
def test_a_dead_daemons_socket_is_replaced(path: str, desk: Echo) -> None:
    os.makedirs(os.path.dirname(path))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)

    server = Server(Seat(path), desk, "1")
    server.open()

    with Client(path) as client:
        assert client.ask("ping")["code"] == 0
    server.close()


@pytest.mark.case(166)
def test_a_living_daemons_socket_is_not(
    server: Server, path: str, client: Client, desk: Echo
) -> None:
    with pytest.raises(Refused, match="another overseer answers here"):
        Server(Seat(path), desk, "1").open()

    assert client.ask("ping")["code"] == 0


def test_what_is_not_a_socket_is_left_alone(tmp_path: Path, desk: Echo) -> None:
    (tmp_path / "precious").write_text("keep")

    with pytest.raises(Refused, match="not a socket"):
        Server(Seat(str(tmp_path / "precious")), desk, "1").open()

    assert (tmp_path / "precious").read_text() == "keep"


def test_a_folder_where_everybody_may_write_is_refused(tmp_path: Path, desk: Echo) -> None:
    tmp_path.chmod(0o777)

    with pytest.raises(Refused, match="everybody may write"):
        Server(Seat(str(tmp_path / "o.sock")), desk, "1").open()


def test_only_its_owner_may_connect(server: Server, path: str) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_group_may_connect_where_one_is_named(tmp_path: Path, desk: Echo) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    server = Server(Seat(str(tmp_path / "o.sock"), Roles.named(group, None)), desk, "1")

    server.open()

    found = os.stat(tmp_path / "o.sock")
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, os.getgid())
    server.close()


@pytest.mark.case(169)
def test_the_path_is_free_when_the_daemon_has_gone(server: Server, path: str) -> None:
    server.close()

    assert not os.path.exists(path)


def test_a_successors_socket_is_left_alone(server: Server, path: str, desk: Echo) -> None:
    os.unlink(path)
    successor = Server(Seat(path), desk, "1")
    successor.open()

    server.close()

    with Client(path) as client:
        assert client.ask("ping")["code"] == 0
    successor.close()


@pytest.fixture
def open_path() -> Iterator[str]:
    """A place everybody can reach, unlike pytest's."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield f"{folder}/o.sock"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_somebody_else_may_not_use_it(open_path: str, desk: Echo) -> None:
    server = Server(Seat(open_path), desk, "1")
    server.open()
    assert "you may not use this socket; try sudo" in refusal_to_nobody(open_path)

    os.chmod(open_path, 0o666)  # the door stands open by mistake: the peer is checked all the same

    assert "it is not for nobody" in refusal_to_nobody(open_path)
    server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_viewer_may_look_and_not_act(open_path: str, desk: Echo) -> None:
    server = Server(Seat(open_path, Roles(viewers=NOBODY)), desk, "1")
    server.open()

    assert refusal_to_nobody(open_path, "status") == ""
    assert refusal_to_nobody(open_path, "stop") == (
        "you may look, not act: `stop` is for root and overseer's own user"
    )
    server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_roles_change_while_it_runs(open_path: str, desk: Echo) -> None:
    server = Server(Seat(open_path), desk, "1")
    server.open()
    assert "you may not use this socket" in refusal_to_nobody(open_path)

    server.admit(Roles(operators=0, viewers=NOBODY))
    assert stat.S_IMODE(os.stat(open_path).st_mode) == 0o666
    assert "you may look, not act" in refusal_to_nobody(open_path, "stop")

    server.admit(Roles(operators=NOBODY))
    found = os.stat(open_path)
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, NOBODY)
    assert refusal_to_nobody(open_path, "stop") == ""

    server.admit(Roles())
    assert stat.S_IMODE(os.stat(open_path).st_mode) == 0o600
    server.close()


def refusal_to_nobody(path: str, do: str = "ping") -> str:
    """What somebody without any rights is told; "" if it is done."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            os.write(write, str(Client(path).ask(do).get("error", "")).encode())
        except Refused as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        text = said.read()
    os.waitpid(child, 0)
    return text
