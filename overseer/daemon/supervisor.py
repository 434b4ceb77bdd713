"""The daemon: the real parts put together; the only place where everything meets."""

import contextlib
import gc
import logging
import os
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

from overseer import VERSION, paths
from overseer.alerts.alerts import Alerts
from overseer.config import Config
from overseer.control.applied import Applied
from overseer.control.desk import Desk
from overseer.control.office import LogFiles, Office
from overseer.control.roles import Roles
from overseer.control.server import Server
from overseer.control.sockets import Sockets
from overseer.core import machine, observing
from overseer.crew import shortage
from overseer.daemon import legacy, self_watch
from overseer.daemon.chores import chores_of
from overseer.daemon.greeting import also_loaded, greet, name_rivals
from overseer.daemon.handover import OwnProcess, Parts
from overseer.daemon.herald import Herald
from overseer.daemon.in_force import in_force
from overseer.daemon.load_files import load
from overseer.daemon.log_watcher import LogWatcher, rule_of
from overseer.daemon.lost_records import damaged_since, lost_records
from overseer.daemon.opening import Wanted
from overseer.daemon.outputs import Outputs
from overseer.daemon.program_logs import ProgramLogs, tags_of
from overseer.daemon.readings import Readings
from overseer.daemon.replacement import Replacement
from overseer.daemon.signals import Signals, aside
from overseer.daemon.upkeep import Upkeep
from overseer.daemon.world import World, facts
from overseer.engine import Engine
from overseer.errors import BAD_FILE, DONE
from overseer.model.log_file import LogMark
from overseer.model.watch import Watch
from overseer.options import RunOptions
from overseer.paths import PROGRAM_PATH
from overseer.rounds.rounds import Rounds
from overseer.store.state import StateStore
from overseer.store.wishes import Wishes
from overseer.system import daemon, identity
from overseer.system.calendar import Calendar
from overseer.system.leftovers import Leftovers
from overseer.system.log_files import read_piece
from overseer.system.look import refuse_another_users
from overseer.system.loop import Clock, Loop
from overseer.system.notices import Notices
from overseer.system.notify_sockets import notify_sockets
from overseer.system.probe import LinuxProbe
from overseer.system.processes import LinuxProcesses
from overseer.system.runner import Runner
from overseer.trust import refuse

log = logging.getLogger("overseer")

SWITCH = 0.0005
"""Seconds a thread may keep the interpreter: an exit does not wait behind a client's request."""


class Supervisor:
    """The daemon, from its folders to its last line."""

    def __init__(
        self,
        where: paths.Paths,
        options: RunOptions,
        log_file: daemon.LogFile | None,
        clock: Clock,
        own: OwnProcess,
    ) -> None:
        self._own, self._received = own, own.received
        self._where = where
        self._options = options
        self._own_log = log_file
        self._host = socket.gethostname()
        self._clock = clock
        self._log_dir = Path(where.log_dir)
        self._loop = Loop(self._clock)
        state_dir = Path(where.state_dir)
        self._applied = Applied(str(state_dir / "applied"))
        self._program_logs = ProgramLogs(lambda: self._log_dir, lambda: self._engine)
        self._alerts = Alerts(
            state_dir / "state.db", self._clock, self._host, self._program_logs.of, read_piece,
            tags=lambda name: tags_of(self._engine, name), writes_now=self._program_logs.begin,
            secrets=self._program_logs.secrets,
        )  # fmt: skip
        self._store = StateStore(state_dir, self._clock, self._alerts.desk)
        self._alerts.enclose = self._store.enclose
        self._wishes = Wishes(self._store)
        self._herald = Herald(self._alerts, self._store, identity.boot_id())
        self._runner = Runner()
        self._leftovers = Leftovers(str(state_dir), self._runner.pids)
        self._runner.mark = self._leftovers.mark
        self._lost: list[str] = []

    def run(self, files: Sequence[str], strict: bool, handshake: daemon.Handshake) -> int:
        sys.setswitchinterval(SWITCH)
        daemon.keep_memory_together()
        daemon.become_subreaper()
        self._files = files
        wanted = in_force(
            files, self._wishes, self._options.variables, self._options.allowed, self._applied,
            strict=strict,
            texts=self._own.texts,
        )  # fmt: skip
        self._log_dir = Path(wanted.config.settings.log_dir or self._where.log_dir)
        refuse(wanted.config.host.trust, str(self._log_dir), "the folder of logs")
        self._build()
        with contextlib.ExitStack() as stack:
            stack.callback(self._loop.close)
            stack.callback(self._world.processes.close)
            ends = (self._runner.close, self._heard.close, self._logs.stop, self._self_watch.stop)
            for end in ends:
                stack.callback(end)
            stack.callback(self._store.close)
            stack.callback(self._alerts.stop)
            self._begin(wanted, stack)
            if self._options.attach is not None:
                self._signals.attach(self._loop, self._options.attach)
            notices = (*wanted.notices, *self._lost, *also_loaded(files, wanted))
            handshake.ready(notices, BAD_FILE if wanted.notices else DONE)
            daemon.tell_manager("READY=1")
            self._own.listens()
            greet(len(wanted.config.watches), self._where.socket, self._options)
            aside(name_rivals)
            turns = partial(self._loop.run, self._engine.turn, self._tick, self._engine.post)
            self._replacement.run(turns, self._server.say_replaced)
            daemon.tell_manager("STOPPING=1")
            self._herald.end()
        log.info("overseer ends")
        return self._signals.code

    def _build(self) -> None:
        """Engine and ports know each other by callables only."""
        shortage.heard = self._loop.hurry
        self._probe = LinuxProbe(clock=self._clock.now)
        alarm, hurry, run = self._loop.alarm, self._loop.hurry, self._runner.run
        said, listen = lambda name: self._heard.said(name), lambda *born: self._heard.prepare(*born)
        self._rounds = Rounds(self._clock, self._probe, self._post, alarm, hurry, run, said)
        log_dir, living = self._log_dir, lambda: self._engine.living()
        cancel, told = self._runner.cancel, self._will_write
        processes = LinuxProcesses(
            self._loop, self._post, log_dir, run, cancel, listen, living, told, self._leftovers
        )
        self._world = World(self._clock, processes, self._loop, self._rounds, self._store)
        step = observing.step if self._options.observe else machine.step
        self._engine: Engine = Engine(self._world, identity.boot_id(), self._loop.wake, step)
        self._heard: Notices = Notices(
            self._loop, self._clock, self._post, processes.deaths, notify_sockets(self._where),
            self._engine.process_of, self._rounds.nudge,
        )  # fmt: skip
        known, post = self._engine.statuses.get, self._engine.post
        processes.deaths.status_of = known
        self._calendar = Calendar(self._clock, known, post, self._host)
        self._readings = Readings(self._rounds.reading, self._engine.statuses)
        self._logs = LogWatcher(
            self._program_logs.watched, lambda: rule_of(self._settings), self._clock.now,
            self._clock.wall, self._alerts.read_logs,
        )  # fmt: skip
        of_self = self._loop, self._engine, self._store, self._rounds, self._clock
        self._self_watch = self_watch.of(*of_self)
        self._outputs = Outputs(self._store.path, self._engine, self._log_files)
        control = Sockets(
            self._where.socket, allowed=self._options.allowed, inherited=self._own.listeners
        )
        self._parts = Parts(
            processes, self._heard, self._runner, self._own.lock,
            control.listeners, self._files, lambda: self._config.texts,
        )  # fmt: skip
        what = self._own.command, self._parts, self._store, self._engine, self._options
        self._replacement = Replacement(*what, self._loop.pause)
        self._desk = Desk(self._office())
        self._server = Server(control, self._desk, VERSION)
        self._signals = Signals(
            self._desk, self._loop.stop, self._own_log, self._herald.tell, self._server.restore,
            self._replacement.ask,
        )  # fmt: skip

    def _post(self, name: str, event: object) -> None:
        self._engine.post(name, event)  # type: ignore[arg-type]

    def _begin(self, wanted: Wanted, stack: contextlib.ExitStack) -> None:
        self._store.open()
        if self._options.allowed:
            self._wishes.remember_allowed(self._options.allowed)
        now = self._clock.now()
        chores = chores_of(
            now, self._store, lambda: self._settings, self._outputs, self._world.processes,
            self._server.restore,
        )  # fmt: skip
        self._upkeep = Upkeep(now, self._world.processes.deaths, chores, self._herald)
        watches, replaced = wanted.config.watches.values(), self._received is not None
        if self._received:
            self._received.take_up(self._parts)
        found = legacy.take_up(self._engine, self._store, watches, self._leftovers, now, replaced)
        self._lost = lost_records(self._store, self._applied, found)
        self._configured(wanted.config)  # sockets are taken over from what runs
        self._server.open()
        stack.callback(self._server.close)
        self._desk.began(wanted.config, wanted.start)
        self._alerts.start()
        self._logs.start()
        self._self_watch.start()
        self._herald.begin((*wanted.notices, *self._lost), self._received)
        if self._received:
            self._received.take_up_hooks(self._parts, self._engine.watches)
        self._signals.listen(self._loop)
        self._loop.alarm(self._clock.now())
        gc.collect()
        gc.freeze()  # what is there now stays: it need not be looked through again

    def _configured(self, new: Config) -> None:
        """What is in force beside the watches."""
        daemon.allow_descriptors(len(new.watches))
        self._config, self._settings = new, new.settings
        os.environ["PATH"] = new.settings.path or PROGRAM_PATH
        groups = new.settings.admin_group, new.settings.operators, new.settings.viewer_group
        self._server.admit(Roles.named(*groups))
        self._herald.configured(new)
        self._heard.arrange(new.watches.values())
        if not self._options.observe:
            self._world.processes.sockets.arrange(watch.program for watch in new.watches.values())
        self._calendar.plan({name: watch.moments for name, watch in new.watches.items()})
        self._loop.hurry()
        for warning in new.warnings:
            log.warning("%s", warning)

    def _office(self) -> Office:
        return Office(
            facts=facts(self._where, self._log_dir, self._host, observes=self._options.observe),
            engine=self._engine,
            clock=self._clock,
            processes=self._world.processes,
            store=self._store,
            chronicle=self._store,
            wishes=self._wishes,
            read_files=load,
            is_there=os.path.exists,
            configured=lambda new: self._configured(cast(Config, new)),
            identify=identity.process_of,
            refuse_another_users=refuse_another_users,
            is_suspended=identity.is_suspended,
            says=self._heard.said,
            reading=self._readings.of,
            families=self._readings.families,
            samples=self._rounds.samples,
            log_files=self._log_files,
            next_moment=self._calendar.next_of,
            knock=self._alerts.knock,
            undelivered=self._alerts.undelivered,
            people=self._alerts,
            trouble=lambda: self._store.trouble,
            test_contact=lambda name, hear: hear(self._alerts.test(name, hear)),
            access=lambda: str(self._server.sockets.roles),
            sockets=lambda: self._server.sockets.groups,
            notices=self._notices_now,
            log_times=self._logs.times,
            lost_records=lambda: self._lost,
            moved_logs=lambda: [str(one) for one in self._logs.moved()],
            of_itself=self._self_watch.facts,
            left_over=lambda: legacy.left_over(self._engine, self._leftovers),
            leave=self._loop.stop,
            reexec=self._replacement.ask,
        )

    def _log_files(self, watch: Watch) -> LogFiles:
        logs = (one for one in self._logs.moved() if one.watch == watch.name)
        moved = {one.path: one.reads for one in logs if one.reads}
        return LogFiles(*self._program_logs.paths(watch), moved)

    def _will_write(self, name: str, marks: Sequence[LogMark]) -> None:
        """On the launchers' threads."""
        self._alerts.exhibits.will_write(name, marks)
        self._logs.hurry()

    def _notices_now(self) -> list[str]:
        """What everybody who asks for the status is to know."""
        now = (*damaged_since(self._store, self._lost), *map(str, self._logs.moved()))
        return [*self._lost, *now, *self._self_watch.notices()]

    def _tick(self, now: float) -> float:
        """A slice of the rounds; now and then what nobody else looks after."""
        due = self._rounds.turn(now)
        self._world.processes.mind_the_time()
        if not self._engine.try_again():
            due = min(due or now + 1.0, now + 1.0)
        following = min(self._upkeep.turn(now), self._calendar.turn(now), self._heard.turn(now))
        return following if due is None else min(due, following)
