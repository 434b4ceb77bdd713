"""What people ask of a queue, and read."""

import json

import pytest
from pieces import Call

from overseer.errors import UNKNOWN_NAME
from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox
from overseer.outbox.courier import plain
from overseer.outbox.parcel import Job, Verdict, dead, down, retry, sent

SAYS = {
    "ann@x.org": sent("250 ok", 250),
    "later@x.org": retry("450 greylisted", 450),
    "never@x.org": dead("550 no such user", 550),
    "lost@x.org": down("mx:25: Connection refused"),
}


def deliver(job: Job) -> Verdict:
    return SAYS[job.rcpt]


def fill(outbox: Outbox, *names: str) -> None:
    """Mails to those, each tried once."""
    for name in names:
        put(outbox, Mail(to=[f"{name}@x.org"], subject="hello", text="t"))
    outbox.work_off(plain(deliver))


def test_a_queue_is_shown_row_by_row_with_the_last_answer(
    outbox: Outbox, url: str, call: Call
) -> None:
    fill(outbox, "ann", "later", "never")

    code, out, _ = call("queue", "--url", url)

    assert code == 0
    waiting, gone, counts = out.splitlines()
    assert waiting.split()[:3] == ["2", "waiting", "in"]
    assert waiting.endswith("later@x.org                  450 greylisted")
    assert "never@x.org" in gone
    assert "refused 550 no such user" in gone
    assert counts == "0 due, 1 waiting, 0 leased, 1 dead, 1 sent"


def test_one_state_alone_can_be_asked_for(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "ann", "never")

    _, out, _ = call("queue", "--url", url, "--state", "sent")

    assert "ann@x.org" in out
    assert "never@x.org" not in out


def test_a_queue_that_waits_for_its_server_says_so(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "lost")

    _, out, _ = call("queue", "--url", url)

    assert "queue mail waits for its server: mx:25: Connection refused; next try in" in out


def test_programs_read_the_same_as_json(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "never")
    outbox.put_mail(b"later", "a@x.org", "b@x.org", run_at=32503680000.0)

    _, out, _ = call("queue", "--url", url, "--json")

    found = json.loads(out)
    assert found["counts"] == {"due": 0, "waiting": 1, "leased": 0, "dead": 1, "sent": 0}
    assert found["oldest_due_s"] is None
    assert [row["rcpt"] for row in found["rows"]] == ["b@x.org", "never@x.org"]


def test_a_row_is_shown_whole(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "never")

    code, out, _ = call("show", "--url", url, "1")

    assert code == 0
    assert "code: 550\n" in out
    assert "reason: refused\n" in out
    assert "Subject: hello" in out


def test_a_mail_that_was_sent_has_no_body_any_more(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "ann")

    _, out, _ = call("show", "--url", url, "1")

    assert "state: sent" in out
    assert "Subject" not in out


def test_a_row_that_is_not_there_is_an_unknown_name(outbox: Outbox, url: str, call: Call) -> None:
    assert call("show", "--url", url, "7") == (
        4,
        "",
        "overseer: no row 7 is queued, dead or sent\n",
    )


def test_the_dead_go_again_all_or_those_named(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "never", "never", "never")

    assert call("retry", "--url", url, "2") == (0, "1 to be sent again\n", "")
    assert call("retry", "--url", url) == (0, "2 to be sent again\n", "")
    assert outbox.counts().due == 3


@pytest.mark.parametrize("verb", ["retry", "discard"])
def test_an_id_that_is_not_there_is_told_by_the_exit_code(
    outbox: Outbox, url: str, call: Call, verb: str
) -> None:
    fill(outbox, "never")

    code, out, _ = call(verb, "--url", url, "1", "99")

    assert code == 4
    assert out.startswith("1 ")


def test_what_is_thrown_away_is_gone(outbox: Outbox, url: str, call: Call) -> None:
    fill(outbox, "never")

    assert call("discard", "--url", url, "1") == (0, "1 thrown away\n", "")
    assert outbox.counts().dead == 0


def test_a_pause_holds_everything_back_until_it_is_resumed(
    outbox: Outbox, url: str, call: Call
) -> None:
    call("pause", "--url", url, "--reason", "relay moves")
    fill(outbox, "ann")
    _, out, _ = call("queue", "--url", url)

    assert "every queue is paused by an operator: relay moves" in out
    assert outbox.counts().due == 1
    assert call("resume", "--url", url)[1] == "resumed\n"
    assert call("resume", "--url", url)[1] == "it was not paused\n"


@pytest.mark.parametrize(
    "words",
    [["queue"], ["show", "1"], ["retry"], ["discard", "1"], ["pause"], ["resume"], ["stats"]],
)
def test_a_misspelt_queue_is_not_found_empty(url: str, call: Call, words: list[str]) -> None:
    verb, *rest = words

    code, _, err = call(verb, "--url", url, *rest)

    assert code == 2
    assert "there is no queue at" in err


def test_what_could_not_be_touched_is_counted_in_words(
    call: Call, url: str, outbox: Outbox
) -> None:
    outbox.put_mail(b"Subject: x\r\n\r\nx", "a@x.org", "b@x.org")

    assert call("retry", "--url", url, "7") == (
        UNKNOWN_NAME,
        "0 to be sent again; 1 left alone: not there, being sent, or sent\n",
        "",
    )
    assert call("discard", "--url", url, "1", "7", "8") == (
        UNKNOWN_NAME,
        "1 thrown away; 2 left alone: not there, being sent, or sent\n",
        "",
    )


def test_a_check_that_is_ok_names_a_pause(call: Call, url: str, outbox: Outbox) -> None:
    outbox.pause(reason="moving house")

    code, out, _ = call("check", "--url", url)

    assert code == 0
    assert "(every queue is held by an operator, moving house)" in out
