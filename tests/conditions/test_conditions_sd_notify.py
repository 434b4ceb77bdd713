"""What a process says of itself, as a condition."""

import pytest

from overseer.conditions.base import Scene, Unknown
from overseer.conditions.sd_notify import SdNotify
from overseer.conditions.watchdog import Watchdog
from overseer.model.process import Process
from overseer.model.program import Program
from overseer.model.said import SILENT, Said

IT = Process(7, 1000, "boot")  # begun at 10 s


def test_it_is_ready_when_it_says_so() -> None:
    condition = SdNotify()
    quiet, loud = Said(status="loading"), Said(ready=True)

    assert not condition.met(condition.measure(Scene(said=SILENT)))
    assert condition.show(quiet) == "loading"
    assert condition.show(SILENT) == "no READY=1 yet"
    assert condition.met(condition.measure(Scene(said=loud)))


def silence(said: Said, now: float) -> float | None:
    return Watchdog(within=30.0).measure(Scene(process=IT, said=said, now=now))


def test_silence_counts_from_the_last_word_the_start_and_the_daemons() -> None:
    assert silence(SILENT, 50.0) == 40.0
    assert silence(Said(alive=45.0), 50.0) == 5.0
    assert silence(Said(since=48.0), 50.0) == 2.0


def test_it_is_met_by_too_long_a_silence_or_at_once_when_it_asks() -> None:
    watchdog = Watchdog(within=30.0)

    assert not watchdog.met(30.0)
    assert watchdog.met(30.5)
    assert watchdog.explain(31.0) == "no WATCHDOG=1 for 31s, limit 30s"
    assert watchdog.met(silence(Said(sick=True, alive=49.0), 50.0) or 0.0)
    assert watchdog.explain(float("inf")) == "it has said WATCHDOG=trigger"


@pytest.mark.field("J8")
@pytest.mark.parametrize(
    ("worn", "known"),
    [
        (Program(notify_socket=True, watchdog=30.0), True),
        (Program(notify_socket=True, watchdog=10.0), True),
        (Program(), True),  # launched by an earlier version, which says nothing of it
        (Program(notify_socket=False), False),
        (Program(notify_socket=True), False),
        (Program(notify_socket=True, watchdog=60.0), False),
    ],
)
def test_the_silence_of_what_was_never_told_says_nothing(worn: Program, known: bool) -> None:
    watchdog = Watchdog(within=30.0)
    asked = Scene(process=IT, now=1000.0, worn=worn)

    if known:
        assert watchdog.met(watchdog.measure(asked) or 0.0)
    else:
        with pytest.raises(Unknown, match="restart it"):
            watchdog.measure(asked)
