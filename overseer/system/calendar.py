"""What happens by the wall clock: `restart_at`.

The only file that knows APScheduler. It computes the moments; a run is neither lost nor doubled
when the clock is stepped or summer time begins or ends, and that is seen to here.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from overseer.model.watch import Schedule

log = logging.getLogger("overseer")

STEP = 2.0
"""Seconds by which wall clock and monotonic clock may drift apart between two looks."""
LOOK_EVERY = 30.0
WITHIN = timedelta(days=1)
"""A last run further in the future than this was by a clock that was wrong."""

Ring = Callable[[str, str], None]
"""Takes the name of a watch and the text of its schedule."""


class Calendar:
    """Jobs on APScheduler's thread; imported and started with the first of them."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._scheduler: Any = None
        self._last: dict[str, datetime] = {}
        self._closed = threading.Event()
        self._offset = offset()

    def plan(self, name: str, schedules: Sequence[Schedule]) -> None:
        """These schedules for the watch, instead of those before."""
        kept = {f"{name} {one.cron} {one.timezone or ''}": one for one in schedules}
        if self._scheduler is None and not kept:
            return
        for job in self._started().get_jobs():
            if job.kwargs.get("watch") == name and job.id not in kept:
                job.remove()
                self._last.pop(job.id, None)
        known = {job.id for job in self._started().get_jobs()}
        for key, one in kept.items():
            if key not in known:
                self._add(key, trigger(one.cron, one.timezone), name, one.cron)

    def _add(self, key: str, when: Any, watch: str, text: str) -> None:
        kwargs = {"key": key, "watch": watch, "text": text}
        self._started().add_job(self._due, when, id=key, kwargs=kwargs)

    def _due(self, key: str, watch: str, text: str) -> None:
        now = datetime.now().astimezone()
        if is_repeat(self._last.get(key), now):
            return
        self._last[key] = now
        self._ring(watch, text)

    def _started(self) -> Any:
        if self._scheduler is None:
            from apscheduler.schedulers.background import BackgroundScheduler

            rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
            self._scheduler = BackgroundScheduler(job_defaults=rules)
            self._scheduler.start()
            threading.Thread(target=self._mind_the_clock, name="clock", daemon=True).start()
        return self._scheduler

    def _mind_the_clock(self) -> None:
        while not self._closed.wait(LOOK_EVERY):
            now = offset()
            if abs(now - self._offset) > STEP:
                log.warning("the clock was stepped by %.0f s", now - self._offset)
                self._offset = now
                self.replan()

    def replan(self) -> None:
        """After a step of the clock: the moments of all jobs anew."""
        for job in self._started().get_jobs():
            now = datetime.now(job.trigger.timezone)
            due = following(job.trigger.get_next_fire_time, self._last.get(job.id), now)
            job.modify(next_run_time=due)
        self._scheduler.wakeup()

    def close(self) -> None:
        self._closed.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)


class Window:
    """So many seconds from each moment of a schedule on. Keeps nothing but its last answer, so
    that a daemon which begins in the middle of one, or a step of the clock, changes nothing."""

    def __init__(self, cron: str, timezone: str | None, length: float) -> None:
        self._cron = cron
        self._timezone = timezone
        self._length = timedelta(seconds=length)
        self._trigger: Any = None
        self._known: tuple[float, float, float | None] = (0.0, 0.0, None)  # from, until, the end

    def until(self, wall: float) -> float | None:
        """The end of the one that is open, None between them; seconds since the epoch."""
        since, until, _ = self._known
        if not since <= wall < until:
            self._known = self._look(wall)
        return self._known[2]

    def _look(self, wall: float) -> tuple[float, float, float | None]:
        """From and until when the answer holds, and the answer."""
        when = self._trigger = self._trigger or trigger(self._cron, self._timezone)
        now = datetime.fromtimestamp(wall, when.timezone)
        last, coming = None, when.get_next_fire_time(None, now - self._length)
        while coming is not None and coming <= now:
            last, coming = coming, when.get_next_fire_time(coming, coming)
        end = last.timestamp() + self._length.total_seconds() if last else None
        ends = [one for one in (end, coming.timestamp() if coming else None) if one is not None]
        if end is not None and end <= wall:
            end = None
        return wall, min((one for one in ends if one > wall), default=wall), end


def trigger(cron: str, timezone: str | None) -> Any:
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(cron, timezone)


def check(cron: str, timezone: str | None) -> str | None:
    """Why APScheduler would not take a schedule, None if it does."""
    try:
        found = trigger(cron, timezone)
    except (ValueError, LookupError) as error:
        return f"{cron!r} is not understood ({error}); write '0 4 * * *' for every day at four"
    if found.get_next_fire_time(None, datetime.now(found.timezone)) is None:
        return f"{cron!r} never comes"
    return None


def is_repeat(last: datetime | None, now: datetime) -> bool:
    """True for the same minute of the same day on the clock face: the hour that summer time
    repeats when it ends, or that a step of the clock does."""
    if last is None:
        return False
    return last.replace(tzinfo=None, second=0, microsecond=0) == now.replace(
        tzinfo=None, second=0, microsecond=0
    )


def following(
    next_time: Callable[[datetime | None, datetime], datetime | None],
    last: datetime | None,
    now: datetime,
) -> datetime | None:
    """The next run: after the last one, unless that lies in a future that was a mistake."""
    if last is not None and now < last <= now + WITHIN:
        return next_time(last, last)
    return next_time(None, now)


def offset() -> float:
    """Between the wall clock and the one that only grows."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
