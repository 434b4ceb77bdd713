"""The examples and the ready-made watches are in order, and say what they claim to say."""

import os
import pwd
from pathlib import Path

import pytest
from machines import machine

from overseer.conditions.base import Times
from overseer.conditions.flapping import Flapping
from overseer.config import load
from overseer.config.explicit import render

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


WATCHES = sorted(ROOT.glob("watches/*.yml"))


@pytest.mark.parametrize("path", WATCHES, ids=lambda path: path.stem)
def test_a_ready_made_watch_is_in_order_says_what_it_needs_and_is_listed(path: Path) -> None:
    config = load([path], check_host=False, host=machine(uid=0))
    comment = path.read_text().split("\nvars:")[0].split("\nwatches:")[0]

    assert list(config.watches) == [path.stem]
    assert config.watches[path.stem].program.user
    assert f"overseer run {path.stem}" in comment
    assert "Needs" in comment
    assert f"| `{path.stem}` |" in (ROOT / "docs" / "ready-made.md").read_text()


@pytest.mark.parametrize(
    "path", [*EXAMPLES.glob("*.yml"), ROOT / "watches/mail_worker.yml"], ids=lambda path: path.name
)
def test_it_loads_as_it_stands_from_the_checkout(path: Path) -> None:
    missing = {"postgres", "redis", "www-data"} - {entry.pw_name for entry in pwd.getpwall()}
    if path.stem == "webapp" and os.geteuid() == 0 and missing:
        pytest.skip(f"Debian's users {', '.join(sorted(missing))} are not here")
    config = load([path], check_host=True)

    assert config.warnings == ()


def test_the_explicit_and_the_concise_mail_worker_are_the_same_watch() -> None:
    explicit = load([EXAMPLES / "delayed_job.yml"], check_host=False)
    concise = load([EXAMPLES / "delayed_job_concise.yml"], check_host=False)

    assert explicit.watches == concise.watches
    assert explicit.contacts == concise.contacts


def test_the_mail_worker_has_the_originals_numbers() -> None:
    watch = load([EXAMPLES / "delayed_job.yml"], check_host=False).watches["delayed_job_worker"]

    assert (watch.interval, watch.start_grace, watch.restart_grace) == (10.0, 10.0, 10.0)
    assert [(row.states, row.to, row.otherwise) for row in watch.transitions] == [
        (("init",), "up", "start"),
        (("start", "restart"), "up", None),
        (("start", "restart"), "start", None),
        (("up",), "start", None),
        (("up",), "restart", None),
        (("up",), "restart", None),
    ]
    assert [row.when.times for row in watch.transitions[-2:]] == [Times(3, 5), Times(5, 5)]
    assert [row.when for row in watch.lifecycle] == [
        Flapping(
            to_state=("start", "restart"),
            times=Times(5, 5),
            within=300.0,
            retry_in=600.0,
            retry_times=5,
            retry_within=7200.0,
        )
    ]


def test_a_demonstration_may_turn_the_mails_elsewhere() -> None:
    path = str(EXAMPLES / "delayed_job.yml")

    config = load([path], check_host=False, variables={path: {"smtp": "smtp://127.0.0.1:4025"}})

    watch = config.watches["delayed_job_worker"]
    assert "smtp://127.0.0.1:4025" in (watch.program.start or ())
    assert config.settings.mail.smtp == "smtp://127.0.0.1:4025"


def test_the_mail_workers_explicit_form_is_itself_a_watch_file(tmp_path: Path) -> None:
    config = load([EXAMPLES / "delayed_job.yml"], check_host=False)
    path = tmp_path / "explicit.yml"

    path.write_text(render("delayed_job_worker", config))

    assert load([path], check_host=False).watches == config.watches
