"""Threads come as work waits, go when there is none, and none waits behind one that hangs."""

import threading

import pytest

from overseer import crew as module
from overseer.crew import Crew, begins, shortage

PATIENCE = 10.0


def wait_for(event: threading.Event) -> None:
    event.wait(PATIENCE)


def fail() -> None:
    raise ValueError("on purpose")


def test_work_that_hangs_delays_no_other() -> None:
    crew, hung, done = Crew("test", most=3), threading.Event(), threading.Semaphore(0)
    crew.do(lambda: wait_for(hung))
    crew.do(lambda: wait_for(hung))

    for _ in range(100):
        crew.do(done.release)

    assert all(done.acquire(timeout=PATIENCE) for _ in range(100))
    hung.set()


def test_what_waits_is_done_as_soon_as_there_is_room() -> None:
    crew, hung, done = Crew("test", most=1), threading.Event(), threading.Event()
    crew.do(lambda: wait_for(hung))
    crew.do(done.set)

    assert not done.is_set()
    hung.set()
    assert done.wait(PATIENCE)


def test_threads_without_work_go() -> None:
    crew, seen = Crew("test", most=5, idle=0.001), []
    crew.do(lambda: seen.append(threading.current_thread()))
    while not seen:
        pass
    seen[0].join(PATIENCE)

    assert not seen[0].is_alive()


def test_whoever_comes_as_the_last_one_goes_is_served() -> None:
    crew, done = Crew("test", most=1, idle=0.0001), threading.Semaphore(0)

    for _ in range(200):
        crew.do(done.release)
        assert done.acquire(timeout=PATIENCE)


def test_work_that_raises_leaves_the_next_one_its_turn() -> None:
    crew, done = Crew("test", most=1), threading.Event()
    crew.do(fail)
    crew.do(done.set)

    assert done.wait(PATIENCE)


def test_what_nobody_has_begun_is_forgotten_at_the_end() -> None:
    crew, hung, done = Crew("test", most=1), threading.Event(), threading.Event()
    begun = threading.Event()
    crew.do(lambda: (begun.set(), wait_for(hung))[1])
    assert begun.wait(PATIENCE)
    crew.do(done.set)

    crew.close()
    hung.set()
    assert not done.is_set()


class NoThreads:
    """A system that has no thread to give, until it has again."""

    def __init__(self) -> None:
        self.there_are = False
        self.asked = 0

    def start(self, thread: threading.Thread) -> None:
        self.asked += 1
        if not self.there_are:
            raise RuntimeError("can't start new thread")
        thread.start()


@pytest.mark.field("K2")
def test_what_could_not_begin_for_want_of_a_thread_begins_when_there_is_one() -> None:
    system, done, heard = NoThreads(), threading.Semaphore(0), []
    shortage.heard = lambda: heard.append("something waits")
    crew = Crew("test", most=2, start=system.start)
    for _ in range(5):
        crew.do(done.release)
    assert heard
    assert not shortage.retry()

    system.there_are = True

    assert shortage.retry()
    assert all(done.acquire(timeout=PATIENCE) for _ in range(5))
    shortage.heard = lambda: None


@pytest.mark.field("K2")
def test_a_thread_is_counted_when_it_has_been_started() -> None:
    system, done = NoThreads(), threading.Semaphore(0)
    crew = Crew("test", most=1, start=system.start)
    for _ in range(3):
        crew.do(done.release)
    system.there_are = True

    crew.do(done.release)

    assert all(done.acquire(timeout=PATIENCE) for _ in range(4))
    assert shortage.retry()


@pytest.mark.field("K2")
def test_a_thread_that_could_not_be_started_can_be_started_later() -> None:
    system, ran = NoThreads(), threading.Event()
    thread = threading.Thread(target=ran.set)

    assert not begins(thread, system.start)
    system.there_are = True

    assert begins(thread, system.start)
    assert ran.wait(PATIENCE)


@pytest.mark.field("K2")
def test_a_thread_that_dies_before_it_says_that_it_runs_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where there is memory for its stack, and none for what Python makes first."""
    monkeypatch.setattr(module, "BEGINS_WITHIN", 0.01)
    thread = threading.Thread(target=lambda: None)
    vars(thread)["_bootstrap"] = lambda: None

    assert not begins(thread)
    assert begins(threading.Thread(target=lambda: None))
