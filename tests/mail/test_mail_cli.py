"""`overseer mail` as it is typed."""

from pathlib import Path

import pytest
from pieces import Call

from overseer.mail.workers import pid_file
from overseer.outbox import Outbox

TEMPLATE = str(Path(__file__).parents[2] / "examples" / "mail_templates" / "welcome")


def test_a_mail_from_a_template_is_queued_with_its_values(
    outbox: Outbox, url: str, call: Call
) -> None:
    words = ["--to", "ann@x.org", "--to", "bob@x.org", "--template", TEMPLATE, "name=Ann=a"]

    code, out, _ = call("send", "--url", url, *words)

    assert code == 0
    assert out.startswith("queued for ann@x.org, bob@x.org: <")
    assert [row.rcpt for row in outbox.rows("due")] == ["ann@x.org", "bob@x.org"]
    assert b"Ann=a" in (outbox.body(1) or b"")


def test_a_mail_of_two_words_needs_no_template(outbox: Outbox, url: str, call: Call) -> None:
    words = ["--to", "ann@x.org", "--from", "app@x.org", "--subject", "s", "--text", "t"]

    assert call("send", "--url", url, *words)[0] == 0
    assert outbox.rows("due")[0].sender == "app@x.org"


def test_files_go_with_a_mail(call: Call, outbox: Outbox, url: str, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    words = ["--to", "ann@x.org", "--subject", "s", "--text", "t", "--attach"]

    assert call("send", "--url", url, *words, str(tmp_path / "a.pdf"))[0] == 0
    code, _, err = call("send", "--url", url, *words, str(tmp_path / "b.pdf"))

    assert b'filename="a.pdf"' in (outbox.body(1) or b"")
    assert code == 2
    assert "b.pdf: No such file or directory" in err
    assert outbox.counts().due == 1


def test_a_mail_with_a_key_is_queued_once(outbox: Outbox, url: str, call: Call) -> None:
    for _ in range(2):
        words = ["--to", "ann@x.org", "--subject", "s", "--text", "t", "--dedupe", "k"]
        call("send", "--url", url, *words)

    assert outbox.counts().due == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "ann@x.org"], "send what? write --template PATH"),
        (["--to", "ann@x.org", "--subject", "s"], "send what?"),
        (["--to", "ann", "--subject", "s", "--text", "t"], "'ann' is not an address"),
        (["--to", "ann@x.org", "--template", TEMPLATE, "name"], "'name' is not understood"),
        (["--to", "ann@x.org", "--template", TEMPLATE], "'name' is undefined"),
        (["--to", "ann@x.org", "--template", "/nowhere/t"], "/nowhere/t.txt.j2: no such template"),
    ],
)
def test_what_cannot_be_queued_is_said_and_nothing_is(
    outbox: Outbox, url: str, call: Call, words: list[str], said: str
) -> None:
    code, _, err = call("send", "--url", url, *words)

    assert code == 2
    assert said in err
    assert outbox.counts().due == 0


def test_a_queue_that_cannot_be_written_is_a_temporary_failure(call: Call) -> None:
    words = ["--to", "ann@x.org", "--subject", "s", "--text", "t"]

    code, _, err = call("send", "--url", "sqlite:////proc/none/mail.db", *words)

    assert code == 75
    assert "/proc/none/mail.db" in err


def test_the_queue_may_stand_in_the_environment(
    outbox: Outbox, url: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERSEER_MAIL_URL", url)

    assert call("pause")[0] == 0
    assert outbox.pauses()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["queue"], "--url"),
        (["queue", "--url", "mysql://x/y"], "names no queue; write sqlite:////"),
        (["worker", "run", "--url", "sqlite:////x", "--smtp", "mx"], "write smtp://host:25"),
        (["worker", "status"], "--pid-file"),
        (["worker", "start", "--pid-file", "/tmp"], "/tmp is a folder; name a file, or"),
        (["worker", "start", "--pid-file", "/tmp/w.pid", "-n", "0"], "-n: 0 is not from 1 to 100"),
        (["worker", "polish"], "polish"),
    ],
)
def test_a_word_that_makes_no_sense_is_answered_with_what_to_write(
    call: Call, words: list[str], said: str
) -> None:
    code, _, err = call(*words)

    assert code == 2
    assert said in err


def test_a_worker_of_a_folder_has_a_pid_file_by_its_name(tmp_path: Path) -> None:
    assert pid_file(str(tmp_path), "w1") == f"{tmp_path}/w1.pid"
    assert pid_file("/run/w.pid", "w1") == "/run/w.pid"
