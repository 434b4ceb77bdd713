"""What is half done is finished before the daemon's program is replaced, and nothing begins."""

import threading
from collections.abc import Callable

import pytest

from overseer.safepoint import Safepoint


def on_a_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_it_closes_when_what_is_half_done_is_over_and_nobody_begins_after_that() -> None:
    gate, begun, finish = Safepoint(), threading.Event(), threading.Event()
    order: list[str] = []

    def launch() -> None:
        with gate.busy("web: a launch"):
            begun.set()
            finish.wait(30)
            order.append("launched")

    def another() -> None:
        with gate.busy("db: a launch"):
            order.append("another")

    first = on_a_thread(launch)
    begun.wait(30)
    closing = on_a_thread(lambda: order.append(f"closed {gate.close(30.0)}"))
    finish.set()
    closing.join(30)
    second = on_a_thread(another)
    assert order == ["launched", "closed ()"]
    gate.open()
    first.join(30)
    second.join(30)
    assert order[-1] == "another"


def test_what_does_not_finish_is_named_and_everything_goes_on() -> None:
    gate, begun, finish = Safepoint(), threading.Event(), threading.Event()

    def launch() -> None:
        with gate.busy("web: a launch"):
            begun.set()
            finish.wait(30)

    thread = on_a_thread(launch)
    begun.wait(30)
    assert gate.close(0.1) == ("web: a launch",)
    with gate.busy("not held up"):
        pass
    finish.set()
    thread.join(30)


@pytest.mark.parametrize("patience", [None, 0.0])
def test_what_waits_or_has_little_patience_is_cut_off(patience: float | None) -> None:
    gate, waits, leave = Safepoint(), threading.Event(), threading.Event()

    def listen() -> None:
        with gate.busy("an answer", patience):
            if patience is None:
                with gate.idle():
                    waits.set()
                    leave.wait(30)
            else:
                waits.set()
                leave.wait(30)

    thread = on_a_thread(listen)
    waits.wait(30)
    assert gate.close(5.0) == ()
    leave.set()
    gate.open()
    thread.join(30)


def test_an_operation_of_many_steps_is_not_waited_for_but_named() -> None:
    gate = Safepoint()
    with gate.operation("a load is being applied"):
        assert gate.operations() == ("a load is being applied",)
        assert gate.close(30.0) == ("a load is being applied",)
    assert gate.close(1.0) == ()
