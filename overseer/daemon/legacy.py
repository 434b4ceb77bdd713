"""What an earlier daemon, or a watch that is gone, has left: statuses and living processes."""

from collections.abc import Iterable

from overseer.control.office import LeftOver
from overseer.engine import Engine
from overseer.model.status import Status
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.system import identity


def take_up(engine: Engine, store: StateStore, watches: Iterable[Watch]) -> None:
    """Every watch with what was known of it; the rest is kept for whoever takes it over."""
    known = store.load_statuses()
    for watch in watches:
        engine.add(watch, remembered(store, watch, known))
    engine.left.update((name, one) for name, one in known.items() if name not in engine.watches)


def remembered(store: StateStore, watch: Watch, known: dict[str, Status]) -> Status | None:
    """By this name, or by the one that it had."""
    if watch.name in known or watch.was not in known:
        return known.get(watch.name)
    status = known.pop(watch.was).but({"name": watch.name})
    store.record({watch.name: status}, (), True)
    store.forget(watch.was)
    return status


def left_over(engine: Engine) -> list[LeftOver]:
    """Processes of watches that are gone, as long as they live and nobody has taken them."""
    taken = {status.process for status in list(engine.statuses.values())}
    return [
        LeftOver(name, status.process.pid)
        for name, status in list(engine.left.items())
        if status.process and status.process not in taken and identity.lives(status.process)
    ]
