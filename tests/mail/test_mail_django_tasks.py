"""Django's tasks as jobs of the queue: a site in a process of its own, where Django has them."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from overseer.outbox import Outbox

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        importlib.util.find_spec("django") is None
        or importlib.util.find_spec("django.tasks") is None,
        reason="this Django has no tasks (Django 6 has)",
    ),
]
SITE = """
SECRET_KEY = "x"
USE_TZ = True
OVERSEER_MAIL_URL = {url!r}
TASKS = {{"default": {{"BACKEND": "overseer.mail.django_tasks.TaskBackend"}}}}
"""
TASKS = """
from pathlib import Path
from django.tasks import task

@task(priority=7)
def write(path, text):
    Path(path).write_text(text)

@task(takes_context=True)
def tell(context, path):
    Path(path).write_text(context.task_result.id)
"""
ENQUEUE = """
import sys, django
django.setup()
import its_tasks
print(its_tasks.write.enqueue(sys.argv[1], text="done").id)
print(its_tasks.tell.enqueue(path=sys.argv[2]).id)
"""
WORK = """
from overseer.mail.django_tasks import jobs
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
import sys
print(Outbox(sys.argv[1]).work_off(plain(jobs.run)))
"""


@pytest.mark.field("L15")
def test_what_a_site_enqueues_is_run_by_a_worker(tmp_path: Path, url: str) -> None:
    (tmp_path / "site_settings.py").write_text(SITE.format(url=url))
    (tmp_path / "its_tasks.py").write_text(TASKS)
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "site_settings",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }

    def python(script: str, *words: str) -> list[str]:
        argv = [sys.executable, "-c", script, *words]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    ids = python(ENQUEUE, str(tmp_path / "a"), str(tmp_path / "b"))
    rows = Outbox(url).rows("due")
    assert [row.priority for row in rows] == [-7, 0]

    assert python(WORK, url) == ["2"]
    assert (tmp_path / "a").read_text() == "done"
    assert (tmp_path / "b").read_text() == ids[1]
    assert Outbox(url).counts().sent == 2
