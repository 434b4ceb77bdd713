"""A random walk over watches that depend on each other: never one launched before what it depends
on is there, never two copies, the operator's goal wins, and nobody waits in vain.

Nothing is prompt: launches, looks and exits are answered when the walk says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from walking import LateWorld, finds, finds_out, quick

from overseer.conditions.always import Always
from overseer.conditions.base import Times
from overseer.conditions.flapping import Flapping
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.core.machine import Step, step
from overseer.core.phase import is_waiting
from overseer.core.ties import Tie, ties
from overseer.model.action import Signal, Spawn
from overseer.model.dependency import Dependency, Need, Propagate
from overseer.model.event import (
    Answered,
    Asked,
    Begun,
    Closing,
    Event,
    Provided,
    Readied,
    Scheduled,
    Verb,
)
from overseer.model.process import Exit
from overseer.model.program import Program, StopStep
from overseer.model.schedule import Overlap, Plan, Schedule
from overseer.model.state import Goal, Hold
from overseer.model.state import Life as Living
from overseer.model.status import Job, Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch
from overseer.testing import Lives

ROWS = (
    Transition(("init",), ProcessRunning(running=True), "up", "start"),
    Transition(("start", "restart"), ProcessRunning(running=True), "up"),
    Transition(("up",), ProcessExits(), "start"),
    Transition(("up",), MemoryUsage(above=1), "restart"),
)
MEMORY = 3
ONE_SHOT = (*ROWS[:2], Transition(("start", "restart", "up"), ProcessExits(), "stop"))
LIMIT = Flapping(
    times=Times(3, 3), within=60.0, to_state=("start", "restart"), retry_in=20.0,
    retry_times=3, retry_within=600.0,
)  # fmt: skip
HELD = (Transition((), LIMIT, "unmonitored"),)
STOP = (StopStep(15, 10.0),)
COMMAND = Program(command=("serve",), stop_signals=STOP)
CONTROL = Program(
    start=("control", "start"), restart=("control", "restart"), pid_file="/run/it.pid",
    kill="process", leftovers="ignore", stop_signals=STOP,
)  # fmt: skip
LAUNCHES = (Job.LAUNCH, Job.START, Job.RESTART, Job.RUN)


def watch(name: str, *needs: Dependency, program: Program = COMMAND) -> Watch:
    return Watch(name=name, program=program, transitions=ROWS, lifecycle=HELD, depends_on=needs)


DB = replace(watch("db"), ready=(Always(),), start_timeout=20.0)
CACHE = replace(watch("cache", program=CONTROL), tags=("store",))
APP = watch("app", Dependency("db"), Dependency("@store", Need.READY))
WEB = watch("web", Dependency("app", propagate=Propagate.RESTART), program=CONTROL)
ONCE = replace(watch("once", Dependency("db")), transitions=ONE_SHOT)
LATE = watch("late", Dependency("once", Need.COMPLETED), Dependency("cache", None, Propagate.STOP))
WATCHES = {one.name: one for one in (WEB, LATE, APP, DB, ONCE, CACHE)}
CHANGES = (
    APP,
    replace(APP, depends_on=APP.depends_on[:1]),
    replace(APP, depends_on=()),
    DB,
    replace(DB, ready=()),
    CACHE,
    replace(CACHE, tags=()),
    WEB,
    replace(WEB, depends_on=(Dependency("app", Need.READY), Dependency("db"))),
)
SHOPS = {
    f"shop-{number}": replace(watch(f"shop-{number}", program=program), tags=("shop",))
    for number, program in enumerate((COMMAND, COMMAND, CONTROL), 1)
}
CART = watch("cart", Dependency("@shop", None, Propagate.STOP))
NIGHTLY = Watch(
    name="nightly",
    program=COMMAND,
    schedule=Plan((Schedule("0 4 * * *"),), overlap=Overlap.QUEUE, max_run_time=60.0),
    depends_on=(Dependency("db"), Dependency("@store")),
)
WATCHES |= {"shop-1": SHOPS["shop-1"], "cart": CART, "nightly": NIGHTLY}
names = st.sampled_from(sorted(WATCHES | SHOPS))
shops = st.sampled_from(sorted(SHOPS))
SEEN: set[str] = set()
SCALED: set[tuple[str, Living]] = set()
"""Which life a copy was in when it was to go, was removed, or came back."""


def there(tie: Tie, statuses: Mapping[str, Status], begun: set[str]) -> bool:
    """Told apart from what overseer itself makes of it."""
    status = statuses.get(tie.on)
    if status is None or tie.on not in begun:
        return False
    if tie.need is Need.COMPLETED:
        return status.finished and status.process is None and status.life is Living.DOWN
    if tie.need is Need.STARTED:
        return status.process is not None and status.life in (Living.GRACE, Living.ALIVE)
    return status.life is Living.ALIVE and status.up_at is not None


class Walk(LateWorld):
    """The world answers late, the user changes his mind, the daemon is killed."""

    @initialize()
    def begin(self) -> None:
        self.faults: list[str] = []
        self.begun: set[str] = set()
        self.goals = dict.fromkeys(WATCHES, Goal.UP)
        self.leaving: set[str] = set()  # are being stopped, to be removed then
        self.ran: set[str] = set()  # since they are there
        self.lives = Lives(prompt=False, step=self.noted)
        for one in WATCHES.values():
            self.lives.engine.add(one)
        self.lives.engine.turn()

    @property
    def statuses(self) -> dict[str, Status]:
        return self.lives.engine.statuses

    def noted(self, watch: Watch, status: Status, event: Event, now: float) -> Step:
        if isinstance(event, Begun):
            self.begun.add(watch.name)
        answer = self.decide(watch, status, event, now)
        asked = status.errand.id if status.errand else ""  # and not begun: asked for once more
        for action in answer.actions:
            launches = isinstance(action, Spawn) and action.errand.job in LAUNCHES
            if launches and isinstance(action, Spawn) and action.errand.id != asked:
                self.check_launch(watch)
            keeps = all(one.propagate is Propagate.NONE for one in watch.depends_on)
            if isinstance(event, Provided) and keeps and isinstance(action, Signal):
                self.faults.append(f"{watch.name} is stopped by what it depends on")
            if isinstance(event, Provided) and isinstance(action, Signal) and watch.name == "cart":
                self.check_loss(event)
        if answer.status.process:
            self.ran.add(watch.name)
        return answer

    def check_loss(self, event: Provided) -> None:
        """What comes, and what goes because it is to go, is nobody's loss."""
        lost = {lack.on for lack in event.lacking if lack.gone} - self.leaving
        if not lost & self.ran:
            self.faults.append(f"cart is stopped although it has lost none: {event.lacking}")

    def needs(self, name: str) -> list[Tie]:
        """Of those that are to stay."""
        found = ties(self.lives.engine.watches).needs.get(name, ())
        return [tie for tie in found if tie.on not in self.leaving]

    def check_launch(self, watch: Watch) -> None:
        found = self.needs(watch.name)
        SEEN.update(f"{watch.name} needs {tie.on} {tie.need}" for tie in found)
        for tie in found:
            if not there(tie, self.statuses, self.begun):
                self.faults.append(f"{watch.name} is launched before {tie.on} is {tie.need}")

    # What people do

    @rule(name=names, verb=st.sampled_from([Verb.START, Verb.STOP, Verb.RESTART, Verb.UNMONITOR]))
    def an_operator_asks(self, name: str, verb: Verb) -> None:
        if name not in self.statuses:
            return
        if name in self.leaving:  # whoever asks last is heard: it stays
            self.leaving.discard(name)
            self.let_go()
        wanted = {Verb.STOP: Goal.DOWN, Verb.UNMONITOR: Goal.UNMONITORED}
        if name != "nightly" or verb is not Verb.RESTART:  # which it refuses
            self.goals[name] = wanted.get(verb, Goal.UP)
        self.lives.ask(name, verb)

    @rule(new=st.sampled_from(CHANGES), hard=st.booleans())
    def a_load_changes_it(self, new: Watch, hard: bool) -> None:
        self.lives.engine.replace(new, hard=hard, restart=True)
        self.lives.engine.turn()

    # What a load, or scale, makes of copies: as overseer/control/apply.py does it

    @rule(name=shops)
    def a_copy_comes(self, name: str) -> None:
        engine = self.lives.engine
        if name in engine.watches:
            return
        if name in engine.left:
            SCALED.add(("back", engine.left[name].life))
        else:
            self.ran.discard(name)
        self.goals[name] = Goal.UP
        engine.add(SHOPS[name])
        engine.turn()
        self.lives.ask(name, Verb.START)

    @rule(name=shops)
    def a_copy_is_to_go(self, name: str) -> None:
        if name in self.statuses:
            SCALED.add(("to go", self.statuses[name].life))
            self.leaving.add(name)
            self.let_go()
            self.goals[name] = Goal.DOWN
            self.lives.ask(name, Verb.STOP)

    @precondition(lambda self: self.leaving)
    @rule()
    def what_has_ended_goes(self) -> None:
        for name in sorted(self.leaving):
            if self.statuses[name].life is Living.DOWN:
                if self.programs(name):
                    self.faults.append(f"{name} goes, and lives")
                self.goes(name, leave=False)

    @rule(name=shops)
    def a_copy_is_removed_and_left(self, name: str) -> None:
        if name in self.statuses and not self.statuses[name].awaits_process:
            SCALED.add(("left", self.statuses[name].life))
            self.goes(name, leave=True)

    @rule(name=shops)
    def a_copy_goes_and_comes(self, name: str) -> None:
        self.an_operator_asks(name, Verb.RESTART)
        self.a_copy_is_removed_and_left(name)
        self.a_copy_comes(name)

    @rule(name=shops, stops=st.booleans())
    def a_copy_goes_while_it_waits(self, name: str, stops: bool) -> None:
        """It dies young, and its next launch is put off."""
        self.an_operator_asks(name, Verb.START)
        for _ in range(3):
            self.commands_end_well()
            self.a_program_dies(name)
            self.everything_is_answered()
        if stops:
            self.a_copy_is_to_go(name)
        else:
            self.a_copy_is_removed_and_left(name)

    def goes(self, name: str, *, leave: bool) -> None:
        self.lives.engine.remove(name, leave=leave)
        self.lives.engine.turn()
        del self.goals[name]
        self.leaving.discard(name)

    def let_go(self) -> None:
        self.lives.engine.let_go(sorted(self.leaving))
        self.lives.engine.turn()

    @rule(name=names)
    def the_calendar_asks(self, name: str) -> None:
        self.lives.tell(name, Scheduled("0 4 * * *"))

    # What processes do

    @precondition(lambda self: self.processes.living)
    @rule(data=st.data(), code=st.sampled_from([0, 1]))
    def something_ends(self, data: st.DataObject, code: int) -> None:
        living = self.processes.living
        self.ends(data.draw(st.sampled_from(sorted(living))), code)

    @precondition(lambda self: self.programs("once"))
    @rule()
    def the_one_shot_is_done(self) -> None:
        self.ends(self.programs("once")[0], 0)

    @rule(name=names)
    def a_program_dies(self, name: str) -> None:
        for pid in self.programs(name):
            self.ends(pid, 1)

    def ends(self, pid: int, code: int) -> None:
        """A start command that ends well leaves its daemon behind."""
        processes = self.processes
        it = processes.living[pid]
        if it.job in (Job.START, Job.RESTART) and code == 0:
            for old in self.programs(it.watch):
                processes.die(old, Exit(0))
            processes.pid_files[it.watch] = processes.bear(it.watch, Job.LAUNCH)
        processes.die(pid, Exit(code))

    @precondition(lambda self: self.processes.unborn)
    @rule(which=st.integers(0, 5), broken=st.sampled_from(["", "", "", "no such file: serve"]))
    def a_launch_is_carried_out(self, which: int, broken: str) -> None:
        self.launch(min(which, len(self.processes.unborn) - 1), broken)

    @rule()
    def commands_end_well(self) -> None:
        self.everything_is_answered()
        for it in list(self.processes.living.values()):
            if it.job is not Job.LAUNCH:
                self.ends(it.process.pid, 0)
        self.everything_is_answered()

    @rule(stubborn=st.sampled_from([False, False, True]))
    def programs_are_as_they_are(self, stubborn: bool) -> None:
        self.processes.ignores_term = stubborn

    # What conditions and the clock do

    @rule(met=st.sampled_from([True, True, False]))
    def the_database_answers_whether_it_is_ready(self, met: bool) -> None:
        if process := self.statuses["db"].process:
            self.lives.tell("db", Readied(process, 0, met, "" if met else "refused"))

    @rule(name=names)
    def a_check_is_met(self, name: str) -> None:
        if name in self.statuses and self.statuses[name].state == "up" and name != "once":
            self.lives.tell(name, Answered(MEMORY, self.statuses[name].entry, True, "too much"))

    @rule()
    def all_goes_well_for_a_while(self) -> None:
        for _ in range(4):
            self.commands_end_well()
            self.the_database_answers_whether_it_is_ready(True)
            self.time_passes(1.0)

    # What happens to the daemon

    def another_begins(self, *, replaced: bool = False) -> None:
        self.begun.clear()
        known = list(self.lives.engine.watches.values())
        engine = self.lives.engine = self.lives.new_daemon()
        disk = self.lives.world.store.disk
        for one in known:
            engine.add(one, disk.get(one.name), replaced=replaced)
        engine.left.update((name, one) for name, one in disk.items() if name not in engine.watches)
        engine.let_go(sorted(self.leaving))
        engine.turn()
        for name in sorted(self.leaving):  # what was not done is gone on with
            self.a_copy_is_to_go(name)

    @rule()
    def the_daemon_is_terminated(self) -> None:
        for name in list(self.statuses):
            self.lives.tell(name, Closing(stop=False))
        self.all_goes_well_for_a_while()
        for name in list(self.statuses):
            self.lives.tell(name, Closing())
        self.lives.passes(5.0)
        self.lives.daemon_dies()
        self.another_begins()

    # What must hold

    def programs(self, name: str) -> list[int]:
        living = self.processes.living.values()
        return [it.process.pid for it in living if it.watch == name and it.job is Job.LAUNCH]

    @invariant()
    def nothing_was_done_that_may_not_be(self) -> None:
        assert not self.faults, self.faults

    @invariant()
    def never_two_copies(self) -> None:
        processes = self.processes
        for name in WATCHES | SHOPS:
            asked = [spawn for other, spawn in processes.unborn if other == name]
            commands = [
                it
                for it in processes.living.values()
                if it.watch == name and it.job is not Job.LAUNCH
            ]
            assert len(self.programs(name)) <= 1, f"two of {name}"
            assert len(commands) + len(asked) <= 1, f"two commands of {name}"
            launching = {Job.LAUNCH, Job.START} & {spawn.errand.job for spawn in asked}
            assert not (launching and self.programs(name)), f"a launch beside a living {name}"

    @invariant()
    def only_the_operator_changes_a_goal(self) -> None:
        assert {name: status.goal for name, status in self.statuses.items()} == self.goals

    @invariant()
    def every_life_is_looked_after(self) -> None:
        for name, status in self.statuses.items():
            if is_waiting(status):
                assert status.lacking, f"{name} waits for nothing"
            elif status.life not in (Living.DOWN, Living.ALIVE):
                assert status.due is not None, f"{name}: {status.life} waits for nothing"
            elif status.life is Living.DOWN and name in self.begun and name != "nightly":
                wanted = status.goal is Goal.UP and not status.finished and not status.closing
                rests = status.hold is not Hold.NONE or status.state == "stop"
                assert rests or not wanted, f"{name}: down and forgotten"

    @invariant()
    def each_knows_what_it_lacks(self) -> None:
        for name, status in self.statuses.items():
            lacking = {
                tie.on for tie in self.needs(name) if not there(tie, self.statuses, self.begun)
            }
            assert {lack.on for lack in status.lacking} == lacking, name

    def teardown(self) -> None:
        """When everything has been answered, all that is wanted and has what it needs is up."""
        if not hasattr(self, "lives"):
            return
        self.processes.looks_fail, self.processes.ignores_term = "", False
        self.processes.let_go()
        for _ in range(12):
            self.all_goes_well_for_a_while()
            self.lives.passes(40)
            if self.leaving:
                self.what_has_ended_goes()
        assert not self.leaving, f"still to go: {self.leaving}"
        self.nothing_was_done_that_may_not_be()
        self.each_knows_what_it_lacks()
        for name, status in self.statuses.items():
            held = status.hold is not Hold.NONE or status.state == "stop"
            if status.goal is not Goal.UP or held or status.life is Living.ALIVE:
                continue
            if name == "nightly":
                assert not status.queued or status.lacking, f"a run is forgotten: {status}"
                continue
            assert is_waiting(status), f"{name} is forgotten: {status}"


QUICK = quick(walks=400, steps=60)


@pytest.mark.design("4.3")
def test_whatever_happens_each_has_what_it_needs_when_it_is_launched() -> None:
    run_state_machine_as_test(Walk, settings=QUICK)


def test_the_walk_launched_every_one_with_every_need() -> None:
    assert {
        "app needs db ready",
        "app needs cache ready",
        "web needs app started",
        "web needs app ready",
        "once needs db ready",
        "late needs once completed",
        "late needs cache started",
        "nightly needs db ready",
        "nightly needs cache started",
        "cart needs shop-1 started",
        "cart needs shop-3 started",
    } <= SEEN


# Faults put in on purpose: the walk must find each.


def launches_all_the_same(watch: Watch, status: Status, event: Event, now: float) -> Step:
    return step(watch, replace(status, lacking=()), event, now)


def believes_the_disk(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """What was there when the last daemon ended is taken to be there still."""
    known = replace(watch, depends_on=()) if isinstance(event, Begun) else watch
    return step(known, status, event, now)


def takes_a_process_for_readiness(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Provided):
        event = Provided(tuple(one for one in event.lacking if one.need is not Need.READY))
    return step(watch, status, event, now)


def is_not_woken(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Provided) and is_waiting(status):
        return Step(replace(status, lacking=event.lacking))
    return step(watch, status, event, now)


def follows_unasked(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Provided):
        event = Provided(tuple(replace(one, propagate=Propagate.STOP) for one in event.lacking))
    return step(watch, status, event, now)


def comes_back_with_what_it_needs(watch: Watch, status: Status, event: Event, now: float) -> Step:
    """Although an operator has stopped it meanwhile."""
    if isinstance(event, Provided) and not event.lacking and status.goal is Goal.DOWN:
        return step(watch, status, Asked(Verb.START, "depends_on", "", status.request), now)
    return step(watch, status, event, now)


def takes_what_is_new_for_gone(watch: Watch, status: Status, event: Event, now: float) -> Step:
    if isinstance(event, Provided):
        event = Provided(tuple(replace(one, gone=True) for one in event.lacking))
    return step(watch, status, event, now)


@pytest.mark.parametrize(
    "fault",
    [
        launches_all_the_same,
        believes_the_disk,
        takes_a_process_for_readiness,
        is_not_woken,
        follows_unasked,
        comes_back_with_what_it_needs,
        takes_what_is_new_for_gone,
    ],
)
def test_the_walk_finds_a_planted_fault(fault: Callable[..., Step]) -> None:
    finds(Walk, QUICK, fault)


class FollowsWhatIsToGo(Walk):
    """god knows no copies; whoever takes one for a loss restarts the rest of the shop for it."""

    def let_go(self) -> None:
        pass


class ForgetsWhatItLeaves(Walk):
    """The watch is gone, and so is all that was known of its process."""

    def goes(self, name: str, *, leave: bool) -> None:
        super().goes(name, leave=leave)
        self.lives.engine.left.clear()
        self.lives.world.store.disk.pop(name, None)
        self.processes.pid_files.pop(name, None)


class RemovesWhatIsBeingLaunched(Walk):
    """Nobody hears of the process that comes then."""

    @rule(name=shops)
    def a_copy_is_removed_and_left(self, name: str) -> None:
        if name in self.statuses:
            self.goes(name, leave=True)


@pytest.mark.parametrize(
    "faulty", [FollowsWhatIsToGo, ForgetsWhatItLeaves, RemovesWhatIsBeingLaunched]
)
def test_the_walk_finds_a_fault_in_how_copies_come_and_go(faulty: type[Walk]) -> None:
    finds_out(faulty, QUICK)


def test_the_walk_had_copies_come_and_go_in_every_life() -> None:
    for what in ("to go", "left"):
        assert {life for how, life in SCALED if how == what} >= {
            Living.DOWN,
            Living.LAUNCHING,
            Living.GRACE,
            Living.ALIVE,
            Living.STOPPING,
            Living.WAITING,
        }
    assert ("back", Living.ALIVE) in SCALED
