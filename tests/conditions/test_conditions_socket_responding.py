"""socket_responding, asked of sockets that answer, and of such as do not."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servers import (
    CERTIFICATE,
    KEY,
    Script,
    greets,
    hang,
    hang_up,
    raw,
    reset,
    says,
    unused_port,
    web,
)

from overseer.conditions.base import Scene, Times
from overseer.conditions.socket_responding import Reply, SocketResponding
from overseer.model.window import Sample, Window
from overseer.network.address import Family
from overseer.network.line import Unresolved
from overseer.network.tls import Untrusted


def responding(**options: Any) -> SocketResponding:
    return SocketResponding(responding=True, **options)


def silent(**options: Any) -> SocketResponding:
    return SocketResponding(responding=False, **options)


def look(condition: SocketResponding) -> Reply:
    return condition.measure(Scene())


@pytest.fixture
def port() -> Iterator[int]:
    with raw(hang) as port:
        yield port


@pytest.mark.case(119)
@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"socket": "tcp:443"}, "tcp:127.0.0.1:443"),
        ({"socket": "tcp:127.0.0.1:443"}, "tcp:127.0.0.1:443"),
        ({"socket": "tcp:db.example:5432"}, "tcp:db.example:5432"),
        ({"socket": "unix:/tmp/process.sock"}, "unix:/tmp/process.sock"),
        ({"socket": "tcp6:80"}, "tcp6:[::1]:80"),
        ({"socket": "tcp6:[fe80::1%eth0]:80"}, "tcp6:[fe80::1%eth0]:80"),
        ({"socket": "tcp:[::1]:80"}, "tcp:[::1]:80"),
        ({"port": 80}, "tcp:127.0.0.1:80"),
        ({"family": Family.TCP6, "port": 80}, "tcp6:[::1]:80"),
        ({"addr": "10.0.0.1", "port": 80}, "tcp:10.0.0.1:80"),
        ({"path": "/run/a.sock"}, "unix:/run/a.sock"),
    ],
)
def test_a_socket_is_named_in_short_or_in_parts(options: dict[str, Any], where: str) -> None:
    assert str(silent(**options).where) == where


@pytest.mark.case(119)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"family": Family.TCP}, "port is missing; write port: 80"),
        ({"addr": "10.0.0.1"}, "port is missing; write port: 80"),
        ({"family": Family.UNIX}, "path is missing; write path: /run/app.sock"),
        ({}, "nothing says which; write socket: tcp:80"),
        ({"socket": "bogus:1"}, "socket: 'bogus:1' is not understood; write tcp:80, tcp:exa"),
        ({"socket": "tcp:"}, "socket: 'tcp:' is not understood"),
        ({"socket": "80"}, "socket: '80' is not understood"),
        ({"socket": "tcp:::1:80"}, "socket: 'tcp:::1:80' is not understood"),
        ({"socket": "unix:run/a.sock"}, "socket: 'unix:run/a.sock' is not understood"),
        ({"socket": "tcp:70000"}, "socket: 'tcp:70000': 70000 is not between 1 and 65535; write"),
        ({"socket": "tcp:0"}, "socket: 'tcp:0': 0 is not between 1 and 65535"),
        ({"socket": "tcp:80", "port": 81}, "port: it stands in socket; write one of the two"),
        ({"path": "/a", "port": 80}, "port: a unix socket has none; leave it out"),
        ({"family": Family.TCP, "port": 80, "path": "/a"}, "path: a tcp socket has none"),
        ({"port": 0}, "port: 0 is not between 1 and 65535"),
        ({"addr": "a b", "port": 80}, "addr: 'a b' is no host; write localhost"),
        ({"socket": "tcp:80", "send": "PING"}, "send: the answer is not looked at; write expect:"),
        ({"socket": "tcp:80", "expect": "+PONG"}, "expect: '+PONG' is no regular expression"),
        ({"socket": "tcp:80", "timeout": 0.0}, "timeout: nothing answers in no time; write 10s"),
    ],
)
def test_what_names_no_socket_is_an_error_that_says_what_to_write(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        silent(**options)


def test_it_has_to_say_which_of_both_ways_it_is_meant() -> None:
    with pytest.raises(ValueError, match=r"^responding: ") as caught:
        SocketResponding(socket="tcp:6379")

    assert str(caught.value) == (
        "responding: it can be read both ways; write {socket: tcp:6379, responding: false} (met"
        " when nothing answers) or {socket: tcp:6379, responding: true}"
    )


@pytest.mark.case(120)
def test_responding_is_met_by_a_socket_that_listens_and_its_opposite_by_none(port: int) -> None:
    nobody = unused_port()

    for ask, listens in ((responding, True), (silent, False)):
        assert ask(port=port).met(look(ask(port=port))) is listens
        assert ask(port=nobody).met(look(ask(port=nobody))) is not listens


@pytest.mark.case(120)
def test_two_hits_of_two_are_needed_for_two_times() -> None:
    condition = silent(port=unused_port(), times=Times(2, 2))
    window = Window(condition.times)
    answers = []

    for _ in range(2):
        value = look(condition)
        window.push(Sample(value, condition.met(value), 0.0))
        answers.append(window.met)

    assert answers == [False, True]


def test_a_sample_says_how_long_it_took_or_why_there_was_no_answer() -> None:
    condition = silent(port=unused_port())
    refused = look(condition)

    assert condition.show(refused) == "refused"
    assert condition.explain(refused) == f"no answer from {condition.where}: refused"
    assert condition.show(Reply(said="", seconds=0.002)) == "answers in 2ms"
    assert condition.limit() == "not responding"
    said = responding(port=80).explain(Reply(said="", seconds=0.002))
    assert said == "tcp:127.0.0.1:80 answers"


def test_what_is_sent_and_answered_may_be_looked_at() -> None:
    with raw(says(b"+PONG\r\n")) as port:
        right = silent(port=port, send="PING\r\n", expect=r"^\+PONG")
        wrong = silent(port=port, send="PING\r\n", expect="OK")

        assert look(right).said == ""
        value = look(wrong)

    assert wrong.met(value)
    assert wrong.show(value) == "answered '+PONG'"
    said = f"tcp:127.0.0.1:{port} answered '+PONG', wanted 'OK'"
    assert wrong.explain(value) == said


def test_an_answer_in_pieces_is_put_together() -> None:
    with raw(greets(b"220 mail", b"")) as port, raw(says(b"+PO", b"NG")) as slow:
        assert look(silent(port=port, expect="^220 ")).said == ""
        part = look(silent(port=slow, send="PING", expect="PONG", timeout=0.2))
    assert (part.said, part.is_wrong) == ("'+PO'", True)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (hang, "no answer from {} in 200ms"),
        (reset, "{} reset the connection"),
        (hang_up, "{} hung up"),
    ],
)
def test_what_became_of_a_question_is_said_and_no_answer_that_never_came(
    script: Script, sentence: str
) -> None:
    with raw(script) as port:
        condition = silent(port=port, send="PING", expect="PONG", timeout=0.2)
        value = replace(look(condition), seconds=0.202)

    assert condition.explain(value) == sentence.format(condition.where)


@pytest.mark.parametrize(
    ("script", "said"), [(hang, "timed out"), (reset, "reset"), (hang_up, "hung up")]
)
def test_a_socket_that_takes_a_connection_and_says_nothing_does_not_answer(
    script: Script, said: str
) -> None:
    with raw(script) as port:
        assert look(silent(port=port)).said == ""
        assert look(silent(port=port, send="x", expect="y", timeout=0.2)).said == said


def test_what_is_shown_of_a_wrong_answer_is_short_and_harmless() -> None:
    with raw(says(b"\x1b[31m" + b"x" * 100 + b"\nmore")) as port:
        value = look(silent(port=port, send="x", expect="y", timeout=0.1))

    assert value.said == "'\\x1b[31m" + "x" * 35 + "...'"


def test_what_is_sent_is_never_shown() -> None:
    assert "s3cret" not in repr(silent(port=80, send="AUTH s3cret", expect="OK"))


def test_a_unix_socket_answers_or_not(tmp_path: Path) -> None:
    path = str(tmp_path / "app.sock")
    condition = silent(path=path, timeout=0.5)

    assert look(condition).said == "no such socket"
    with raw(hang, family=socket.AF_UNIX, address=path):
        assert look(condition).said == ""
    assert look(condition).said == "refused"


def test_a_unix_socket_whose_queue_is_full_does_not_answer(tmp_path: Path) -> None:
    path = str(tmp_path / "app.sock")
    with socket.socket(socket.AF_UNIX) as full, socket.socket(socket.AF_UNIX) as first:
        full.bind(path)
        full.listen(0)
        first.connect(path)

        assert look(silent(path=path)).said == "too busy to answer"


def test_ipv6_is_spoken_where_the_machine_does() -> None:
    try:
        with raw(hang, family=socket.AF_INET6, address=("::1", 0)) as port:
            assert look(silent(socket=f"tcp6:{port}")).said == ""
            assert look(silent(socket=f"tcp:[::1]:{port}")).said == ""
            assert look(silent(socket=f"tcp:127.0.0.1:{port}")).said == "refused"
    except OSError:
        pytest.skip("this machine has no IPv6")


def test_tls_is_verified() -> None:
    with web(certificate=(CERTIFICATE, KEY)) as server:
        options: dict[str, Any] = {
            "port": server.server_port,
            "tls": True,
            "send": "GET /200 HTTP/1.0\r\n\r\n",
            "expect": "200 OK",
        }

        assert look(silent(**options, ca_file=str(CERTIFICATE))).said == ""
        assert look(silent(**options, insecure=True)).said == ""
        with pytest.raises(Untrusted, match=r"write ca_file: or insecure: true"):
            look(silent(**options))


def test_a_name_that_has_no_address_says_nothing_about_the_socket() -> None:
    condition = silent(socket="tcp:-.invalid:80")

    with pytest.raises(Unresolved):
        look(condition)
    assert condition.late() is None
    late = silent(port=80).late()
    assert late is not None
    assert late.said == "timed out"


@pytest.mark.usefixtures("nothing_left_open")
def test_no_socket_is_left_open(port: int) -> None:
    look(silent(port=port))
    look(silent(port=port, send="x", expect="y", timeout=0.05))
    look(silent(port=port, tls=True, insecure=True, timeout=0.05))
    look(silent(port=unused_port()))
