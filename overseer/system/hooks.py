"""Runs hooks: what a watch file wants done before and after a start, a stop, a restart."""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from overseer.conditions.base import Ended
from overseer.crew import Crew
from overseer.model.action import Hook
from overseer.model.event import HookFailed
from overseer.model.process import Exit, Process
from overseer.model.program import HOOK_PATIENCE, Argv, Program
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.safepoint import safepoint
from overseer.units import show_seconds

log = logging.getLogger("overseer")

MOST_AT_ONCE = 32
SHOWN = 120
"""Characters of what a hook said that are told."""
WRITE = Callable[[Watch, Program, str], None]
"""Appends to the log of a watch."""


class Run(Protocol):
    def __call__(
        self,
        watch: Watch,
        argv: Argv,
        timeout: float,
        told: Mapping[str, str],
        token: str = "",
    ) -> Ended: ...


class Hooks:
    """On threads of their own; nobody waits for those that come after."""

    def __init__(self, inbox: Inbox, run: Run, write: WRITE) -> None:
        self._inbox = inbox
        self._run = run
        self._write = write
        self._asked: list[tuple[str, Hook]] = []
        self._crew = Crew("hook", MOST_AT_ONCE)

    def hook(self, watch: Watch, action: Hook) -> None:
        """Aside; a failure is told."""
        asked = (watch.name, action)
        self._asked.append(asked)
        self._crew.do(lambda: self._asked_for(watch, asked))

    def under_way(self) -> list[tuple[str, Hook]]:
        """By watch: what is waited for, or waits for its turn; while nobody is busy."""
        return list(self._asked)

    def _asked_for(self, watch: Watch, asked: tuple[str, Hook]) -> None:
        with safepoint.busy(f"{watch.name}: a hook"):
            try:
                self._aside(watch, asked[1])
            finally:
                self._asked.remove(asked)

    def _aside(self, watch: Watch, action: Hook) -> None:
        argv = action.argv or action.program.hooks[action.name]
        token = token_of(watch, action.name)
        why, _ = self.failure(watch, action.program, action.name, argv, told(action), token)
        if why:
            self._inbox(watch.name, HookFailed(why))

    def failure(
        self,
        watch: Watch,
        program: Program,
        name: str,
        argv: Argv,
        about: Mapping[str, str],
        token: str,
        limit: float = HOOK_PATIENCE,
    ) -> tuple[str, int | None]:
        """Run it here and now; why it failed, "" if it did not, and its exit code."""
        try:
            ended = self._run(watch, argv, limit, about, token)
        except TimeoutError:
            return f"{name}: not over in {show_seconds(limit)}, killed", None
        except OSError as error:
            return f"{name}: {error}", None
        self._write(watch, program, ended.output)
        return "" if ended.code == 0 else f"{name}: {spell(ended)}", ended.code

    def close(self) -> None:
        self._crew.close()


def token_of(watch: Watch, name: str) -> str:
    return f"{watch.name} {name}"


def told(action: Hook) -> Mapping[str, str]:
    return about(action.process, action.reason)


def about(process: Process | None, reason: str) -> Mapping[str, str]:
    pid = {} if process is None else {"OVERSEER_PID": str(process.pid)}
    return {**pid, "OVERSEER_REASON": reason}


def spell(ended: Ended) -> str:
    """`exit code 3: no database`"""
    how = str(Exit(ended.code, ended.signal))
    first = ended.output.strip().partition("\n")[0][:SHOWN]
    return f"{how}: {first}" if first else how
