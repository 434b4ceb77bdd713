"""The watches that most stories are about."""

import pytest
from cast import DAEMON, FOREGROUND, GOD, held

from overseer.model.watch import Watch


@pytest.fixture
def foreground() -> Watch:
    """A program that stays in the foreground, flapping at five launches in five minutes."""
    return Watch(name="worker", program=FOREGROUND, transitions=GOD, lifecycle=(held(),))


@pytest.fixture
def daemon() -> Watch:
    """The article's worker: control script and pid file, ten seconds of grace."""
    return Watch(
        name="worker",
        program=DAEMON,
        transitions=GOD,
        lifecycle=(held(),),
        start_grace=10.0,
        restart_grace=10.0,
    )
