"""`overseer mail listen` as it is typed."""

import sys
from pathlib import Path

import pytest
from pieces import Call

from overseer.mail.listener import MISSING


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "0.0.0.0:2525"], "can be reached from elsewhere"),
        (["--address", "2525"], "write 127.0.0.1:2525 or unix:"),
        (["--max-size", "big"], "--max-size: 'big' is no size up to 64MB; write 32MB"),
        (["--max-size", "1GB"], "is no size up to 64MB"),
        (["--allow-uid", "no-such-user"], "there is no user 'no-such-user' here"),
        (["--group", "no-such-group"], "there is no group 'no-such-group' here"),
        (["--local-to", "root"], "--local-to: 'root' is not an address"),
        (["--domain", "a b"], "--domain"),
        (["--stop-timeout", "-1"], "--stop-timeout: -1.0 is not a number of seconds"),
        (["--url", "mysql://x"], "names no queue"),
    ],
)
def test_what_makes_no_sense_is_answered_with_what_to_write(
    call: Call, url: str, words: list[str], said: str
) -> None:
    code, _, err = call("listen", "--url", url, *words)

    assert code == 2
    assert said in err


def test_a_queue_that_cannot_be_written_is_said_at_once(call: Call) -> None:
    code, _, err = call("listen", "--url", "sqlite:////proc/no/m.db", "--address", "127.0.0.1:0")

    assert code == 75
    assert "/proc/no/m.db" in err


def test_without_the_library_its_name_is_said(
    call: Call, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aiosmtpd.smtp", "overseer.mail.smtp_in"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "aiosmtpd", None)

    assert call("listen", "--url", url) == (1, "", f"overseer: {MISSING}\n")


def test_nothing_is_left_of_a_listener_that_does_not_begin(call: Call, tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/m.db", tmp_path / "mail.sock"

    code, _, _ = call("listen", "--url", url, "--address", f"unix:{path}", "--address", "x")

    assert code == 2
    assert not path.exists()
