"""The host's sendmail: what it is given, and what its end means."""

from pathlib import Path

import pytest
from pieces import job, program

from overseer.mail.sendmail import Courier
from overseer.outbox.parcel import Fate


def test_it_gets_sender_recipient_and_lines_as_on_this_host(tmp_path: Path) -> None:
    courier = Courier(program(tmp_path, f'cat > {tmp_path}/mail; echo "$@" > {tmp_path}/words'))

    verdict = courier.deliver(job(rcpt="-ann@x.org"))

    assert verdict.fate is Fate.SENT
    assert (tmp_path / "words").read_text() == "-i -f app@x.org -- -ann@x.org\n"
    assert (tmp_path / "mail").read_bytes() == b"Subject: s\n\nhi\n"


@pytest.mark.parametrize(
    ("script", "fate", "text"),
    [
        ("cat >/dev/null; echo queued as 7", Fate.SENT, "queued as 7"),
        ("echo no such user; exit 67", Fate.DEAD, "no such user"),
        ("exit 65", Fate.DEAD, "exit code 65"),
        ("exit 75", Fate.RETRY, "exit code 75"),
        ("echo no disk >&2; exit 74", Fate.INTERRUPTED, "no disk"),
        ("kill -9 $$", Fate.INTERRUPTED, "exit code -9"),
    ],
)
def test_its_exit_code_says_whose_fault_it_was(
    tmp_path: Path, script: str, fate: Fate, text: str
) -> None:
    verdict = Courier(program(tmp_path, script)).deliver(job())

    assert verdict.fate is fate
    assert verdict.text.endswith(text)


def test_a_program_that_cannot_be_run_is_the_hosts_fault(tmp_path: Path) -> None:
    verdict = Courier(str(tmp_path / "none")).deliver(job())

    assert verdict.fate is Fate.DOWN
    assert "No such file" in verdict.text
