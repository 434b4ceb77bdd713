"""Could this version go on where another one stops? It looks, and changes nothing."""

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from overseer import VERSION
from overseer.alerts.alerts import Alerts
from overseer.config.files import Texts
from overseer.control.applied import Applied
from overseer.daemon.in_force import in_force
from overseer.errors import OverseerError
from overseer.store.database import NAME
from overseer.store.state import StateStore
from overseer.store.wishes import Wishes
from overseer.system.log_files import read_piece
from overseer.system.loop import Clock
from overseer.system.passed_on import FORMAT
from overseer.units import first_of

NAMED = 10


def no_logs(*_: object) -> tuple[()]:
    return ()


def tried(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `overseer reexec --try` prints."""
    try:
        problems = list(problems_of(asked))
    except OverseerError as error:
        problems = [str(error)]
    except (OSError, sqlite3.Error) as error:
        problems = [f"its state cannot be tried: {error}"]
    return {"version": VERSION, "problems": problems}


def problems_of(asked: Mapping[str, Any]) -> Sequence[str]:
    if asked["format"] != FORMAT:
        return ["what the daemon hands over has another form; use `overseer quit` and `run` again"]
    state_dir = Path(asked["state_dir"])
    with tempfile.TemporaryDirectory(prefix=".reexec-", dir=state_dir) as copy:
        copy_state(state_dir, Path(copy))
        alerts = Alerts(Path(copy) / NAME, Clock(), "", no_logs, read_piece)
        store = StateStore(Path(copy), Clock(), alerts.desk)
        try:
            store.open()
            return [*state_problems(store), *file_problems(store, asked, state_dir)]
        finally:
            store.close()


def copy_state(state_dir: Path, folder: Path) -> None:
    """As it stands now; whoever writes there meanwhile is not in the way."""
    with (
        closing(sqlite3.connect(f"{(state_dir / NAME).as_uri()}?mode=ro", uri=True)) as db,
        closing(sqlite3.connect(folder / NAME)) as copy,
    ):
        db.backup(copy)


def state_problems(store: StateStore) -> Sequence[str]:
    """Raises TooNew."""
    store.load_statuses()
    if store.trouble:
        return [store.trouble]
    if store.unreadable:
        return [f"what is recorded of {first_of(store.unreadable, NAMED)} cannot be read"]
    return []


def file_problems(store: StateStore, asked: Mapping[str, Any], state_dir: Path) -> Sequence[str]:
    """Watches that are there now, and would not be."""
    wanted = in_force(
        asked["files"],
        Wishes(store),
        asked["variables"],
        asked["allowed"],
        Applied(str(state_dir / "applied")),
        strict=False,
        texts=Texts.of_json(asked["texts"]),
    )
    lost = [name for name in asked["watches"] if name not in wanted.config.watches]
    if not lost:
        return []
    return [f"{first_of(lost, NAMED)} would be left out", *wanted.notices]
