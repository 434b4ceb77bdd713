"""The daemon is killed at any moment: nothing is there twice, nothing is lost, stops are kept."""

import random
from collections.abc import Callable
from pathlib import Path

from kill_storm import KillStorm, sink


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(
    tmp_path: Path, chance: random.Random, lasting: Callable[[int, int], int]
) -> None:
    with sink() as mails:
        storm = KillStorm(tmp_path, chance, lasting(3, 500), mails)
        storm.go()

    print(
        f"{storm.kills} kills, {storm.orders} orders, {storm.crashes} crashes of programs,"
        f" {len(storm.told)} alerts in {len(mails.texts)} mails"
    )
    assert storm.faults == []
