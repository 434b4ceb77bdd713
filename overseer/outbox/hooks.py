"""What an application is told of its deliveries: before and after each, of errors, of the dead."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from overseer.outbox.parcel import Fate, Job, Settled, Verdict

F = TypeVar("F", bound=Callable[..., object])
TAKES = {
    "before": ("job",),
    "after": ("job", "verdict"),
    "error": ("settled",),
    "dead": ("settled",),
}
"""What each hook is called with."""


class Hooks:
    """What a hook raises is logged, and changes nothing else."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str | None, Callable[..., object]]]] = {}

    def on(self, event: str, *, kind: str | None = None) -> Callable[[F], F]:
        """As @outbox.on("dead"), or @outbox.on("error", kind="mail") for one kind alone.

        before(job) and after(job, verdict) run in the thread of the delivery, around it;
        error(settled) and dead(settled) once it is recorded that an attempt failed, or that no
        other will be made. Raises ValueError, TypeError where the function is written.
        """
        if event not in TAKES:
            raise ValueError(f"{event!r} is no hook; write {', '.join(TAKES)}")

        def register(function: F) -> F:
            words = TAKES[event]
            try:
                inspect.signature(function).bind(*words)
            except TypeError as error:
                said = f"{event} is called as {function.__name__}({', '.join(words)}): {error}"
                raise TypeError(said) from None
            self._known.setdefault(event, []).append((kind, function))
            return function

        return register

    def before(self, job: Job) -> None:
        self._call("before", job, job)

    def after(self, job: Job, verdict: Verdict) -> None:
        self._call("after", job, job, verdict)

    def settled(self, settled: Settled, tried: bool) -> None:
        """*tried*: by an attempt, and not for its age or a crash of the worker."""
        if tried and settled.fate in (Fate.RETRY, Fate.DEAD):
            self._call("error", settled.job, settled)
        if settled.fate is Fate.DEAD:
            self._call("dead", settled.job, settled)

    @property
    def follow(self) -> bool:
        """Whether anybody is to be told of what is recorded."""
        return "error" in self._known or "dead" in self._known

    def _call(self, event: str, job: Job, *values: Any) -> None:
        for kind, function in self._known.get(event, ()):
            if kind is not None and kind != job.kind:
                continue
            try:
                function(*values)
            except (Exception, SystemExit):  # noqa: BLE001 - the application's own code
                report(event, job, getattr(function, "__name__", repr(function)))


def report(event: str, job: Job, name: str) -> None:
    """With the traceback of what is handled."""
    import logging  # by those who have a hook that fails

    logging.getLogger(__name__).exception(
        "hook %s of %s %d failed: %s", event, job.kind, job.id, name
    )
