"""What operators have asked for that stands in no watch file, for the daemons that follow."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence

from overseer.model.copies import Scale
from overseer.model.order_queue import OrderQueue
from overseer.store.codec import encode, reader
from overseer.store.state import StateStore

log = logging.getLogger(__name__)

LOADED = "loaded"
REMOVED = "removed"
VARIABLES = "variables"
ALLOWED = "allowed"
SCALES = "scales"
ORDER_QUEUES = "order queues"


class Wishes:
    """Among the settings of *store*; also before that is opened."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def loaded(self) -> tuple[str, ...]:
        """The watch files given to `load`, and not to `run`."""
        return tuple(map(str, json.loads(self._recall(LOADED))))

    def remember_loaded(self, files: Iterable[str]) -> None:
        self._store.remember(LOADED, json.dumps(list(files)))

    def removed(self) -> dict[str, str]:
        """The watches that operators have removed, with the file of each."""
        return {str(name): str(file) for name, file in json.loads(self._recall(REMOVED))}

    def remember_removed(self, files: Mapping[str, str]) -> None:
        self._store.remember(REMOVED, json.dumps(list(files.items())))

    def variables(self) -> dict[str, dict[str, str]]:
        """What was given by `--var`, by watch file."""
        return {str(root): dict(found) for root, found in json.loads(self._recall(VARIABLES))}

    def remember_variables(self, variables: Mapping[str, Mapping[str, str]]) -> None:
        self._store.remember(VARIABLES, json.dumps([[k, dict(v)] for k, v in variables.items()]))

    def allowed(self) -> tuple[str, ...]:
        """The paths given by `--allow-untrusted`."""
        return tuple(map(str, json.loads(self._recall(ALLOWED))))

    def remember_allowed(self, paths: Iterable[str]) -> None:
        self._store.remember(ALLOWED, json.dumps(list(paths)))

    def scales(self) -> dict[str, Scale]:
        """How many copies are wanted, by definition."""
        try:
            found = list(map(reader(Scale), json.loads(self._recall(SCALES))))
        except ValueError as error:
            log.error("how many copies were asked for cannot be read: %s", error)
            return {}
        return {one.name: one for one in found}

    def remember_scales(self, scales: Iterable[Scale]) -> None:
        self._store.remember(SCALES, encode(list(scales)))

    def order_queues(self) -> list[OrderQueue]:
        """Orders that wait for their turn."""
        try:
            return list(map(reader(OrderQueue), json.loads(self._recall(ORDER_QUEUES))))
        except ValueError as error:
            log.error("orders that waited for their turn cannot be read: %s", error)
            return []

    def remember_order_queues(self, queues: Sequence[OrderQueue]) -> None:
        self._store.remember(ORDER_QUEUES, encode(list(queues)))

    def _recall(self, key: str) -> str:
        known = self._store.recall(key) if self._store.path.exists() else None
        return known or "[]"
