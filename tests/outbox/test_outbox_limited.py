"""A job that takes too long is killed, with what it has started."""

import os
import time
from pathlib import Path

import limited_jobs
import pytest

from overseer.outbox import Jobs, Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Fate, Verdict

pytestmark = pytest.mark.live


def run(kind: str, **payload: object) -> Verdict:
    verdicts: list[Verdict] = []
    outbox = Outbox.recording(jobs=limited_jobs.jobs)
    outbox.put(kind, payload)
    outbox.work_off(plain(lambda job: verdicts.append(outbox.jobs.run(job)) or verdicts[-1]))
    return verdicts[0]


def test_it_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    assert run("write", path=str(tmp_path / "pid")).fate is Fate.SENT
    assert int((tmp_path / "pid").read_text()) != os.getpid()


@pytest.mark.field("J14")
def test_when_its_time_is_over_nothing_of_it_is_left(tmp_path: Path) -> None:
    began = time.monotonic()

    verdict = run("hang", path=str(tmp_path / "pid"))

    assert verdict.fate is Fate.RETRY
    assert verdict.text == "its time limit of 1.5s was over; it was killed"
    assert time.monotonic() - began < 15
    child = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


@pytest.mark.parametrize(
    ("kind", "fate", "text"),
    [
        ("fail", Fate.RETRY, "ValueError: no such picture"),
        ("give_up", Fate.DEAD, "never"),
        ("crash", Fate.RETRY, "its process ended without a word: signal 6"),
    ],
)
def test_what_it_raises_is_judged_as_ever(kind: str, fate: Fate, text: str) -> None:
    verdict = run(kind)

    assert (verdict.fate, verdict.text) == (fate, text)


def test_what_no_process_could_import_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="define it in a module"):

        @Jobs().job(time_limit=5.0)
        def inner() -> None: ...

    with pytest.raises(ValueError, match="is not a number of seconds"):
        Jobs().job(time_limit=0.0)(run)
