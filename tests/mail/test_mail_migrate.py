"""`overseer mail migrate` as it is typed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pieces import Call

from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import dead, sent


@pytest.fixture
def to(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new.db"


@pytest.fixture
def target(to: str) -> Iterator[Outbox]:
    made = Outbox(to)
    yield made
    made.close()


def fill(outbox: Outbox) -> None:
    for rcpt in ("ok@x.org", "no@x.org"):
        outbox.put_mail(b"", "me@x.org", rcpt, message_id=f"<{rcpt}>")
    outbox.work_off(plain(lambda job: sent() if job.rcpt == "ok@x.org" else dead("no", 550)))
    outbox.put_mail(b"", "me@x.org", "due@x.org", message_id="<due@x.org>")


def test_everything_is_moved_and_the_old_queue_says_where(
    outbox: Outbox, target: Outbox, url: str, to: str, call: Call
) -> None:
    fill(outbox)
    outbox.pause("bulk")

    code, out, _ = call("migrate", "--from", url, "--to", to)

    assert code == 0
    assert out.startswith(f"moved 1 queued, 1 dead, 1 sent and 1 pause to {target.name}\n")
    assert [row.message_id for row in target.rows("due")] == ["<due@x.org>"]
    _, out, _ = call("queue", "--url", url)
    assert out.splitlines()[0] == "0 due, 0 waiting, 0 leased, 0 dead, 0 sent"
    assert f"moved to {target.name} on " in out


def test_an_application_that_still_puts_there_is_noticed_and_nothing_is_lost(
    outbox: Outbox, target: Outbox, url: str, to: str, call: Call
) -> None:
    call("migrate", "--from", url, "--to", to)
    assert call("check", "--url", url)[0] == 0

    outbox.put_mail(b"", "me@x.org", "late@x.org")

    code, out, _ = call("check", "--url", url)
    assert code == 1
    assert f"moved to {target.name}, and 1 have been put here since" in out
    assert call("migrate", "--from", url, "--to", to)[0] == 0
    assert [row.rcpt for row in target.rows("due")] == ["late@x.org"]
    assert call("check", "--url", url)[0] == 0


def test_a_dry_run_changes_nothing_and_makes_nothing(
    outbox: Outbox, target: Outbox, url: str, to: str, call: Call
) -> None:
    fill(outbox)

    code, out, _ = call("migrate", "--from", url, "--to", to, "--dry-run")

    assert code == 0
    assert out == (
        f"would move 1 queued, 1 dead, 1 sent and 0 pauses from {outbox.name} to {target.name},"
        " which would be made\n"
    )
    assert not target.is_there()
    assert outbox.moving() is None


def test_programs_read_what_was_moved(
    outbox: Outbox, target: Outbox, url: str, to: str, call: Call
) -> None:
    fill(outbox)

    found = json.loads(call("migrate", "--from", url, "--to", to, "--json")[1])

    assert found["moved"] == {"queued": 1, "sent": 1, "dead": 1}
    assert (found["source"], found["target"]) == (outbox.name, target.name)


def test_what_a_worker_holds_keeps_it_from_beginning(
    outbox: Outbox, target: Outbox, url: str, to: str, call: Call
) -> None:
    outbox.put("note")
    said: list[tuple[int, str, str]] = []

    def deliver(job: object) -> object:
        said.append(call("migrate", "--from", url, "--to", to, "--wait", "0"))
        return sent()

    outbox.work_off(plain(deliver))

    ((code, out, err),) = said
    assert (code, out) == (1, "")
    assert "1 rows of " in err
    assert "are held by a worker; stop it first" in err
    assert outbox.moving() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--from", "sqlite:////nowhere/a.db", "--to", "sqlite:////x"],
            "--from: there is no queue",
        ),
        (["--from", "{url}", "--to", "{url}"], "are the same queue"),
        (["--from", "{url}", "--to", "mysql://x/y"], "names no queue; write sqlite:////"),
        (["--from", "{url}", "--to", "sqlite:////proc/x/a.db"], "/proc/x/a.db: cannot be opened"),
        (["--from", "{url}", "--to", "{url}", "--wait", "-1"], "--wait: -1.0 is not a number of"),
        (["--from", "{url}"], "--to"),
    ],
)
def test_what_cannot_be_moved_is_said_and_nothing_is_changed(
    outbox: Outbox, url: str, call: Call, words: list[str], said: str
) -> None:
    fill(outbox)

    code, _, err = call("migrate", *(word.replace("{url}", url) for word in words))

    assert code in (1, 2, 75)
    assert said in err
    assert outbox.moving() is None
    assert outbox.counts().due == 1


def test_help_says_how(call: Call) -> None:
    code, out, _ = call("migrate", "--help")

    assert code == 0
    assert "examples:\n  overseer mail migrate --from" in out
    assert "exit codes: 0 " in out
