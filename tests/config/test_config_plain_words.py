"""No message of a library reaches whoever wrote the file."""

import os
from collections.abc import Callable

import pytest

from overseer.conditions.base import worded
from overseer.errors import in_words

Problems = Callable[..., list[str]]
OF_LIBRARIES = (
    "[Errno",
    "cast to integer",
    "could not convert",
    "invalid literal",
    "does not appear to be",
    "Invalid IPv6",
    "out of range",
    "not enough values",
    "codec can't",
    "embedded null",
    "Traceback",
)


@pytest.mark.field("D11")
@pytest.mark.parametrize(
    "keys",
    [
        'sockets: {h: "tcp://127.0.0.1:abc"}',
        'sockets: {h: "tcp://[::1:80"}',
        'sockets: {h: "tcp://127.0.0.1:99999"}',
        'sockets: {h: "tcp://nowhere:80"}',
        'healthy: [http: "http://h:abc/"]',
        'healthy: [http: "http://[::1/"]',
        'healthy: [socket: "tcp:abc"]',
        "healthy: [http: {port: 99999999999999999999999}]",
        'alert_if: [certificate_expiry: {host: "a b"}]',
        'schedule: {at: "25:99"}',
        'schedule: {at: "03:00", timezone: "/etc/passwd"}',
        'schedule: {at: "03:00", timezone: "../x"}',
        'schedule: {cron: "1 2 3 4 99"}',
        "memory: 1e400MB",
        "interval: 1e400s",
        "nice: 99999999999999999999",
        "success_codes: [99999999999999999999]",
        "rlimits: {nofile: 99999999999999999999999}",
        'umask: "9"',
        "stop_signal: 99999",
        "instances: 1e5",
    ],
)
def test_a_bad_value_is_blamed_in_plain_words(keys: str, problems: Problems) -> None:
    [problem] = problems(f"watches: {{web: {{command: a, {keys}}}}}")

    assert not any(words in problem for words in OF_LIBRARIES), problem
    assert "write" in problem


@pytest.mark.field("D11")
def test_what_the_system_says_is_said_without_its_number() -> None:
    with pytest.raises(OSError, match="Errno") as raised:
        os.stat("/no/such/file")

    assert in_words(raised.value) == "/no/such/file: no such file or directory"
    assert worded(raised.value) == in_words(raised.value)
    assert in_words(OSError("hung up")) == "hung up"
