"""What an operator types: pauses of one queue, purge, stats, check, and what is not shown."""

import json
import os
import time
from pathlib import Path

import pytest
from pieces import Call

from overseer.mail.masking import masked, without_keys
from overseer.mail.progress import Progress
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Job, Verdict, dead, retry, sent

BODY = (
    b"Subject: Your password\r\nTo: ann@x.org\r\nList-Unsubscribe: <https://x.org/u/a1b2c3d4e5>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Gr\xc3\xbc\xc3\x9fe: https://x.org/reset/MQ/c3x8zt-5c2f0e3d1a9b/?token=abc\r\n"
)


def fill(outbox: Outbox) -> None:
    """One of each state: 1 sent, 2 waiting, 3 dead, 4 due."""
    says = {"ok": sent("250 ok"), "later": retry("450"), "no": dead("550 no", 550)}

    def deliver(job: Job) -> Verdict:
        return says[job.rcpt.partition("@")[0]]

    for name in says:
        outbox.put_mail(BODY, "app@x.org", f"{name}@x.org")
    outbox.work_off(plain(deliver))
    outbox.put_mail(BODY, "app@x.org", "due@x.org", queue="bulk")


# What is shown, and what is not.


def test_a_row_is_shown_without_its_text(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    code, out, _ = call("show", "4", "--url", url)

    assert code == 0
    assert "Subject: Your password\n" in out
    assert "List-Unsubscribe: <https://x.org/u/***>" in out
    assert f"size: {len(BODY)}B" in out
    assert "Grüße" not in out


def test_its_text_is_shown_for_the_asking_and_links_let_nobody_in(
    outbox: Outbox, url: str, call: Call
) -> None:
    fill(outbox)

    _, out, _ = call("show", "4", "--url", url, "--body")

    assert "Grüße: https://x.org/reset/MQ/***/?***" in out


def test_its_bytes_alone_are_for_a_file(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    assert call("show", "4", "--url", url, "--raw") == (0, BODY.decode(), "")


def test_what_was_sent_has_no_bytes_any_more(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    code, _, err = call("show", "1", "--url", url, "--raw")

    assert (code, "not kept of what was sent" in err) == (2, True)


def test_what_a_job_is_given_is_shown_for_the_asking(outbox: Outbox, url: str, call: Call) -> None:
    outbox.put("login", {"password": "hunter2"})

    assert "hunter2" not in call("show", "1", "--url", url)[1]
    assert "hunter2" not in call("show", "1", "--url", url, "--json")[1]
    assert "hunter2" not in call("queue", "--url", url, "--json")[1]
    assert "hunter2" in call("show", "1", "--url", url, "--body")[1]


def test_programs_read_a_row_as_json(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    found = json.loads(call("show", "3", "--url", url, "--json", "--body")[1])

    assert (found["state"], found["code"], found["size"]) == ("dead", 550, len(BODY))
    assert ["To", "ann@x.org"] in found["headers"]
    assert "reset/MQ/***" in found["body"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no postgresql://app:secret@db/shop", "no postgresql://app:***@db/shop"),
        ("GET https://x.org/a?id=7&api_key=abc&n=1", "GET https://x.org/a?id=7&api_key=***&n=1"),
        ("550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("https://x.org/reset?password_token=a.b-c", "https://x.org/reset?password_token=***"),
    ],
)
def test_what_somebody_said_is_shown_without_passwords(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://x.org/orders/today.", "see https://x.org/orders/today."),
        ("https://x.org/l?next=/home", "https://x.org/l?***"),
        ("https://x.org/#access=1", "https://x.org/#***"),
        ("https://x.org/verify/aVeryLongWordOfLetters", "https://x.org/verify/***"),
        ("app://login/9f8e7d6c", "app://login/***"),
        ("http://[broken", "***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_link_of_a_mail_is_shown_without_what_may_be_a_key(text: str, shown: str) -> None:
    assert without_keys(text) == shown


def test_of_many_rows_some_are_shown_and_it_is_said(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    _, out, _ = call("queue", "--url", url, "--limit", "1")

    assert out.splitlines()[1:] == [
        "... and 2 more; --limit 3 shows all",
        "1 due, 1 waiting, 0 leased, 1 dead, 1 sent",
    ]
    assert call("queue", "--url", url, "--limit", "0")[0] == 2


# What is changed.


def test_one_queue_can_be_paused(outbox: Outbox, url: str, call: Call) -> None:
    code, out, _ = call("pause", "--url", url, "--queue", "bulk", "--reason", "too many")

    assert code == 0
    assert out == (
        "paused queue bulk: putting goes on; `overseer mail resume --queue bulk` sends again\n"
    )
    assert "queue bulk is paused by an operator: too many" in call("queue", "--url", url)[1]
    assert call("resume", "--url", url, "--queue", "mail")[1] == "it was not paused\n"
    assert call("resume", "--url", url, "--queue", "bulk")[1] == "resumed\n"


def test_programs_are_told_what_was_changed(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    def told(*words: str) -> object:
        return json.loads(call(*words, "--url", url, "--json")[1])

    assert told("retry") == {"retried": 1, "asked": 1}
    assert told("discard", "2", "99") == {"discarded": 1, "asked": 2}
    assert told("pause") == {"paused": "*", "reason": ""}
    assert told("resume") == {"resumed": True, "queue": "*"}
    assert told("purge", "--sent", "0s", "--dry-run") == {"dry_run": True, "sent": 1}
    found = told("send", "--to", "a@x.org", "--subject", "s", "--text", "t")
    assert isinstance(found, dict)
    assert found["rcpts"] == ["a@x.org"]
    assert str(found["message_id"]).startswith("<")


def test_old_rows_are_forgotten_after_it_was_said_how_many(
    outbox: Outbox, url: str, call: Call
) -> None:
    fill(outbox)
    words = ["purge", "--url", url, "--sent", "0s", "--dead", "0s"]

    assert call(*words, "--dry-run")[1] == (
        "would forget 1 sent more than 0s ago, 1 dead more than 0s ago\n"
    )
    assert (outbox.counts().sent, outbox.counts().dead) == (1, 1)
    assert call(*words)[1] == "forgot 1 sent more than 0s ago, 1 dead more than 0s ago\n"
    assert (outbox.counts().sent, outbox.counts().dead) == (0, 0)


def test_young_rows_are_kept(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    assert call("purge", "--url", url, "--sent", "1d")[1] == "forgot 0 sent more than 1d ago\n"
    assert outbox.counts().sent == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "forget what? write --sent 30d, --dead 90d, or both"),
        (["--sent", "long"], "--sent: 'long' is not a duration; write 30d, 12h or 90m"),
    ],
)
def test_a_purge_of_nothing_is_a_mistake(
    outbox: Outbox, url: str, call: Call, words: list[str], said: str
) -> None:
    code, _, err = call("purge", "--url", url, *words)

    assert (code, said in err) == (2, True)


# What is counted and watched.


def test_a_queue_is_summed_up(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)
    outbox.pause("bulk")
    Path(f"{outbox.path}.mail.heartbeat").touch()

    code, out, _ = call("stats", "--url", url)

    assert code == 0
    lines = out.splitlines()
    assert lines[1].split() == ["queue", "due", "waiting", "leased", "dead", "sent"]
    assert lines[2].split() == ["bulk", "1", "0", "0", "0", "0"]
    assert lines[3].split() == ["mail", "0", "1", "0", "1", "1"]
    assert "sent      1 in the last hour, 1 in the last day" in lines
    assert "dead      1 refused 550" in lines
    assert any(line.startswith("paused    queue bulk is paused by an operator") for line in lines)
    assert any(line.startswith("worker    mail on ") for line in lines)


def test_programs_read_the_sums_as_json(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    found = json.loads(call("stats", "--url", url, "--json")[1])

    assert found["counts"]["dead"] == 1
    assert found["causes"] == [{"reason": "refused", "code": 550, "count": 1}]
    assert (found["sent_hour"], found["workers"]) == (1, [])
    assert {"queue": "bulk", "state": "due", "count": 1} in found["queues"]


def test_all_within_bounds_is_one_line_and_zero(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)

    code, out, _ = call("check", "--url", url)

    assert code == 0
    assert out.startswith("OK: 1 due, the oldest for ")
    assert " | due=1 waiting=1 leased=0 dead=1 sent=1 oldest_due_s=" in out
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dead", "0"], "1 dead, more than 0; see `overseer mail stats`"),
        (["--waiting", "1"], "2 are queued, more than 1"),
        (["--oldest-due", "0"], "the oldest is due for"),
        (["--heartbeat", "1m"], "no worker has ever been here"),
    ],
)
def test_what_is_out_of_bounds_is_said_with_exit_code_1(
    outbox: Outbox, url: str, call: Call, words: list[str], said: str
) -> None:
    fill(outbox)

    code, out, _ = call("check", "--url", url, *words)

    assert code == 1
    assert out.startswith("WARNING: ")
    assert said in out
    assert json.loads(call("check", "--url", url, *words, "--json")[1])["ok"] is False


def test_what_holds_a_late_queue_is_named(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox)
    outbox.pause(reason="relay moves")

    _, out, _ = call("check", "--url", url, "--oldest-due", "0s")

    assert "(every queue is held by an operator, relay moves)" in out
    assert call("check", "--url", url, "--oldest-due", "off")[0] == 0


def test_a_worker_that_is_silent_is_missed(outbox: Outbox, url: str, call: Call) -> None:
    heartbeat = Path(f"{outbox.path}.mail.heartbeat")
    heartbeat.touch()
    assert call("check", "--url", url, "--heartbeat", "1m")[0] == 0
    os.utime(heartbeat, times=(0, time.time() - 3600))

    code, out, _ = call("check", "--url", url, "--heartbeat", "1m")

    assert code == 1
    assert "no worker for 1h" in out


def test_a_check_that_cannot_look_says_which_kind_of_wrong_it_is(
    tmp_path: Path, url: str, call: Call
) -> None:
    assert call("check", "--url", url)[0] == 2  # nobody has made it
    (tmp_path / "mail.db").write_text("a letter to the editor" * 100)
    assert call("check", "--url", url)[0] == 75
    assert call("check", "--url", url, "--oldest-due", "soon")[0] == 2


VERBS = ["queue", "show", "retry", "discard", "pause", "resume", "purge", "send", "check", "stats"]


@pytest.mark.parametrize("verb", [*VERBS, "setup"])
def test_every_verb_has_help_with_examples_exit_codes_and_json(call: Call, verb: str) -> None:
    code, out, _ = call(verb, "--help")

    assert code == 0
    assert f"examples:\n  overseer mail {verb}" in out
    assert "exit codes: 0 " in out
    assert "--json" in out


class Terminal:
    def __init__(self, is_one: bool = True) -> None:
        self.is_one = is_one
        self.text = ""

    def isatty(self) -> bool:
        return self.is_one

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...


def test_progress_is_for_terminals_and_leaves_nothing_behind() -> None:
    terminal, file = Terminal(), Terminal(is_one=False)
    for out in (terminal, file):
        with Progress("moving", 2000, out) as progress:
            progress(500)  # too soon to be worth a line
            progress._next = 0.0
            progress(1000)

    assert terminal.text == "\r\x1b[Kmoving: 1,000 of 2,000\r\x1b[K"
    assert file.text == ""


def test_a_queue_without_a_name_is_asked_for(call: Call) -> None:
    code, _, err = call("stats")

    assert (code, "--url" in err) == (2, True)
