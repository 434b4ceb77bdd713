"""What operators have asked for, for the daemons that follow."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from overseer.model.copies import Scale
from overseer.store.state import StateStore
from overseer.store.wishes import Wishes
from overseer.testing import FakeClock

WEB = Scale(name="web", instances=5, before=3, written=3, by="alice", at=1_700_000_000.0)


def test_they_are_there_before_the_next_store_is_opened(tmp_path: Path) -> None:
    clock = FakeClock()
    store = StateStore(tmp_path, clock)
    wishes = Wishes(store)
    assert (wishes.loaded(), wishes.scales()) == ((), {})

    store.open()
    wishes.remember_loaded(["/etc/a.yml", "/etc/b.yml"])
    wishes.remember_scales([WEB])
    store.close()

    after = Wishes(StateStore(tmp_path, clock))
    assert after.loaded() == ("/etc/a.yml", "/etc/b.yml")
    assert after.scales() == {"web": WEB}


def test_scales_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    store = StateStore(tmp_path, FakeClock())
    store.open()
    store.remember("scales", '[{"name": 7}]')

    assert Wishes(store).scales() == {}
    store.close()


@pytest.mark.field("K3")
@pytest.mark.parametrize("damage", ["'[\"a'", "x'5b22ff225d'", "7", "'{}'", "'[[1]]'", "'[5]'"])
def test_what_is_damaged_is_nothing_and_ends_no_daemon(tmp_path: Path, damage: str) -> None:
    store = StateStore(tmp_path, FakeClock())
    store.open()
    keys = ("loaded", "removed", "variables", "scales", "order queues")
    with closing(sqlite3.connect(store.path, isolation_level=None)) as db:
        for key in keys:
            db.execute(f"INSERT INTO settings VALUES (?, CAST({damage} AS TEXT))", (key,))
    store.close()

    after = Wishes(StateStore(tmp_path, FakeClock()))
    read = (after.loaded, after.removed, after.variables, after.scales, after.order_queues)
    assert all(isinstance(one(), tuple | dict | list) for one in read)
