"""What operators have asked for that stands in no watch file, for the daemons that follow."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

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

T = TypeVar("T")


class Wishes:
    """Among the settings of *store*; also before that is opened."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def loaded(self) -> tuple[str, ...]:
        """The watch files given to `load`, and not to `run`."""
        what = "which files were loaded"
        return self._read(LOADED, what, lambda rows: tuple(map(str, rows))) or ()

    def remember_loaded(self, files: Iterable[str]) -> None:
        self._store.remember(LOADED, json.dumps(list(files)))

    def removed(self) -> dict[str, str]:
        """The watches that operators have removed, with the file of each."""
        what = "which watches were removed"
        return self._read(REMOVED, what, lambda rows: {str(k): str(v) for k, v in rows}) or {}

    def remember_removed(self, files: Mapping[str, str]) -> None:
        self._store.remember(REMOVED, json.dumps(list(files.items())))

    def variables(self) -> dict[str, dict[str, str]]:
        """What was given by `--var`, by watch file."""
        what = "what was given by --var"
        return self._read(VARIABLES, what, lambda rows: {str(k): dict(v) for k, v in rows}) or {}

    def remember_variables(self, variables: Mapping[str, Mapping[str, str]]) -> None:
        self._store.remember(VARIABLES, json.dumps([[k, dict(v)] for k, v in variables.items()]))

    def allowed(self) -> tuple[str, ...]:
        """The paths given by `--allow-untrusted`."""
        what = "what was given by --allow-untrusted"
        return self._read(ALLOWED, what, lambda rows: tuple(map(str, rows))) or ()

    def remember_allowed(self, paths: Iterable[str]) -> None:
        self._store.remember(ALLOWED, json.dumps(list(paths)))

    def scales(self) -> dict[str, Scale]:
        """How many copies are wanted, by definition."""
        what = "how many copies were asked for"
        found = self._read(SCALES, what, lambda rows: list(map(reader(Scale), rows))) or []
        return {one.name: one for one in found}

    def remember_scales(self, scales: Iterable[Scale]) -> None:
        self._store.remember(SCALES, encode(list(scales)))

    def order_queues(self) -> list[OrderQueue]:
        """Orders that wait for their turn."""
        what = "which orders waited for their turn"
        return (
            self._read(ORDER_QUEUES, what, lambda rows: list(map(reader(OrderQueue), rows))) or []
        )

    def remember_order_queues(self, queues: Sequence[OrderQueue]) -> None:
        self._store.remember(ORDER_QUEUES, encode(list(queues)))

    def _read(self, key: str, what: str, read: Callable[[Any], T]) -> T | None:
        """None where there is nothing, or nothing that can be read: that ends no daemon."""
        text = self._store.recall(key) if self._store.path.exists() else None
        if not text:
            return None
        try:
            found = json.loads(text)
            return read(found) if isinstance(found, list) else None
        except (ValueError, TypeError, RecursionError) as error:
            log.error("%s cannot be read: %s", what, error)
            return None
