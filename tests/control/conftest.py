"""A desk in a make-believe daemon, and somebody who asks it."""

from pathlib import Path

import pytest
from make_believe_daemon import Daemon, Operator


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.fixture
def alice(daemon: Daemon) -> Operator:
    return daemon.alice
