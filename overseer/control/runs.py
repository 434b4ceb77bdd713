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
        alone = named and len(watches) == 1
        return [self._line(one, max(1, limit) if alone else 0) for one in watches]

    def _planned(self, choice: Choice) -> list[Watch]:
        """Refused where somebody asks by name for one that has none."""
        known = dict(self._office.engine.watches)  # a watch may go while we look
        meant = [(known[one.name], one.words) for one in choice.chosen if one.name in known]
        without = [one.name for one, word in meant if word == one.name and not one.moments]
        if without:
            raise Refused(f"{', '.join(without)}: has neither `schedule` nor `restart_at`")
        return [one for one, _ in meant if one.moments]

    def _line(self, watch: Watch, limit: int) -> Answer:
        office = self._office
        status = office.engine.statuses.get(watch.name) or Status(name=watch.name)
        moments, plan = Moments(office.clock), watch.schedule
        runs = [_run(one) for one in office.chronicle.runs(watch.name, limit or 1)]
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
            "runs": runs if limit else [],
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
