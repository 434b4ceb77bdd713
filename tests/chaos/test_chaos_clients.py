"""Many clients at many watches at once: each gets an answer, and what is asked last is so."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from real_daemon import Begin, Daemon, until

from overseer.errors import OverseerError

WATCHES = 50
CODES = (0, 1, 3)
"""Done; overtaken by another client; it did not stay up, for another client stopped it."""


def file_of_watches() -> str:
    lines = ["defaults: {user: ME, flapping: off, start_grace: 100ms}", "watches:"]
    lines += [
        f"  w{n}: {{command: /bin/sleep {85000 + n}, interval: 500ms, tags: t{n % 5}}}"
        for n in range(WATCHES)
    ]
    return "\n".join(lines)


class Crowd:
    """Each of its clients asks for whatever it likes until *end*."""

    def __init__(self, daemon: Daemon, chance: random.Random, end: float) -> None:
        self.daemon, self.end = daemon, end
        self.seeds = [chance.randrange(10**6) for _ in range(WATCHES)]
        self.answers: Counter[str] = Counter()
        self.wrong: list[object] = []

    def go(self, clients: int) -> None:
        threads = [threading.Thread(target=self.client, args=(seed,)) for seed in self.seeds]
        for thread in threads[:clients]:
            thread.start()
        for thread in threads[:clients]:
            thread.join()

    def client(self, seed: int) -> None:
        chance = random.Random(seed)
        while time.monotonic() < self.end:
            try:
                self.one(chance)
            except (OverseerError, OSError) as error:
                self.wrong.append(repr(error))

    def one(self, chance: random.Random) -> None:
        name = f"w{chance.randrange(WATCHES)}"
        verb = chance.choice(("start", "stop", "restart", "unmonitor", "status", "why", "signal"))
        match verb:
            case "status":
                answer = self.daemon.ask("status", names=[] if chance.random() < 0.3 else [name])
            case "why":
                answer = self.daemon.ask("status", names=[name], full=True)
            case "signal":
                answer = self.daemon.ask("signal", names=[name], signal="CONT")
            case _:
                answer = self.daemon.verb(verb, name, wait=chance.random() < 0.6)
        self.answers[verb] += 1
        if answer["code"] not in CODES:
            self.wrong.append((verb, name, answer))


def test_fifty_clients_at_fifty_watches_all_get_answers(
    tmp_path: Path, daemon: Begin, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    subject = daemon(file_of_watches())
    assert subject.process is not None
    crowd = Crowd(subject, chance, time.monotonic() + lasting(2, 60))
    crowd.go(clients=50)
    print(f"{crowd.answers.total()} answers: {dict(crowd.answers)}")
    assert crowd.wrong == []
    assert subject.process.poll() is None
    subject.ask("start", all=True, wait=False)
    for n in range(WATCHES):
        subject.verb("start", f"w{n}", wait=False)

    def wrong() -> list[object]:
        processes = subject.processes()
        return [
            (name, phase, processes.get(name))
            for name, phase in subject.phases().items()
            if phase != "up" or len(processes.get(name, ())) != 1
        ]

    until("order", lambda: not wrong(), why=wrong)
    assert "Traceback" not in subject.log.read_text()
