"""Real processes: births, looks, signals and deaths, as ports.Processes asks for them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from overseer.model.action import Cancel, Follow, Hook, Look, Signal, Spawn, Sweep
from overseer.model.event import Exited
from overseer.model.watch import Watch
from overseer.ports import Inbox
from overseer.system.deaths import Deaths
from overseer.system.hooks import Run
from overseer.system.launch import Launcher, Listen, WillWrite
from overseer.system.leftovers import Leftovers
from overseer.system.look import Looker
from overseer.system.loop import Loop
from overseer.system.pid_files import PidFiles
from overseer.system.sockets import Sockets
from overseer.system.table import Tables
from overseer.system.takeover import Living
from overseer.system.tree import Trees


def hear_nothing(watch: Watch, uid: int) -> Mapping[str, str]:
    return {}


class LinuxProcesses:
    def __init__(
        self,
        loop: Loop,
        inbox: Inbox,
        log_dir: Path,
        run: Run,
        cancel: Callable[[str], None],
        listen: Listen = hear_nothing,
        living: Callable[[], Living] = tuple,
        will_write: WillWrite = lambda _, __: None,
        leftovers: Leftovers | None = None,
    ) -> None:
        self._inbox = inbox
        self.deaths = Deaths(loop, inbox)
        self._tables = Tables()
        self.leftovers = leftovers or Leftovers()
        self.leftovers.followed, self.leftovers.tables = self._followed, self._tables
        self.deaths.behind, self.deaths.inherited = self.leftovers.behind, self.leftovers.inherit
        self.deaths.settled = self.leftovers.settle
        self._living = living
        self.sockets = Sockets(living)
        self._pid_files = PidFiles(self.deaths, inbox, self.leftovers)
        self._launcher = Launcher(
            self.deaths, inbox, log_dir, run, cancel, listen, self.sockets.handed_to,
            self.leftovers, will_write,
        )  # fmt: skip
        self._looker = Looker(self.deaths, inbox, self._tables, self.leftovers)
        self._trees = Trees(self.deaths, inbox, self._tables, self.leftovers)

    def _followed(self) -> set[int]:
        """Pids of what is no leftover: not of what a pid file has named before."""
        superseded = self.deaths.superseded()
        for name, process in superseded:
            self.leftovers.remember(name, (process,))
        return self.deaths.pids() - {process.pid for _, process in superseded}

    def spawn(self, watch: Watch, action: Spawn) -> None:
        self._launcher.spawn(watch, action)

    def cancel(self, watch: Watch, action: Cancel) -> None:
        self._launcher.cancel(watch, action)

    def look(self, watch: Watch, action: Look) -> None:
        self._looker.look(watch, action)

    def follow(self, watch: Watch, action: Follow) -> None:
        if not self.deaths.follow(watch.name, action.process):
            self._inbox(watch.name, Exited(action.process))

    def signal(self, watch: Watch, action: Signal) -> None:
        self._trees.signal(watch, action)

    def sweep(self, watch: Watch, action: Sweep) -> None:
        self._trees.sweep(watch, action)

    def hook(self, watch: Watch, action: Hook) -> None:
        self._launcher.hooks.hook(watch, action)

    def hooks_under_way(self) -> list[tuple[str, Hook]]:
        return self._launcher.hooks.under_way()

    def mind_the_time(self) -> None:
        """On the loop's thread: whatever hangs does not keep from being told."""
        self._looker.say_what_hangs()

    def catch_up(self) -> None:
        """With what nothing tells of: pid files that have changed, addresses that are free now."""
        self._tables.forget_old()
        self.deaths.look_at_unopened()
        self._pid_files.turn(self._living())
        self.sockets.turn()

    def forget(self, name: str) -> None:
        self.deaths.forget(name)

    def close(self) -> None:
        """Leave every process as it is."""
        self._launcher.close()
        self._looker.close()
        self._trees.close()
        self.sockets.close()
        self.deaths.close()
