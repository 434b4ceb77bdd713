"""Conditions that ask over the network, as a watch file writes them."""

from collections.abc import Callable

import pytest

from overseer.conditions.certificate_expiry import CertificateExpiry
from overseer.conditions.http_response_code import HttpResponseCode
from overseer.conditions.socket_responding import SocketResponding
from overseer.config import ConfigError
from overseer.core import spell
from overseer.model.codes import Codes
from overseer.model.transition import Transition
from overseer.model.url import Url
from overseer.model.watch import Watch
from overseer.network.address import Family
from overseer.network.starttls import StartTls

MakeWatch = Callable[..., Watch]
OK = Codes(((200, 200),))


def read(watch: MakeWatch, written: str) -> Transition:
    """The row of the one `alert_if`."""
    (row,) = [row for row in watch(f"alert_if: {{{written}}}").transitions if row.to is None]
    return row


def complaint(watch: MakeWatch, written: str) -> str:
    """What is said of it."""
    with pytest.raises(ConfigError) as caught:
        watch(f"alert_if: {written}")
    (problem,) = (one for one in caught.value.problems if not one.warning)
    return problem.message


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        (
            "http_response_code: {host: 127.0.0.1, port: 3000, path: /up, code_is: 500}",
            HttpResponseCode(host="127.0.0.1", port=3000, path="/up", code_is=Codes(((500, 500),))),
        ),
        (
            "http_response_code: {url: 'https://a.example/x?y', code_is_not: [200, 3xx, 400-404]}",
            HttpResponseCode(
                url=Url(ssl=True, host="a.example", port=443, target="/x?y"),
                code_is_not=Codes(((200, 200), (300, 399), (400, 404))),
            ),
        ),
        (
            "http_response_code: {unix_socket: /run/a.sock, code_is_not: 200, within: 500ms,"
            " headers: {X-Token: 010}, timeout: 3s, read_timeout: 1s}",
            HttpResponseCode(
                unix_socket="/run/a.sock",
                code_is_not=OK,
                within=0.5,
                headers={"X-Token": "010"},
                timeout=3.0,
                read_timeout=1.0,
            ),
        ),
        (
            "socket_responding: {socket: 'tcp:6379', responding: false}",
            SocketResponding(socket="tcp:6379", responding=False),
        ),
        (
            "socket_responding: {family: tcp6, port: 80, responding: true, timeout: 1s}",
            SocketResponding(family=Family.TCP6, port=80, responding=True, timeout=1.0),
        ),
        (
            "certificate_expiry: {url: 'https://a.example', within: 30d}",
            CertificateExpiry(url=Url(ssl=True, host="a.example", port=443), within=30 * 86400.0),
        ),
        (
            "certificate_expiry: {host: a.example, starttls: smtp}",
            CertificateExpiry(host="a.example", starttls=StartTls.SMTP),
        ),
    ],
)
def test_options_are_read_in_their_units(watch: MakeWatch, written: str, condition: object) -> None:
    assert read(watch, written).when == condition


@pytest.mark.case(118)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            "port: 80",
            "http_response_code: code_is or code_is_not is missing; write code_is_not: 200"
            " (met when all is not well) or code_is: 500-599",
        ),
        (
            "code_is: 200",
            "http_response_code: nothing says whom to ask; write url: http://127.0.0.1:8000/ping",
        ),
        (
            "port: 80, code_is: 2000",
            "http_response_code: code_is: '2000' is not understood; write 200, 200-399 or 2xx",
        ),
        (
            "port: 80, code_is: 399-200",
            "http_response_code: code_is: '399-200' is not understood; write 200, 200-399 or 2xx",
        ),
        (
            "url: 'http://a/', port: 80, code_is: 200",
            "http_response_code: port: it stands in the url; write one of the two",
        ),
        (
            "url: 'http://ada:secret@a:99999/', code_is: 200",
            "http_response_code: url: the host or the port of this URL is not understood;"
            " write http://127.0.0.1:8000/ping",
        ),
        (
            "url: 'ada:secret@a', code_is: 200",
            "http_response_code: url: this is no URL of a web server;"
            " write http://127.0.0.1:8000/ping",
        ),
        (
            "url: localhost/ping, code_is: 200",
            "http_response_code: url: this is no URL of a web server;"
            " write http://127.0.0.1:8000/ping",
        ),
        (
            "port: 80, path: ping, code_is: 200",
            "http_response_code: path: 'ping' does not begin with /; write /ping",
        ),
        (
            "host: 'http://a', code_is: 200",
            "http_response_code: host: 'http://a' is no host; write localhost, 127.0.0.1 or ::1",
        ),
        (
            "port: 80, code_is: 200, body_matches: '('",
            "http_response_code: body_matches: '(' is no regular expression: missing ),"
            " unterminated subpattern at position 0; write pong",
        ),
        (
            'port: 80, code_is: 200, headers: {X-A: "a\\nb"}',
            "http_response_code: headers: X-A holds a character that no header may hold",
        ),
        (
            "port: 80, code_is: 200, within: 10s",
            "http_response_code: within: nothing is waited for longer than timeout, 10s;"
            " write timeout: 20s beside it",
        ),
        (
            "port: 80, code_is: 200, timeout: 0",
            "http_response_code: timeout: nothing is answered in no time; write 10s",
        ),
        (
            "port: 80, code_is: 200, method: get",
            "http_response_code: method: 'get' is not understood; write GET, HEAD or POST",
        ),
    ],
)
def test_what_is_wrong_with_an_http_check_is_said_with_what_to_write(
    watch: MakeWatch, options: str, said: str
) -> None:
    assert complaint(watch, f"{{http_response_code: {{{options}}}}}") == said


@pytest.mark.case(119)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            "socket: 'unix:/run/a.sock'",
            "socket_responding: responding: it can be read both ways; write"
            " {socket: unix:/run/a.sock, responding: false} (met when nothing answers)"
            " or {socket: unix:/run/a.sock, responding: true}",
        ),
        (
            "socket: 'bogus:1', responding: false",
            "socket_responding: socket: 'bogus:1' is not understood; write tcp:80,"
            " tcp:example.org:80, tcp6:[::1]:80 or unix:/run/app.sock",
        ),
        (
            "family: ipv6, port: 80, responding: false",
            "socket_responding: family: 'ipv6' is not understood; write tcp or tcp6 or unix",
        ),
        (
            "path: run/a.sock, responding: false",
            "socket_responding: path: 'run/a.sock' is no full path; begin with /,"
            " or with {{ here }}/",
        ),
    ],
)
def test_what_is_wrong_with_a_socket_is_said_with_what_to_write(
    watch: MakeWatch, options: str, said: str
) -> None:
    assert complaint(watch, f"{{socket_responding: {{{options}}}}}") == said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("within: 14d", "nothing says whose; write host: example.org"),
        (
            "host: a, file: /etc/a.pem",
            "file: it is host that is looked at; write one of them",
        ),
        ("url: 'http://a/'", "url: http://a/ has no certificate; write https://"),
        (
            "file: /etc/a.pem, port: 443",
            "port: it belongs to a host; write host: example.org beside it",
        ),
        ("host: 'https://a'", "host: 'https://a' is no host; write localhost, 127.0.0.1 or ::1"),
        (
            "host: a, starttls: imaps",
            "starttls: 'imaps' is not understood; did you mean imap?",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_with_what_to_write(
    watch: MakeWatch, options: str, said: str
) -> None:
    found = complaint(watch, f"{{certificate_expiry: {{{options}}}}}")
    assert found == f"certificate_expiry: {said}"


def test_a_certificate_is_looked_at_every_hour_unless_it_is_said_otherwise(
    watch: MakeWatch,
) -> None:
    assert read(watch, "certificate_expiry: {host: a}").when.interval == 3600.0
    assert read(watch, "certificate_expiry: {host: a, interval: 1d}").when.interval == 86400.0


def test_what_a_condition_objects_to_is_blamed_on_the_value(watch: MakeWatch) -> None:
    with pytest.raises(ConfigError) as caught:
        watch("alert_if:\n  http_response_code:\n    port: 80\n    path: ping\n    code_is: 200")

    (problem,) = (one for one in caught.value.problems if not one.warning)
    assert (problem.line, problem.column) == (7, 15)


def test_a_plan_shows_no_secrets(watch: MakeWatch) -> None:
    url = "'http://ada:secret@a.example/ping?key=abc'"
    options = f"url: {url}, headers: {{Authorization: s3cret}}, body: pa55, code_is_not: 200"

    row = read(watch, f"http_response_code: {{{options}}}")

    shown = spell.row(row)
    assert shown == (
        "up when http_response_code url http://a.example/ping?..., headers, body, code_is_not 200"
    )
    assert "secret" not in repr(row)
    assert "s3cret" not in repr(row)
