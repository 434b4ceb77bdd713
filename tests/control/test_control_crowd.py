"""Many clients at once, over a real socket, with the engine on a thread of its own."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from make_believe_daemon import Daemon, watch

from overseer.control.client import Client
from overseer.control.server import Server
from overseer.control.sockets import Sockets

pytestmark = pytest.mark.live

DEADLINE = 60.0
CLIENTS = 12
WATCHES = 30


class Threaded(Daemon):
    """The engine turns on its own thread, as in production."""

    def __init__(self, state_dir: Path) -> None:
        self.bell = threading.Event()
        self.ended = False
        super().__init__(state_dir)
        self.thread = threading.Thread(target=self._turn)
        self.thread.start()

    def _run(self) -> None:
        self.bell.set()

    def _turn(self) -> None:
        while not self.ended:
            self.bell.wait()
            self.bell.clear()
            super()._run()

    def end(self) -> None:
        self.ended = True
        self.bell.set()
        self.thread.join(DEADLINE)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[str]:
    daemon = Threaded(tmp_path)
    daemon.begins(*(watch(f"w{n}", "even" if n % 2 else "odd") for n in range(WATCHES)))
    server = Server(Sockets(str(tmp_path / "o.sock")), daemon.desk, "1")
    server.open()
    yield str(tmp_path / "o.sock")
    server.close()
    daemon.end()


@pytest.mark.design("4.4")
def test_every_client_gets_its_answer_whatever_the_others_ask(path: str) -> None:
    answers: list[int] = []

    def ask(seed: int) -> None:
        chance = random.Random(seed)
        with Client(path) as client:
            for _ in range(25):
                do = chance.choice(["start", "stop", "restart", "unmonitor", "status", "history"])
                names = [f"w{chance.randrange(WATCHES)}", chance.choice(["@even", "w2*", "w3"])]
                answers.append(client.ask(do, {"names": names, "timeout": 5})["code"])

    clients = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join(DEADLINE)

    assert not any(one.is_alive() for one in clients)
    assert len(answers) == CLIENTS * 25
    assert set(answers) <= {0, 1, 3}
