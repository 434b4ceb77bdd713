"""What must be so becomes rows that restart the process when it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.conditions.base import Times
from overseer.conditions.command import Command
from overseer.conditions.http_response_code import HttpResponseCode
from overseer.conditions.socket_responding import SocketResponding
from overseer.config import load
from overseer.config.explicit import render
from overseer.model.codes import Codes
from overseer.model.watch import Watch

Make = Callable[..., Watch]
Problems = Callable[..., list[str]]
OFTEN = Times(3, 5)


def rows(watch: Watch) -> list[object]:
    return [row.when for row in watch.transitions if row.to == "restart"]


def test_a_page_a_socket_and_a_program_must_be_fine(watch: Make) -> None:
    made = watch(
        """
        healthy:
          - http: {port: 8000, path: /ping}
          - socket: tcp:5432
          - run: /usr/bin/pg_isready
        """
    )

    assert rows(made) == [
        HttpResponseCode(port=8000, path="/ping", code_is_not=Codes(((200, 399),)), times=OFTEN),
        SocketResponding(socket="tcp:5432", responding=False, times=OFTEN),
        Command(fails="/usr/bin/pg_isready", times=OFTEN),
    ]


def test_options_are_those_of_the_condition_and_times_may_be_said(watch: Make) -> None:
    made = watch(
        "healthy: {http: {url: 'http://127.0.0.1:1/', code_is: 204, times: 2, within: 1s},"
        " run: {command: redis-cli ping, output: PONG}}"
    )

    http, run = rows(made)
    assert isinstance(http, HttpResponseCode)
    assert (http.code_is_not, http.times, http.within) == (Codes(((204, 204),)), Times(2, 2), 1.0)
    assert run == Command(fails="redis-cli ping", output="PONG", times=OFTEN)


def test_a_url_alone_is_a_page(watch: Make) -> None:
    (http,) = rows(watch("healthy: [http: 'http://127.0.0.1:8000/ping']"))

    assert isinstance(http, HttpResponseCode)
    assert str(http.url) == "http://127.0.0.1:8000/ping"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("healthy: [http: {port: 1, code_is_not: 500}]", "code_is_not says which way; here write"),
        (
            "ready: [command: {fails: /bin/x}]",
            "fails says which way; here write run: and the command",
        ),
        ("healthy: [socket: {port: 1, responding: true}]", "responding says which way; here write"),
        ("healthy: [memory_usage: 5MB]", "says what must not be; write it under restart_if"),
        ("healthy: [[a]]", "healthy: a list is not understood; write [http:"),
        ("healthy: [http: {prot: 1}]", "has no option prot; did you mean port?"),
    ],
)
def test_what_is_not_understood_is_said_with_what_to_write(
    problems: Problems, line: str, said: str
) -> None:
    found = problems(f"watches:\n  web:\n    command: /bin/w\n    {line}\n")

    assert any(said in one for one in found), found


def test_ready_is_the_same_read_the_other_way_and_asked_every_second(watch: Make) -> None:
    made = watch(
        """
        ready:
          - http: {port: 8000, path: /ping}
          - socket: tcp:5432
          - log_match: {path: /var/log/app.log, pattern: listening}
        """
    )

    http, socket, log = made.ready
    assert http == HttpResponseCode(
        port=8000, path="/ping", code_is=Codes(((200, 399),)), interval=1.0
    )
    assert socket == SocketResponding(socket="tcp:5432", responding=True, interval=1.0)
    assert (type(log).__name__, log.interval) == ("LogMatch", 1.0)
    assert rows(made) == []


def test_what_is_never_asked_again_cannot_be_waited_for(problems: Problems) -> None:
    found = problems("watches: {web: {command: /bin/w, ready: [process_exits]}}")

    assert "ready: what cannot be asked again and again says nothing" in found[0]


def test_what_is_spelled_out_may_say_the_way_that_it_is_read(
    write: Callable[[str], Path],
) -> None:
    path = write(
        "watches: {web: {command: w, user: root, ready: [run: /bin/x, socket: 'tcp:1',"
        " http: {port: 80}], healthy: [command: {fails: /bin/y}]}}\n"
    )
    first = load([path], check_host=False)
    again = write(render("web", first))

    assert load([again], check_host=False).watches == first.watches


@pytest.mark.field("N4")
@pytest.mark.parametrize(
    ("beside", "inside"),
    [
        ("{run: /bin/x, interval: 2s}", "{run: {command: /bin/x, interval: 2s}}"),
        ("{run: {command: /bin/x}, timeout: 2s}", "{run: {command: /bin/x, timeout: 2s}}"),
        ("{socket: 'tcp:1', times: [2, 3]}", "{socket: {socket: 'tcp:1', times: [2, 3]}}"),
        ("{http: 'http://h/', interval: 9s}", "{http: {url: 'http://h/', interval: 9s}}"),
    ],
)
@pytest.mark.parametrize("key", ["healthy", "ready"])
def test_how_often_may_stand_beside_a_check(
    watch: Make, key: str, beside: str, inside: str
) -> None:
    if key == "ready" and "times" in beside:
        pytest.skip("what is ready is not counted")
    first, second = (watch(f"{key}: [{text}]") for text in (beside, inside))

    assert (rows(first), first.ready) == (rows(second), second.ready)
    assert rows(first) or first.ready
