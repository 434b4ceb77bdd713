"""The two ends of the wire, over a real socket."""

import grp
import json
import os
import pwd
import signal
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from overseer.control import caller as caller_module
from overseer.control.caller import Caller
from overseer.control.client import Client
from overseer.control.limits import EACH, OWN
from overseer.control.protocol import Answer, HungUp, Request, done, group_sockets
from overseer.control.roles import VERBS, Role, Roles
from overseer.control.server import Server
from overseer.control.sockets import Sockets
from overseer.errors import NoDaemon, OverseerError, Refused, UnknownName

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
    server = Server(Sockets(path), desk, "1.2.3")
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
    clients = [Client(path) for _ in range(OWN)]
    for client in clients:
        client.ask("echo")

    with pytest.raises(Refused, match="are open already"):
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

    server = Server(Sockets(path), desk, "1")
    server.open()

    with Client(path) as client:
        assert client.ask("ping")["code"] == 0
    server.close()


@pytest.mark.case(166)
def test_a_living_daemons_socket_is_not(
    server: Server, path: str, client: Client, desk: Echo
) -> None:
    with pytest.raises(Refused, match="another overseer answers here"):
        Server(Sockets(path), desk, "1").open()

    assert client.ask("ping")["code"] == 0


def test_what_is_not_a_socket_is_left_alone(tmp_path: Path, desk: Echo) -> None:
    (tmp_path / "precious").write_text("keep")

    with pytest.raises(Refused, match="not a socket"):
        Server(Sockets(str(tmp_path / "precious")), desk, "1").open()

    assert (tmp_path / "precious").read_text() == "keep"


def test_a_folder_where_everybody_may_write_is_refused(tmp_path: Path, desk: Echo) -> None:
    tmp_path.chmod(0o777)

    with pytest.raises(Refused, match="everybody may write"):
        Server(Sockets(str(tmp_path / "o.sock")), desk, "1").open()


def test_only_its_owner_may_connect(server: Server, path: str) -> None:
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_group_may_connect_where_one_is_named(tmp_path: Path, desk: Echo) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    server = Server(Sockets(str(tmp_path / "o.sock"), Roles.named(operators=group)), desk, "1")

    server.open()

    assert stat.S_IMODE(os.stat(tmp_path / "o.sock").st_mode) == 0o600
    found = os.stat(tmp_path / "o-operator.sock")
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, os.getgid())
    server.close()


@pytest.mark.case(169)
def test_the_path_is_free_when_the_daemon_has_gone(server: Server, path: str) -> None:
    server.close()

    assert not os.path.exists(path)


def test_a_successors_socket_is_left_alone(server: Server, path: str, desk: Echo) -> None:
    os.unlink(path)
    successor = Server(Sockets(path), desk, "1")
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
    server = Server(Sockets(open_path), desk, "1")
    server.open()
    assert "you may not use this socket; try sudo" in refusal_to_nobody(open_path)

    os.chmod(open_path, 0o666)  # the door stands open by mistake: the peer is checked all the same

    assert "it is not for nobody" in refusal_to_nobody(open_path)
    server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_viewer_may_look_and_not_act(open_path: str, desk: Echo) -> None:
    server = Server(Sockets(open_path, Roles(viewers=NOBODY)), desk, "1")
    server.open()

    assert refusal_to_nobody(open_path, "status") == ""
    assert refusal_to_nobody(open_path, "stop") == (
        "you may look, not act: `stop` is for root and overseer's own user"
    )
    server.close()


@pytest.mark.field("S11")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_roles_change_while_it_runs(open_path: str, desk: Echo) -> None:
    server = Server(Sockets(open_path), desk, "1")
    server.open()
    folder = Path(open_path).parent
    assert "you may not use this socket" in refusal_to_nobody(open_path)

    server.admit(Roles(operators=0, viewers=NOBODY))
    assert sockets_in(folder) == {
        "o.sock": (0o600, 0), "o-operator.sock": (0o660, 0), "o-viewer.sock": (0o660, NOBODY)
    }  # fmt: skip
    assert "you may look, not act" in refusal_to_nobody(open_path, "stop")

    server.admit(Roles(operators=NOBODY))
    assert sockets_in(folder) == {"o.sock": (0o600, 0), "o-operator.sock": (0o660, NOBODY)}
    assert refusal_to_nobody(open_path, "stop") == ""
    assert "not change it: `load` is for root" in refusal_to_nobody(open_path, "apply")

    server.admit(Roles(admins=NOBODY))
    assert sockets_in(folder) == {"o.sock": (0o660, NOBODY)}
    assert refusal_to_nobody(open_path, "apply") == ""

    server.admit(Roles())
    assert sockets_in(folder)["o.sock"][0] == 0o600
    assert "you may not use this socket" in refusal_to_nobody(open_path)
    server.close()
    assert sockets_in(folder) == {}


ROLES = {Role.STRANGER: 60001, Role.VIEWER: 60002, Role.OPERATOR: 60003, Role.ADMIN: 60004}
"""Users, each with a group of the same number."""


@pytest.mark.field("S27")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_every_role_may_ask_for_its_verbs_and_for_no_other(open_path: str, desk: Echo) -> None:
    groups = Roles(admins=60004, operators=60003, viewers=60002)
    server = Server(Sockets(open_path, groups), desk, "1")
    server.open()
    expected = {
        role: sorted(verb for verb, least in VERBS.items() if 0 < least <= role) for role in ROLES
    }
    desk.answer = lambda request, caller: done()  # type: ignore[method-assign, assignment]

    def allowed() -> str:
        with Client(open_path) as client:
            return " ".join(sorted(verb for verb in VERBS if client.ask(verb)["code"] == 0))

    may = {role: as_user(uid, allowed) for role, uid in ROLES.items()}
    server.close()

    assert "you may not use this socket" in may.pop(Role.STRANGER)
    assert may == {role: " ".join(expected[role]) for role in may}


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


@pytest.mark.field("S11")
@needs_root
def test_who_holds_all_connections_that_he_can_get_stands_in_nobodys_way(
    open_path: str, desk: Echo
) -> None:
    server = Server(Sockets(open_path, Roles(operators=60003, viewers=60002)), desk, "1")
    server.open()

    def hold() -> str:
        mine = [Client(open_path) for _ in range(EACH)]
        for client in mine:
            client.ask("ping")
        try:
            Client(open_path).ask("ping")
        except Refused as error:
            return str(error)
        return "one more"

    with Client(open_path) as root:
        mine = root.ask("ping")["code"]
        told = as_user(60002, hold)
    server.close()

    assert mine == 0
    assert told.startswith("8 connections of yours are open already")


@pytest.mark.field("S11")
@needs_root
def test_root_gets_through_while_another_user_floods(open_path: str, desk: Echo) -> None:
    server = Server(Sockets(open_path, Roles(operators=60003, viewers=60002)), desk, "1")
    server.open()
    flooding = os.fork()
    if not flooding:
        os.setgroups([])
        os.setgid(60002)
        os.setuid(60002)
        while True:
            for path in (open_path, *group_sockets(open_path)):
                with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
                    line.setblocking(False)
                    line.connect(path)

    try:
        answers = [code_of_ping(open_path) for _ in range(20)]
        other = as_user(60003, lambda: str(code_of_ping(open_path)))
    finally:
        os.kill(flooding, signal.SIGKILL)
        os.waitpid(flooding, 0)
    server.close()

    assert answers == [0] * 20
    assert other == "0"


@pytest.mark.field("S11")
def test_a_command_waits_for_its_place_in_the_queue(tmp_path: Path) -> None:
    path = str(tmp_path / "o.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        first = socket.socket(socket.AF_UNIX)
        first.connect(path)  # now it is full
        answers: list[int] = []
        asking = threading.Thread(target=lambda: answers.append(code_of_ping(path)))
        asking.start()
        listener.accept()[0].close()
        with listener.accept()[0] as line:
            line.sendall(b'{"v": 1}\n')
            line.recv(1000)
            line.sendall(b'{"done": true, "code": 0}\n')
        asking.join(SOON)
        first.close()

    assert answers == [0]


@pytest.mark.field("S11")
def test_an_answer_that_is_not_read_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_module, "STUCK", 0.5)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        caller = Caller(ours, "ada")
        ended = threading.Event()

        def sip() -> None:
            while not ended.wait(0.02):
                theirs.recv(1)

        sipping = threading.Thread(target=sip)
        sipping.start()
        with pytest.raises(HungUp):
            say_without_end(caller)
        ended.set()
        sipping.join(SOON)


def test_a_connection_that_was_ended_meanwhile_is_made_again(
    server: Server, client: Client
) -> None:
    assert client.ask("echo")["code"] == 0
    for line in tuple(server._lines):
        line.shutdown(socket.SHUT_RDWR)

    assert client.ask("echo")["code"] == 0


@pytest.mark.field("S28")
@needs_root
def test_a_socket_of_somebody_else_is_not_talked_to(tmp_path: Path) -> None:
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        path = f"{folder}/o.sock"
        ready, go = os.pipe()
        child = os.fork()
        if not child:
            os.setgid(60001)
            os.setuid(60001)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                os.chmod(path, 0o666)
                listener.listen()
                os.write(go, b"!")
                while True:
                    with listener.accept()[0] as line, suppress(OSError):
                        line.sendall(b'{"v": 1}\n')
                        if line.recv(1000):
                            line.sendall(b'{"done": true, "code": 0}\n')
        os.read(ready, 1)
        try:
            for named in (False, True):
                with pytest.raises(Refused, match="uid 60001 listens here, who is neither root"):
                    Client(path, named=named).ask("ping")
            own = as_user(60001, lambda: str(code_of_ping(path)))
            other = as_user(60002, lambda: str(code_of_ping(path)))
            named_by_other = as_user(60002, lambda: str(Client(path, named=True).ask("ping")))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(ready)
            os.close(go)

    assert own == "0"
    assert "--socket PATH as yourself" in other
    assert "'code': 0" in named_by_other


def sockets_in(folder: Path) -> dict[str, tuple[int, int]]:
    """Mode and group of each."""
    found = {path.name: path.stat() for path in folder.iterdir()}
    return {name: (stat.S_IMODE(one.st_mode), one.st_gid) for name, one in found.items()}


def say_without_end(caller: Caller) -> None:
    while True:
        caller.say({"say": "x" * 10_000})


def code_of_ping(path: str) -> int:
    with Client(path) as client:
        return int(client.ask("ping")["code"])


def refusal_to_nobody(path: str, do: str = "ping") -> str:
    """What somebody without any rights is told; "" if it is done."""
    return as_user(NOBODY, lambda: str(Client(path).ask(do).get("error", "")))


def as_user(uid: int, ask: Callable[[], str]) -> str:
    """What *ask* returns, or is refused with, in a process of that user, and of the group of the
    same number."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.write(write, ask().encode())
        except OverseerError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        text = said.read()
    os.waitpid(child, 0)
    return text
