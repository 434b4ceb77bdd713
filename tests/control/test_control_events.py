"""The stream of events: the same keys in each, nothing twice, and gaps are told."""

from collections.abc import Callable
from typing import Any

from make_believe_daemon import Daemon, Operator, watch

from overseer.control import feed
from overseer.control.ear import Ear
from overseer.control.feed import Feed, Heard, LeftOut
from overseer.model.news import Kind, News
from overseer.model.process import Exit
from overseer.store.history import Entry


class Listener(Operator):
    """Listens; when it has heard so many something happens, and it leaves after so many."""

    def __init__(self, daemon: Daemon, first: int, then: Callable[[], object], last: int) -> None:
        super().__init__(daemon.desk, "bob")
        self._first, self._then = first, then
        self.leaves_after = last

    def gone(self, patience: float = 0.0) -> bool:
        if len(self.heard) == self._first:
            self._first = -1
            self._then()
        return super().gone(patience)

    def begin_stream(self) -> None:
        pass

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one["event"] for one in self.heard]


def test_a_stream_says_first_that_it_listens_then_what_happens(daemon: Daemon) -> None:
    daemon.begins(watch("web"), watch("db"))
    pid = daemon.pids()["web"]
    bob = Listener(daemon, 1, lambda: daemon.processes.die(pid, Exit(code=7)), 2)

    bob.ask("events", names=["web"])

    listening, exited = bob.events
    assert (listening["v"], listening["kind"]) == (1, "listening")
    assert exited["watch"] == "web"
    assert (exited["kind"], exited["exit"], exited["goal"]) == ("exited", {"code": 7}, "up")
    assert exited["at"].startswith("2023-11-1")


def test_events_past_and_new_have_the_same_keys(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    bob = Listener(daemon, 2, lambda: daemon.alice.ask("stop", names=["web"]), 3)

    bob.ask("events", limit=1)

    past, listening, asked = bob.events
    assert past.keys() == listening.keys() == asked.keys()
    assert (past["phase"], asked["phase"]) == (None, "stopping")
    assert asked["by"] == "alice"


def test_what_is_in_the_history_already_is_not_told_again(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    one = daemon.engine.watches["web"]
    status = daemon.status("web")
    news = (News(kind=Kind.EXITED, message="exit code 1"),)
    past = Entry(at=daemon.clock.wall() - 0.1, watch="web", kind="exited", message="exit code 1")

    with Feed(ear := Ear(daemon.engine), daemon.clock, ["web"]) as telling:
        ear._hear("web", one, status, news * 2)
        ear._hear("db", one, status, news)
        told = telling.until_gone(Patient(2), [past])
        assert [type(each) for each in told] == [Heard]


def test_who_reads_slowly_is_told_how_much_is_missing(daemon: Daemon) -> None:
    daemon.begins(watch("web"))
    one, status = daemon.engine.watches["web"], daemon.status("web")
    news = (News(kind=Kind.EXITED, message="exit code 1"),) * (feed.BACKLOG + 3)

    with Feed(ear := Ear(daemon.engine), daemon.clock, []) as telling:
        ear._hear("web", one, status, news)
        told = list(telling.until_gone(Patient(feed.BACKLOG), []))

    assert len(told) == feed.BACKLOG + 1
    assert told[-1] == LeftOut(3)


class Patient:
    """Stays for so many."""

    def __init__(self, times: int) -> None:
        self._times = times

    def say(self, answer: dict[str, Any]) -> None:
        pass

    def gone(self, patience: float = 0.0) -> bool:
        self._times -= 1
        return self._times < 0

    def begin_stream(self) -> None:
        pass
