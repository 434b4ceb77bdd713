"""http_response_code, asked of servers that answer, and of such as do not."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import (
    CERTIFICATE,
    KEY,
    Script,
    Web,
    drip,
    hang,
    hang_up,
    raw,
    reset,
    says,
    unused_port,
    web,
)

from overseer.conditions.base import Scene, Times
from overseer.conditions.http_response_code import Answer, HttpResponseCode
from overseer.model.codes import Codes, read_codes
from overseer.model.event import Answered
from overseer.model.transition import Transition
from overseer.model.url import read_url
from overseer.model.window import Sample, Window
from overseer.network.line import Unresolved
from overseer.network.tls import Untrusted
from overseer.rounds.checkers import Checkers
from overseer.rounds.round import Round

ASKED = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong"


def codes(*words: str) -> Codes:
    return Codes(tuple(read_codes(word) for word in words))


def not_ok(**options: Any) -> HttpResponseCode:
    return HttpResponseCode(code_is_not=codes("200"), **options)


def is_ok(**options: Any) -> HttpResponseCode:
    return HttpResponseCode(code_is=codes("200"), **options)


def look(condition: HttpResponseCode) -> Answer:
    return condition.measure(Scene())


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as server:
        yield server


@pytest.mark.case(115)
@pytest.mark.parametrize(("code", "ok"), [(200, True), (500, False), (204, False)])
def test_code_is_and_code_is_not_are_opposites(server: Web, code: int, ok: bool) -> None:
    wanted = is_ok(port=server.server_port, path=f"/{code}")
    unwanted = not_ok(port=server.server_port, path=f"/{code}")

    assert wanted.met(look(wanted)) is ok
    assert unwanted.met(look(unwanted)) is not ok


@pytest.mark.case(116)
@pytest.mark.parametrize(
    ("script", "said"),
    [
        (hang, "timed out"),
        (drip, "timed out"),
        (reset, "reset"),
        (hang_up, "hung up"),
        (says(b"220 mail.example ESMTP\r\n"), "no HTTP"),
        (says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), "no HTTP"),
    ],
    ids=["hangs", "drips", "resets", "hangs up", "speaks SMTP", "never ends"],
)
def test_what_is_no_answer_is_a_hit_for_code_is_not(script: Script, said: str) -> None:
    with raw(script) as port:
        for condition in (not_ok(port=port, timeout=0.2), is_ok(port=port, timeout=0.2)):
            value = look(condition)

            assert (value.code, value.said) == (None, said)
            assert condition.show(value) == said
            assert condition.met(value) is (condition.code_is is None)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("timed out", "no answer from {} in 5s"),
        ("hung up", "{} hung up"),
        ("reset", "{} reset the connection"),
        ("no HTTP", "{} answered, but not in HTTP"),
        ("refused", "no answer from {}: refused"),
    ],
)
def test_an_answer_that_came_is_not_called_none(said: str, sentence: str) -> None:
    condition = not_ok(port=80)

    explained = condition.explain(Answer(code=None, seconds=5.004, said=said))

    assert explained == sentence.format("http://127.0.0.1/")


@pytest.mark.case(116)
def test_where_nobody_listens_it_is_refused() -> None:
    condition = not_ok(port=unused_port(), path="/ping")

    value = look(condition)

    assert condition.met(value)
    assert not is_ok(port=80).met(value)
    assert condition.show(value) == "refused"
    where = f"http://127.0.0.1:{condition.port}/ping"
    assert condition.explain(value) == f"no answer from {where}: refused"


@pytest.mark.case(117)
def test_two_hits_of_two_are_needed_for_two_times() -> None:
    condition = not_ok(port=unused_port(), times=Times(2, 2))
    window = Window(condition.times)
    answers = []

    for _ in range(2):
        value = look(condition)
        window.push(Sample(value, condition.met(value), 0.0))
        answers.append(window.met)

    assert answers == [False, True]


@pytest.mark.case(78)
def test_three_bad_answers_of_five_are_told_with_the_bad_ones_starred() -> None:
    condition = not_ok(port=8000, times=Times(3, 5))
    row = Round("web", 0, Transition(("up",), condition, "restart"), entry=1)
    told = []

    for number, code in enumerate((500, 200, 503, 200, 500)):
        told = list(row.answer(Answer(code=code, seconds=0.002), float(number)))
        assert bool(told) is (number == 4)

    (answered,) = told
    assert isinstance(answered, Answered)
    assert answered.met
    bad = "*500 in 2ms", "200 in 2ms", "*503 in 2ms", "200 in 2ms", "*500 in 2ms"
    assert answered.samples == bad
    assert answered.reason == "HTTP 500 from http://127.0.0.1:8000/, not 200 (3 of 5)"


@pytest.mark.case(118)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 80}, "code_is or code_is_not is missing; write code_is_not: 200"),
        (
            {"port": 80, "code_is": codes("200"), "code_is_not": codes("200")},
            "code_is: code_is_not says it the other way round; write code_is_not: 200",
        ),
        (
            {"path": "/ping", "code_is": codes("200")},
            "nothing says whom to ask; write url: http://127.0.0.1:8000/ping",
        ),
    ],
)
def test_it_says_one_of_both_ways_and_whom_to_ask(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        HttpResponseCode(**options)


@pytest.mark.case(122)
def test_a_server_that_accepts_and_never_answers_costs_no_more_than_the_time_out() -> None:
    with raw(drip) as port:
        began = time.monotonic()
        value = look(not_ok(port=port, timeout=0.3, read_timeout=0.1))

        assert 0.3 <= value.seconds <= time.monotonic() - began < 1.0


@pytest.mark.case(122)
def test_a_check_that_hangs_delays_no_other(server: Web) -> None:
    with raw(hang) as port:
        rows = [
            Round("web", number, Transition(("up",), condition), entry=1)
            for number, condition in enumerate(
                (not_ok(port=port, timeout=0.5), not_ok(port=server.server_port))
            )
        ]
        came = threading.Semaphore(0)
        checkers = Checkers(came.release)

        for row in rows:
            checkers.ask(row, Scene(now=0.0))
        order = []
        while len(order) < 2 and came.acquire(timeout=10):
            order += [(answer.round.row, answer.value.code) for answer in checkers.answers(0.0)]

    assert order == [(1, 200), (0, None)]


def test_a_read_time_out_is_that_of_each_part_as_it_was_in_god() -> None:
    with raw(hang) as port:
        value = look(not_ok(port=port, timeout=30.0, read_timeout=0.05))

    assert value.said == "timed out"
    assert value.seconds < 5


def test_a_connect_time_out_is_for_a_server_that_takes_no_more_connections() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            value = look(not_ok(port=port, timeout=30.0, connect_timeout=0.05))

    assert value.said == "timed out"


def test_a_sample_shows_the_code_and_how_long_it_took() -> None:
    condition = not_ok(url=read_url("http://127.0.0.1:8000/ping"))
    value = Answer(code=503, seconds=0.0123)

    assert condition.show(value) == "503 in 12ms"
    assert condition.explain(value) == "HTTP 503 from http://127.0.0.1:8000/ping, not 200"
    assert condition.limit() == "not 200"


def test_codes_are_ranges_and_lists() -> None:
    condition = HttpResponseCode(port=8000, code_is_not=codes("200-299", "3xx", "404"))
    hits = {code for code in range(100, 600) if condition.met(Answer(code=code, seconds=0.0))}

    assert hits == set(range(100, 200)) | set(range(400, 600)) - {404}
    assert condition.limit() == "not 200-299, 300-399, 404"


def test_a_body_that_does_not_match_is_a_hit_whatever_the_code(server: Web) -> None:
    right = not_ok(port=server.server_port, path="/x", body_matches=r"^pong /\w$")
    wrong = not_ok(port=server.server_port, path="/x", body_matches="ready")

    value = look(wrong)

    assert not right.met(look(right))
    assert wrong.met(value)
    assert wrong.show(value).endswith(", no match")
    where = f"http://127.0.0.1:{server.server_port}/x"
    assert wrong.explain(value) == f"HTTP 200 from {where} does not match 'ready'"
    assert wrong.limit() == "not 200 with 'ready'"


def test_code_is_with_a_body_asks_for_both(server: Web) -> None:
    broken = HttpResponseCode(
        port=server.server_port, path="/500", code_is=codes("5xx"), body_matches="OutOfMemory"
    )

    assert not broken.met(look(broken))


def test_no_more_of_a_body_is_read_than_is_searched() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 2**16
    with raw(says(start + b"pong", b"never asked for")) as port:
        value = look(not_ok(port=port, body_matches="pong", timeout=5.0))

    assert value.matched is False


def test_a_body_that_breaks_off_is_no_answer() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npong"
    with raw(says(chunked)) as port:
        assert look(not_ok(port=port, body_matches="pong")).said == "hung up"


def test_an_answer_that_takes_longer_than_within_is_a_hit() -> None:
    condition = not_ok(port=80, within=0.25)

    assert not condition.met(Answer(code=200, seconds=0.25))
    assert condition.met(Answer(code=200, seconds=0.3))
    said = condition.explain(Answer(code=200, seconds=0.3))
    assert said == "HTTP 200 from http://127.0.0.1/ took 300ms, more than 250ms"
    assert condition.limit() == "not 200 within 250ms"


def test_method_headers_and_body_are_sent_as_written(server: Web) -> None:
    condition = not_ok(
        port=server.server_port,
        path="/übung?q=a b",
        headers={"Host": "shop.example", "X-Token": "s3cret", "user-agent": "probe"},
        body="grün",
    )

    look(condition)

    method, path, headers, body = server.last
    assert (method, path, body) == ("POST", "/%C3%BCbung?q=a%20b", "grün")
    assert headers["Host"] == "shop.example"
    assert headers["X-Token"] == "s3cret"
    assert headers["user-agent"] == "probe"


def test_credentials_in_a_url_are_sent_and_never_shown(server: Web) -> None:
    url = read_url(f"http://ada:p%40ss@127.0.0.1:{server.server_port}/503?key=abc")
    condition = not_ok(url=url, headers={"Cookie": "s3cret"}, body="pa55word")

    value = look(condition)

    assert server.last[2]["Authorization"] == "Basic YWRhOnBAc3M="
    assert server.last[1] == "/503?key=abc"
    shown = f"{condition} {condition.explain(value)} {condition.show(value)} {condition.limit()}"
    assert f"http://127.0.0.1:{server.server_port}/503?..." in shown
    assert not [one for one in ("ada", "ss@", "p%40", "abc", "s3cret", "pa55") if one in shown]


def test_redirects_are_answers_unless_they_are_to_be_followed(server: Web) -> None:
    there = f"http://127.0.0.1:{server.server_port}/to//to//204"
    follow = HttpResponseCode(url=read_url(there), code_is=codes("204"), follow=True)
    stay = HttpResponseCode(url=read_url(there), code_is=codes("302"))

    assert look(follow).code == 204
    assert look(stay).code == 302


def test_a_circle_of_redirects_has_an_end() -> None:
    around = b"HTTP/1.1 302 Found\r\nLocation: /ping\r\nContent-Length: 0\r\n\r\n"
    with raw(says(around)) as port:
        assert look(not_ok(port=port, follow=True)).code == 302


def test_a_redirect_takes_no_secrets_to_another_server(server: Web) -> None:
    with web() as other:
        there = f"http://127.0.0.1:{other.server_port}/200"
        url = read_url(f"http://ada:pw@127.0.0.1:{server.server_port}/to/{there}")

        value = look(not_ok(url=url, follow=True, headers={"Cookie": "c", "X-Is": "kept"}))

        assert value.code == 200
        assert server.last[2]["Authorization"]
        assert other.last[2].keys() & {"Authorization", "Cookie", "X-Is"} == {"X-Is"}


def test_a_unix_socket_is_asked_like_any_other(tmp_path: Path) -> None:
    path = str(tmp_path / "app.sock")
    condition = not_ok(unix_socket=path, path="/503")

    assert look(condition).said == "no such socket"
    with web(family=socket.AF_UNIX, address=path) as server:
        value = look(condition)

        assert server.last[2]["Host"] == "localhost"
    assert condition.explain(value) == f"HTTP 503 from http://localhost/503 on {path}, not 200"
    assert look(condition).said == "refused"  # the file is there yet


def test_a_name_that_has_no_address_says_nothing_about_the_server() -> None:
    condition = not_ok(host="-.invalid")

    with pytest.raises(Unresolved, match=r"no address is known of -\.invalid"):
        look(condition)
    assert condition.late() is None  # only the search for an address can take so long


def test_what_is_late_is_no_answer_where_no_address_is_searched_for() -> None:
    for condition in (not_ok(port=80), not_ok(host="::1"), not_ok(unix_socket="/run/a.sock")):
        value = condition.late()

        assert value is not None
        assert condition.met(value)
        assert condition.show(value) == "timed out"


def test_tls_is_verified(server: Web) -> None:
    with web(certificate=(CERTIFICATE, KEY)) as secure:
        url = read_url(f"https://127.0.0.1:{secure.server_port}/200")

        assert look(is_ok(url=url, ca_file=str(CERTIFICATE))).code == 200
        assert look(is_ok(url=url, insecure=True)).code == 200
        with pytest.raises(Untrusted, match=r"the certificate of 127\.0\.0\.1: self.signed"):
            look(is_ok(url=url))
        with pytest.raises(Untrusted, match="mismatch"):
            look(is_ok(url=url, ca_file=str(CERTIFICATE), headers={"Host": "shop.example"}))


def test_a_certificate_is_looked_at_under_the_name_of_the_host_header() -> None:
    with web(certificate=(CERTIFICATE, KEY)) as secure:
        url = read_url(f"https://127.0.0.2:{secure.server_port}/200")  # nobody is there
        by_name = is_ok(url=url, ca_file=str(CERTIFICATE), headers={"Host": "localhost:443"})

        assert look(by_name).said == "refused"
        url = read_url(f"https://127.0.0.1:{secure.server_port}/200")
        by_name = is_ok(url=url, ca_file=str(CERTIFICATE), headers={"Host": "localhost:443"})
        assert look(by_name).code == 200


def test_tls_with_what_speaks_none_is_a_matter_of_the_watch_file(server: Web) -> None:
    with pytest.raises(Untrusted, match=r"no TLS with 127\.0\.0\.1: wrong version number"):
        look(not_ok(port=server.server_port, ssl=True, insecure=True))


def test_a_server_that_hangs_in_the_handshake_gives_no_answer() -> None:
    for script, said in ((hang, "timed out"), (hang_up, "hung up")):
        with raw(script) as port:
            assert look(not_ok(port=port, ssl=True, insecure=True, timeout=0.2)).said == said


def test_a_ca_file_that_is_not_there_is_no_silence_of_the_server(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")

    with pytest.raises(Untrusted, match=rf"ca_file {missing}: No such file"):
        look(not_ok(port=443, ca_file=missing))
    Path(missing).write_text("nothing")
    with pytest.raises(Untrusted, match="it holds no certificate"):
        look(not_ok(port=443, ca_file=missing))


def test_port_443_is_tls_as_in_god_unless_it_is_said_otherwise() -> None:
    assert str(not_ok(port=443).where) == "https://127.0.0.1/"
    assert str(not_ok(port=443, ssl=False).where) == "http://127.0.0.1:443/"
    assert str(not_ok(host="::1", ssl=True, path="/x").where) == "https://[::1]/x"


@pytest.mark.usefixtures("nothing_left_open")
def test_no_socket_is_left_open() -> None:
    for script in (hang, reset, hang_up, says(b"no"), says(ASKED)):
        with raw(script) as port:
            look(not_ok(port=port, timeout=0.1, body_matches="pong"))
            look(not_ok(port=port, timeout=0.1))
            if script is not reset:
                continue
            look(not_ok(port=port, timeout=0.1, ssl=True, insecure=True))
    look(not_ok(port=unused_port()))
