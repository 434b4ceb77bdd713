"""Job functions: found by kind, called with their payload, judged by what they raise."""

import pytest
from make_believe_queue import Queue

from overseer.errors import Refused
from overseer.outbox.jobs import GiveUp, Jobs
from overseer.outbox.parcel import Fate, Job, Parcel


@pytest.fixture
def jobs() -> Jobs:
    jobs = Jobs()

    @jobs.job
    def welcome(user_id: int, loud: bool = False) -> None:
        if user_id < 0:
            raise GiveUp(f"user {user_id} is gone")
        if user_id == 0:
            raise ConnectionError("no database")

    @jobs.job(kind="report", queue="slow", priority=9, max_attempts=3)
    def monthly_report() -> None: ...

    return jobs


def leased(queue: Queue, kind: str, payload: str = "{}") -> Job:
    queue.put(Parcel(kind=kind, payload=payload))
    return queue.lease()[0]


@pytest.mark.parametrize(
    ("kind", "payload", "fate", "text"),
    [
        ("welcome", '{"user_id": 7}', Fate.SENT, ""),
        ("welcome", '{"user_id": 0}', Fate.RETRY, "ConnectionError: no database"),
        ("welcome", '{"user_id": -1}', Fate.DEAD, "user -1 is gone"),
        ("wellcome", "{}", Fate.DEAD, "no job is called 'wellcome' here; did you mean 'welcome'?"),
        ("welcome", "{}", Fate.DEAD, "does not fit: missing a required argument: 'user_id'"),
        ("welcome", '{"id": 1, "user_id": 1}', Fate.DEAD, "unexpected keyword argument 'id'"),
        ("welcome", "[1]", Fate.DEAD, "not an object"),
        ("welcome", "{", Fate.DEAD, "not JSON"),
    ],
)
def test_a_job_is_judged(
    jobs: Jobs, queue: Queue, kind: str, payload: str, fate: Fate, text: str
) -> None:
    verdict = jobs.run(leased(queue, kind, payload))

    assert verdict.fate is fate
    assert text in verdict.text


def test_a_parcel_is_made_as_its_function_says(jobs: Jobs) -> None:
    parcel = jobs.parcel("report", {})

    assert (parcel.queue, parcel.priority, parcel.max_attempts) == ("slow", 9, 3)


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("wellcome", {}, "did you mean 'welcome'"),
        ("welcome", {}, "job welcome: the payload does not fit: missing"),
        ("welcome", {"user_id": object()}, "cannot be kept as JSON"),
        ("welcome", {"user_id": float("nan")}, "cannot be kept as JSON"),
    ],
)
def test_what_no_worker_could_run_fails_where_it_is_put(
    jobs: Jobs, kind: str, payload: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        jobs.parcel(kind, payload)


def test_a_program_without_functions_may_put_what_another_runs() -> None:
    assert Jobs().parcel("anything", {"é": 1}).payload == '{"é": 1}'


def test_two_functions_cannot_go_by_one_name(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="two jobs are called 'welcome'"):
        jobs.job(kind="welcome")(print)
