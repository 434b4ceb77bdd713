"""What the calendar holds: of each watch its next moment and its last run, and the runs of one."""

from collections.abc import Iterable

from overseer.control.chronicle import RunEntry
from overseer.control.moments import Moments, told
from overseer.control.names import Choice
from overseer.control.office import Office
from overseer.control.protocol import Answer
from overseer.control.view import exit_of
from overseer.core.phase import phase
from overseer.errors import Refused
from overseer.model.process import Exit
from overseer.model.state import Goal
from overseer.model.status import Status
from overseer.model.watch import Watch


class Runs:
    def __init__(self, office: Office) -> None:
        self._office = office

    def of(self, choice: Choice, named: bool, limit: int) -> list[Answer]:
        """Those that have moments. Where one watch alone is *named*, with its last runs."""
        watches = self._planned(choice)
        limit = max(1, limit) if named and len(watches) == 1 else 1
        return [self._line(one, limit) for one in watches]

    def _planned(self, choice: Choice) -> list[Watch]:
        """Refused where somebody asks by name for one that has none."""
        known = self._office.engine.watches
        asked = [known[one.name] for one in choice.chosen if one.name == one.words]
        without = ", ".join(watch.name for watch in asked if not watch.moments)
        if without:
            raise Refused(f"{without}: has neither `schedule` nor `restart_at`")
        return [known[one.name] for one in choice.chosen if known[one.name].moments]

    def _line(self, watch: Watch, limit: int) -> Answer:
        office, status = self._office, self._office.engine.statuses[watch.name]
        moments, plan = Moments(office.clock), watch.schedule
        runs = [_run(one) for one in office.chronicle.runs(watch.name, limit)]
        upcoming = office.next_moment(watch.name) if status.goal is Goal.UP else None
        return {
            "name": watch.name,
            "kind": watch.kind,
            "phase": phase(watch, status),
            "moments": [str(one) for one in watch.moments],
            "missed": plan.missed if plan else None,
            "overlap": plan.overlap if plan else None,
            "max_run_time_s": plan.max_run_time if plan else None,
            "next": None if upcoming is None else told(upcoming),
            "left_s": None if upcoming is None else round(max(0.0, upcoming - moments.wall), 1),
            "running": _running(status, moments),
            "waiting": status.queued.by if status.queued else None,
            "last": _without_output(runs[-1:]),
            "runs": runs if limit > 1 else [],
            "log": office.log_files(watch).log,
        }


def _running(status: Status, moments: Moments) -> Answer | None:
    run, errand = status.run, status.errand
    if run is None or errand is None:
        return None
    began = moments.text(errand.began)
    return {"by": run.by, "began": began, "for_s": round(moments.now - errand.began, 1)}


def _run(one: RunEntry) -> Answer:
    """*began* is None for one that was not."""
    how = None if one.code is None and one.signal is None else Exit(one.code, one.signal)
    return {
        "moment": None if one.moment is None else told(one.moment),
        "by": one.by,
        "began": None if one.ran_for is None else told(one.at - one.ran_for),
        "ended": told(one.at),
        "ran_for_s": one.ran_for,
        "result": one.result,
        "exit": None if how is None else exit_of(how),
        "message": one.said,
        "output": one.output,
    }


def _without_output(runs: Iterable[Answer]) -> Answer | None:
    return next(({key: run[key] for key in run if key != "output"} for run in runs), None)
