"""What operators have asked for, for the daemons that follow."""

from pathlib import Path

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
