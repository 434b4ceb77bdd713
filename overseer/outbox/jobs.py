"""Job functions by kind: written with a decorator, called with their payload as keywords."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from overseer.errors import Refused
from overseer.outbox.hooks import Hooks
from overseer.outbox.parcel import Job, Parcel, Verdict, dead, retry, sent

Function = Callable[..., object]
F = TypeVar("F", bound=Function)


class GiveUp(Exception):
    """Raised by a job function: no later try can succeed, so none is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A job function, and what its parcels are like where put() does not say."""

    run: Function
    queue: str = "default"
    priority: int = 0
    max_attempts: int | None = None
    time_limit: float | None = None  # seconds; None: as long as it takes


class Jobs:
    """Filled while modules are imported; handed to an outbox, or to several."""

    def __init__(self) -> None:
        self._recipes: dict[str, Recipe] = {}
        self.hooks = Hooks()
        self.on = self.hooks.on

    def __contains__(self, kind: str) -> bool:
        return kind in self._recipes

    @overload
    def job(self, function: F) -> F: ...

    @overload
    def job(
        self,
        function: None = None,
        *,
        kind: str | None = None,
        queue: str = "default",
        priority: int = 0,
        max_attempts: int | None = None,
        time_limit: float | None = None,
    ) -> Callable[[F], F]: ...

    def job(
        self,
        function: F | None = None,
        *,
        kind: str | None = None,
        queue: str = "default",
        priority: int = 0,
        max_attempts: int | None = None,
        time_limit: float | None = None,
    ) -> F | Callable[[F], F]:
        """As @jobs.job or @jobs.job(kind=...); the kind is the function's name unless given.

        *time_limit*: seconds. It runs in a process of its own then, which is killed when they are
        over: an attempt that failed.
        """
        if time_limit is not None and not 0 < time_limit < float("inf"):
            raise ValueError(f"time_limit: {time_limit!r} is not a number of seconds")

        def register(run: F) -> F:
            name = kind or run.__name__
            if name in self._recipes:
                raise ValueError(f"two jobs are called {name!r}; give one of them another kind")
            if time_limit is not None:
                from overseer.outbox.limited import check_importable

                check_importable(run)
            self._recipes[name] = Recipe(
                run=run,
                queue=queue,
                priority=priority,
                max_attempts=max_attempts,
                time_limit=time_limit,
            )
            return run

        return register(function) if function else register

    def parcel(self, kind: str, payload: Mapping[str, object]) -> Parcel:
        """Raises Refused where no worker could run it. Without any function here all kinds pass:
        a program may put what another one runs."""
        text = to_json(kind, payload)
        recipe = self._recipes.get(kind)
        if recipe is None:
            if self._recipes:
                raise Refused(self._unknown(kind))
            return Parcel(kind=kind, payload=text)
        misfit = fit(recipe.run, payload)
        if misfit:
            raise Refused(f"job {kind}: {misfit}")
        return Parcel(
            kind=kind,
            payload=text,
            queue=recipe.queue,
            priority=recipe.priority,
            max_attempts=recipe.max_attempts,
        )

    def run(self, job: Job) -> Verdict:
        """What it raises is an attempt that failed; what cannot be called at all is dead."""
        recipe = self._recipes.get(job.kind)
        if recipe is None:
            return dead(self._unknown(job.kind))
        try:
            payload = json.loads(job.payload)
        except ValueError as error:
            return dead(f"the payload is not JSON: {error}")
        misfit = fit(recipe.run, payload)
        if misfit:
            return dead(misfit)
        if recipe.time_limit is not None:
            from overseer.outbox.limited import run_limited

            return run_limited(recipe.run, payload, recipe.time_limit)
        try:
            recipe.run(**payload)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the application's own code
            return judged(error)
        return sent()

    def call(self, job: Job) -> None:
        """Run it here and now; what it raises reaches the caller."""
        self._recipes[job.kind].run(**json.loads(job.payload))

    def _unknown(self, kind: str) -> str:
        import difflib

        close = difflib.get_close_matches(kind, self._recipes, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"no job is called {kind!r} here{hint}"


def judged(error: BaseException) -> Verdict:
    """What a job function raised."""
    if isinstance(error, GiveUp):
        return dead(str(error))
    return retry(f"{type(error).__name__}: {error}")


def to_json(kind: str, payload: Mapping[str, object]) -> str:
    try:
        return json.dumps(dict(payload), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise Refused(f"job {kind}: the payload cannot be kept as JSON: {error}") from error


def fit(run: Function, payload: Any) -> str:
    """Why the function cannot be called with it; an empty text: it can."""
    if not isinstance(payload, dict):
        return f"the payload is {payload!r}, not an object"
    try:
        inspect.signature(run).bind(**payload)
    except TypeError as error:
        return f"the payload does not fit: {error}"
    return ""
