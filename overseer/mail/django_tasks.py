"""A backend for Django's tasks (Django 6): what a site enqueues is a job of the durable queue.

TASKS = {"default": {"BACKEND": "overseer.mail.django_tasks.TaskBackend"}}; OVERSEER_MAIL_URL names
the queue. A worker with `--app overseer.mail.django_tasks:jobs`, and DJANGO_SETTINGS_MODULE in its
environment, runs them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskContext, TaskResult, TaskResultStatus
from django.tasks.signals import task_enqueued
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.json import normalize_json
from django.utils.module_loading import import_string

from overseer.mail.django import open_outbox
from overseer.outbox import Jobs
from overseer.outbox.jobs import to_json
from overseer.outbox.parcel import Parcel

KIND = "django_task"
jobs = Jobs()


class TaskBackend(BaseTaskBackend):
    """Results are not kept: what failed for good is seen by `overseer mail queue --state dead`."""

    supports_defer = True
    supports_async_task = True
    supports_priority = True

    def __init__(self, alias: str, params: Mapping[str, Any]) -> None:
        super().__init__(alias, params)
        url = self.options.get("url") or getattr(settings, "OVERSEER_MAIL_URL", "")
        if not url:
            raise ImproperlyConfigured(
                "which queue? set OVERSEER_MAIL_URL, as sqlite:////var/lib/app/mail.db"
            )
        self._outbox = open_outbox(url)

    def enqueue(self, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """On the disk when it returns. OverseerError where it cannot be."""
        self.validate_task(task)
        result = made_of(task, get_random_string(32), self.alias, args, kwargs)
        payload = {
            "task": task.module_path,
            "id": result.id,
            "backend": self.alias,
            "args": normalize_json(list(args)),
            "kwargs": normalize_json(dict(kwargs)),
        }
        parcel = Parcel(
            kind=KIND,
            payload=to_json(KIND, payload),
            queue=task.queue_name,
            priority=-task.priority,  # there the highest goes first
            run_at=task.run_after.timestamp() if task.run_after else None,
        )
        self._outbox.put_all([parcel])
        object.__setattr__(result, "enqueued_at", timezone.now())
        task_enqueued.send(type(self), task_result=result)
        return result


def made_of(task: Any, id: str, alias: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    return TaskResult(
        task=task,
        id=id,
        status=TaskResultStatus.READY,
        enqueued_at=None,
        started_at=None,
        last_attempted_at=None,
        finished_at=None,
        args=list(args),
        kwargs=dict(kwargs),
        backend=alias,
        errors=[],
        worker_ids=[],
    )


@jobs.job(kind=KIND)
def run(task: str, id: str, backend: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """What it raises is an attempt that failed, and is made again as that of any job."""
    if not apps.ready:
        import django

        django.setup()
    found = import_string(task)
    if found.takes_context:
        context = TaskContext(task_result=made_of(found, id, backend, args, kwargs))
        found.call(context, *args, **kwargs)
    else:
        found.call(*args, **kwargs)
