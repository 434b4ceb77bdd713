"""What is known of each watch, as `status` and its `--json` show it."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from overseer.control.coming import as_answer, coming
from overseer.control.moments import Moments, told
from overseer.control.note import note, with_troubles
from overseer.control.office import LeftOver, Office, Sampled
from overseer.control.protocol import Answer
from overseer.control.record import entry
from overseer.control.roots import not_in_force
from overseer.control.scales import Scales
from overseer.core import spell
from overseer.core.one_shot import is_one_shot
from overseer.core.outdated import runs_as_before
from overseer.core.phase import phase
from overseer.core.ties import Tie, ties
from overseer.errors import BAD_FILE, DONE, NOT_UP
from overseer.model.process import Exit
from overseer.model.program import Program
from overseer.model.said import Doing, Said
from overseer.model.state import Goal, Life, Phase
from overseer.model.status import Status
from overseer.model.transition import Transition
from overseer.model.watch import Watch

ONLY_OBSERVES = "only observing: nothing is started, stopped or signalled"
MOST_LEFT = 5
"""Processes left over that are named among the notices."""
ENTRIES = 10  # lines of the history of one watch in full
AS_GOOD_AS_UP = frozenset(
    {Phase.UP, Phase.RELOADING, Phase.COMPLETED, Phase.SCHEDULED, Phase.RUNNING}
)


class View:
    """Reads frozen values only, so any thread may look while the engine goes on."""

    def __init__(
        self,
        office: Office,
        notices: Callable[[], Iterable[str]],
        scales: Scales,
        more_notices: Callable[[], Iterable[str]] = tuple,
        left_out: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._office = office
        self._more_notices = more_notices
        self._notices = notices
        self._left_out = left_out
        self._scales = scales

    def whole(self, names: Iterable[str]) -> Answer:
        """The object of `status --json`, with the watches of these names."""
        office = self._office
        moments = Moments(office.clock)
        left_over, undelivered = office.left_over(), office.undelivered()
        trouble = office.trouble()
        known = self._known(names)
        needs = ties(dict(office.engine.watches)).needs
        left_out = self._left_out()
        problems = [line for notice in self._notices() for line in notice.splitlines()]
        return {
            "version": office.facts.version,
            "daemon": self._daemon(),
            "watches": [
                self._watch(watch, status, moments)
                | {"depends_on": [self._need(tie, status) for tie in needs.get(watch.name, ())]}
                for watch, status in known
            ],
            "copies": self._scales.on_the_wire(),
            "alerts": {"waiting": undelivered.waiting, "lost": undelivered.lost},
            "trouble": trouble,
            "self": dict(office.of_itself()),
            "problems": problems,
            "notices": [
                *([ONLY_OBSERVES] if office.facts.observes else ()),
                *problems,
                *not_in_force(left_out),
                *office.notices(),
                *([trouble] if trouble else ()),
                *([str(undelivered)] if undelivered else ()),
                *self._scales.notices(),
                *self._more_notices(),
                *in_words(left_over),
            ],
            "left_over": [one._asdict() for one in left_over],
            "left_out": [{"name": name, "file": file} for name, file in left_out.items()],
        }

    def count_families(self, watches: Iterable[Answer]) -> None:
        """Put the numbers of whole trees in place of those of main processes."""
        families = self._office.families()
        for watch in watches:
            family = families.get(watch["name"])
            watch["processes"] = family.processes if family else 0
            if family:
                watch |= {"memory_bytes": family.rss, "cpu_percent": family.cpu}

    def full(self, name: str, entries: int = ENTRIES) -> Answer:
        """What `status NAME` adds for one watch; *entries* of its history."""
        office = self._office
        moments = Moments(office.clock)
        watch, status = office.engine.watches[name], office.engine.statuses[name]
        program = watch.program if watch.kind != "watch" else status.program or watch.program
        files, evidence = office.log_files(watch), office.chronicle.last_evidence(name)
        return {
            "command": shlex.join(program.command or program.start or ()),
            "user": program.user,
            "group": program.group,
            "dir": program.dir,
            "pid_file": program.pid_file,
            "origin": f"{watch.origin.file}:{watch.origin.line}",
            "set_by": status.set_by,
            "set_words": status.set_words,
            "set_at": moments.text(status.set_at),
            "log": files.log,
            "err_log": files.err_log,
            "program": _program(program),
            "transitions": [_row(row) for row in (*watch.transitions, *watch.lifecycle)],
            "launched_at": moments.text(status.launched_at),
            "trouble": status.trouble or status.delay,
            "held_by": status.held_by,
            "left_over": [
                one._asdict() for one in office.left_over() if one.name == name and not one.gone
            ],
            "says": office.says(name).status,
            "observed": office.facts.observes,
            "states": [
                {"state": one.name, "command": shlex.join(one.command or ()) or None}
                for one in watch.states
            ],
            "evidence": None if evidence is None else entry(evidence),
            "history": [entry(one) for one in office.chronicle.history([name], None, entries)],
        }

    def _known(self, names: Iterable[str]) -> list[tuple[Watch, Status]]:
        """A watch may go while we look."""
        engine = self._office.engine
        found = ((engine.watches.get(name), engine.statuses.get(name)) for name in names)
        return [(watch, status) for watch, status in found if watch and status]

    def _need(self, tie: Tie, status: Status) -> Answer:
        """With what that is, and where it stands."""
        engine = self._office.engine
        on, of = engine.watches.get(tie.on), engine.statuses.get(tie.on)
        known = {"kind": on.kind, "phase": phase(on, of)} if on and of else {}
        return {**_need(tie, status), **known}

    def _daemon(self) -> Answer:
        facts = self._office.facts
        return {
            "pid": facts.pid,
            "since": told(facts.since),
            "version": facts.version,
            "host": facts.host,
            "socket": facts.socket,
            "state_dir": facts.state_dir,
        }

    def _watch(self, watch: Watch, status: Status, moments: Moments) -> Answer:
        reading = self._office.reading(watch.name) if status.process else None
        said = self._office.says(watch.name)
        word = _as_it_says(phase(watch, status), said)
        following = coming(self._office, watch, status, moments)
        silenced = self._office.people.silenced(watch.name)
        incidents = self._office.people.open_incidents_of(watch.name, status.boot)
        suspended = status.process is not None and self._office.is_suspended(status.process)
        why = note(word, watch, status, moments, following, said)
        return {
            "name": watch.name,
            "kind": "once" if is_one_shot(watch) else watch.kind,
            "tags": list(watch.tags),
            "goal": status.goal,
            "state": status.state,
            "phase": word,
            "pid": status.process.pid if status.process else None,
            "since": moments.text(status.since),
            "uptime_s": _uptime(status, moments.now),
            "cpu_percent": None if reading is None else reading.cpu,
            "memory_bytes": None if reading is None else reading.rss,
            "restarts": status.restarts,
            "restarts_asked": status.restarts_asked,
            "reason": status.reason,
            "note": with_troubles(why, status, suspended, incidents, silenced),
            "suspended": suspended,
            "ending": status.process is not None and status.life is Life.STOPPING,
            "incidents": [
                {"id": one.id, "headline": one.headline, "since": moments.text(one.began)}
                for one in incidents
            ],
            "silenced": silenced,
            "next": as_answer(following, moments),
            "last_exit": _last_exit(status, moments),
            "held": bool(status.hold),
            "changed": list(runs_as_before(watch, status)),
            "samples": [_sampled(one) for one in self._office.samples(watch.name)],
        }


def in_words(left_over: Sequence[LeftOver]) -> list[str]:
    """`left over: web (pid 12, nginx)`; a few of them are enough."""
    lines = [f"left over: {process}" for process in left_over[:MOST_LEFT]]
    more = len(left_over) - MOST_LEFT
    return [*lines, f"left over: {more} more; `overseer doctor` shows all"] if more > 0 else lines


def code(whole: Answer, named: bool) -> int:
    """Of those named each has to be up; of all only those that are wanted up, and the files have to
    be in force as they stand. Nor may an incident be open about any of them."""
    missed = (
        one["phase"] not in AS_GOOD_AS_UP or one["suspended"]
        for one in whole["watches"]
        if named or one["goal"] == Goal.UP
    )
    if any(one["incidents"] for one in whole["watches"]):
        return NOT_UP
    if any(missed):
        return NOT_UP
    return BAD_FILE if whole["problems"] and not named else DONE


def _as_it_says(word: Phase, said: Said) -> Phase:
    """What is up may say that it is reading its configuration, or about to end."""
    busy = {Doing.RELOADING: Phase.RELOADING, Doing.STOPPING: Phase.STOPPING}
    return busy.get(said.doing, word) if word is Phase.UP else word


def _uptime(status: Status, now: float) -> float | None:
    """Of the process, whoever launched it: its start time counts from boot as our clock does."""
    if not status.process:
        return None
    return round(max(0.0, now - status.process.began), 1)


def _last_exit(status: Status, moments: Moments) -> Answer | None:
    if status.last_exit is None:
        return None
    more = {
        "at": moments.text(status.last_exit_at),
        "ran_for_s": status.last_ran_for,
        "asked": status.last_exit_asked,
    }
    return {**exit_of(status.last_exit), **more}


def exit_of(how: Exit) -> Answer:
    """On the wire: its code, its signal, or that it is unknown."""
    return how.facts()


def _sampled(one: Sampled) -> Answer:
    return {
        "condition": one.condition,
        "limit": one.limit,
        "values": list(one.samples),
        "met": one.met,
        "doubt": one.doubt,
        "notice": one.notice,
    }


def _need(tie: Tie, status: Status) -> Answer:
    """What it depends on. *stuck*: it does not come by itself; *why* may be empty."""
    lack = next((one for one in status.lacking if one.on == tie.on), None)
    return {
        "on": tie.on,
        "need": tie.need,
        "propagate": tie.propagate,
        "met": lack is None,
        "stuck": lack is not None and lack.stuck,
        "why": lack.why if lack else "",
    }


def _row(row: Transition) -> Answer:
    return {
        "from": list(row.states) or None,
        "when": spell.when(row.when),
        "to": row.to,
        "else": row.otherwise,
    }


def _program(program: Program) -> list[list[str]]:
    """What differs from a plain program, in pairs for two columns."""
    plain = Program()
    return [
        [name, _shown(name, getattr(program, name))]
        for name in Program.__slots__
        if getattr(program, name) != getattr(plain, name)
    ]


def _shown(name: str, value: object) -> str:
    """Of an environment the names only: passwords stand there."""
    return ", ".join(value) if name == "env" and isinstance(value, Mapping) else spell.value(value)
