"""`schedule:` in a watch file: what it means, and what is said of what makes no sense."""

from collections.abc import Callable

import pytest

from overseer.config.explicit import render
from overseer.config.reading import load
from overseer.errors import ConfigError
from overseer.model.schedule import Missed, Overlap, Plan, Schedule


def one(write: Callable[..., object], text: str) -> object:
    path = write(f"watches:\n  job: {{user: root, command: x, {text}}}\n")
    return load([path], check_host=False).watches["job"].schedule  # type: ignore[list-item]


def test_a_text_is_cron_and_the_rest_is_as_usual(write: Callable[..., object]) -> None:
    plan = one(write, 'schedule: "*/15 * * * *"')

    assert plan == Plan((Schedule("*/15 * * * *"),), Missed.RUN, Overlap.SKIP, None)


def test_a_mapping_says_what_becomes_of_runs_that_cannot_be(write: Callable[..., object]) -> None:
    plan = one(
        write, 'schedule: {at: ["3:30"], missed: skip, overlap: kill, max_run_time: 1h, jitter: 5s}'
    )

    moment = Schedule("30 3 * * *", None, None, 5.0)
    assert plan == Plan((moment,), Missed.SKIP, Overlap.KILL, 3600.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schedule: []", "schedule: names no moment, so it would never come; write 30 4"),
        ("schedule: '61 * * * *'", "schedule: '61' is no minute"),
        ("schedule: {every: 1h, overlap: qeue}", "overlap: 'qeue' is not understood; did you mean"),
        ("schedule: {missed: run}", "schedule: a mapping is not understood; write {cron:"),
        (
            "schedule: [{at: '1:00', overlap: kill}, '@daily']",
            "schedule: overlap is for all runs, not for one moment of a list; write one mapping",
        ),
        ("schedule: {every: 1h}, memory: 1MB", "memory is about a program that is kept up"),
        ("schedule: {every: 1h}, restart_at: '@daily'", "leave out one of the two"),
        ("schedule: {every: 1h}, states: [a]", "states are a task's"),
        ("schedule: {every: 1h, max_run_time: 0}", "max_run_time: 0 would never end"),
        ("cron: '0 4 * * *'", "there is no key cron; write schedule"),
    ],
)
def test_what_makes_no_sense_is_an_error(
    text: str, said: str, write: Callable[..., object]
) -> None:
    with pytest.raises(ConfigError) as caught:
        one(write, text)

    assert said in str(caught.value)


def test_what_is_usual_for_programs_is_nothing_to_it(write: Callable[..., object]) -> None:
    path = write(
        "defaults: {user: root, memory: 1MB, restart_at: '@daily', dir: /srv}\n"
        "watches: {job: {command: x, schedule: {every: 1h}}}\n"
    )

    found = load([path], check_host=False).watches["job"]  # type: ignore[list-item]

    assert (found.restart_at, found.transitions, found.program.dir) == ((), (), "/srv")


def test_the_explicit_form_means_the_same(write: Callable[..., object], tmp_path: object) -> None:
    path = write(
        "watches:\n  job: {user: root, command: x, stop_timeout: 3s,"
        ' schedule: {cron: "*/5 * * * *", missed: skip}, depends_on: {db: ready}}\n'
    )
    first = load([path], check_host=False, elsewhere=None)  # type: ignore[list-item]
    again = write(render("job", first))

    found = load([again], check_host=False, elsewhere=None)  # type: ignore[list-item]
    assert found.watches == first.watches
    assert found.watches["job"].depends_on
