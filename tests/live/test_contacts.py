"""Contacts beyond e-mail against real receivers on loopback."""

import json
import os
import pwd
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from receivers import CERTIFICATE, DEADLINE, Web, agent, free_port, udp
from test_alerts import FLAPPING, RESTARTED_BY_A_CHECK, STEADY, Daemon, until

from overseer.alerts import render, trial
from overseer.alerts.letter import Facts
from overseer.contacts.alertmanager import Alertmanager
from overseer.contacts.base import Contact, NotDelivered, Notice
from overseer.contacts.book import Book
from overseer.contacts.command import Command, Input
from overseer.contacts.sensu import Sensu
from overseer.contacts.slack import Slack
from overseer.contacts.statsd import Statsd
from overseer.contacts.webhook import Format, Method, Webhook

pytestmark = [pytest.mark.live, pytest.mark.design("5")]

AT = 1_700_000_000.0
Hire = Callable[..., Web]


@pytest.fixture
def web() -> Iterator[Hire]:
    made: list[Web] = []

    def hire(**options: Any) -> Web:
        made.append(Web(**options))
        return made[-1]

    yield hire
    for one in made:
        one.close()


def facts(watch: str = "web", change: str = "flapping", **more: Any) -> Facts:
    known: dict[str, Any] = {
        "headline": "flapping, held",
        "message": "5 launches within 5m",
        "at": AT,
        "incident": f"{watch}.boot.1",
        "open": True,
        "samples": ("98MB", "*104MB"),
        "priority": "1",
    }
    return Facts(watch=watch, change=change, **{**known, **more})


def notice(*items: Facts, contact: Contact | None = None) -> Notice:
    return render.notice(items or (facts(),), "<1@db1>", "db1", contact or Contact())


RECOVERED = facts(change="recovered", headline="recovered after 5m", open=False, at=AT + 300)
RESTARTED = facts(change="restarted", headline="restarted: memory 104MB, above 100MB", open=False)


def dialogue(contact: Contact, what: Notice | None = None) -> tuple[str, str]:
    """How it was delivered, and what was heard meanwhile."""
    lines: list[str] = []
    return contact.deliver(what or notice(), lines.append), "\n".join(lines)


def failure(contact: Contact, what: Notice | None = None) -> tuple[NotDelivered, str]:
    lines: list[str] = []
    with pytest.raises(NotDelivered) as caught:
        contact.deliver(what or notice(), lines.append)
    return caught.value, "\n".join(lines)


@pytest.mark.case(77)
@pytest.mark.case(146)
def test_a_webhook_gets_everything_that_is_known(web: Hire) -> None:
    server = web(code=201, text="made")

    said, _ = dialogue(Webhook(url=f"{server.url}/new?team=db&x=%20y"), notice(facts(), RESTARTED))

    taken = server.next()
    assert said == f"{server.url}/…: 201 Created: made"
    assert (taken.method, taken.path) == ("POST", "/new?team=db&x=%20y")
    assert taken.headers["Content-Type"] == "application/json; charset=utf-8"
    known = {
        "id": "1@db1",
        "host": "db1",
        "watch": "web",
        "event": "flapping",
        "severity": "critical",
        "open": True,
        "incident": "web.boot.1",
        "message": "5 launches within 5m",
        "at": AT,
        "time": "2023-11-14T22:13:20Z",
        "samples": ["98MB", "*104MB"],
        "priority": "1",
        "category": None,
    }
    assert {name: taken.json[name] for name in known} == known
    assert [one["event"] for one in taken.json["alerts"]] == ["flapping", "restarted"]
    assert "Samples:  98MB, *104MB" in taken.json["text"]


@pytest.mark.case(146)
def test_a_webhook_may_take_a_form_as_god_sent_it(web: Hire) -> None:
    server = web()

    Webhook(url=server.url, format=Format.FORM, method=Method.PUT).deliver(notice())

    taken = server.next()
    fields = {name: value[0] for name, value in parse_qs(taken.body.decode()).items()}
    assert taken.method == "PUT"
    assert fields["message"] == "[db1] web: flapping, held"
    assert (fields["host"], fields["priority"]) == ("db1", "1")
    assert fields["time"] == "2023-11-14T22:13:20Z"


def test_a_token_is_sent_and_never_shown(web: Hire, tmp_path: Path) -> None:
    server = web(code=403, text="hunter2 may not POST {path}")
    token = tmp_path / "token"
    token.write_text("hunter2\n")
    headers = {"X-Api-Key": "abracadabra"}
    contact = Webhook(url=f"{server.url}/in/T0P5ECRET", token_file=str(token), headers=headers)

    error, heard = failure(contact)

    sent = server.next().headers
    assert (sent["Authorization"], sent["X-Api-Key"]) == ("Bearer hunter2", "abracadabra")
    assert "> Authorization: (secret)" in heard
    assert str(error) == f"{server.url}/…: 403 Forbidden: (secret) may not POST (secret)"
    for said in (str(error), heard, repr(contact)):
        assert "hunter2" not in said
        assert "abracadabra" not in said
    assert "T0P5ECRET" not in f"{error}{heard}"


def test_a_token_with_its_kind_is_sent_as_it_stands(
    web: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = web()
    monkeypatch.setenv("HOOK_TOKEN", "Basic b3BzOmh1bnRlcjI=")

    Webhook(url=server.url, token_env="HOOK_TOKEN").deliver(notice())

    assert server.next().headers["Authorization"] == "Basic b3BzOmh1bnRlcjI="


@pytest.mark.parametrize(
    ("code", "final", "only_this"),
    [
        (400, True, True),
        (404, True, True),
        (410, True, True),
        (401, False, False),
        (408, False, True),
        (429, False, False),
        (500, False, True),
        (503, False, False),
        (302, False, False),
    ],
)
def test_the_status_says_what_becomes_of_the_alert(
    code: int, final: bool, only_this: bool, web: Hire
) -> None:
    server = web(code=code, text="no")

    error, _ = failure(Webhook(url=server.url))

    assert f"{server.url}/: {code} " in str(error)
    assert (error.final, error.only_this) == (final, only_this)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("999999", 3600.0), ("soon", None)])
def test_a_server_that_asks_to_wait_is_given_time(
    text: str, seconds: float | None, web: Hire
) -> None:
    server = web(code=429, headers={"Retry-After": text})

    error, _ = failure(Webhook(url=server.url))

    assert error.after == seconds


def test_what_has_moved_is_not_followed(web: Hire) -> None:
    there = web()
    server = web(code=301, headers={"Location": f"{there.url}/new"})

    error, _ = failure(Webhook(url=server.url))

    assert f"it has moved to {there.url}/…: write that as `url`" in str(error)
    assert there.taken.empty()


def test_a_certificate_of_nobody_we_know_is_refused(web: Hire) -> None:
    server = web(tls=True)

    error, _ = failure(Webhook(url=server.url))

    assert "certificate is not believed" in str(error)
    assert "write ca_file:" in str(error)
    assert not error.only_this
    assert server.taken.empty()
    assert Webhook(url=server.url, ca_file=str(CERTIFICATE)).deliver(notice())
    assert Webhook(url=server.url, insecure=True).deliver(notice())


def test_a_server_that_is_not_there_or_never_answers_is_named() -> None:
    port = free_port()
    error, _ = failure(Webhook(url=f"http://localhost:{port}/x"))
    assert str(error) == f"http://localhost:{port}/…: Connection refused"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"http://127.0.0.1:{silent.getsockname()[1]}"
        error, _ = failure(Webhook(url=where, timeout=0.1))
    assert str(error) == f"{where}/: no answer in time"
    assert not error.final


def test_what_is_no_http_is_said() -> None:
    with agent(b"220 relay ESMTP\r\n") as (port, _):
        error, _ = failure(Webhook(url=f"http://127.0.0.1:{port}"))

    assert "what it answers is not HTTP" in str(error)


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_can_be_asked_whether_it_answers(tls: bool, web: Hire) -> None:
    server = web(tls=tls)
    contact = Webhook(url=f"{server.url}/x", ca_file=str(CERTIFICATE))

    assert contact.knock() == f"{server.url}/… answers"
    assert server.taken.empty()
    with pytest.raises(NotDelivered, match="Connection refused"):
        Webhook(url=f"http://localhost:{free_port()}").knock()
    if tls:
        with pytest.raises(NotDelivered, match="certificate is not believed"):
            Webhook(url=server.url).knock()


@pytest.mark.case(146)
def test_slack_gets_the_mail_as_a_block_and_gods_options(web: Hire, tmp_path: Path) -> None:
    server = web()
    file = tmp_path / "url"
    file.write_text(f"{server.url}/services/T00/B00/hunter2hunter2\n")
    contact = Slack(
        url_file=str(file), channel="#ops", notify_channel=True, username="overseer", emoji=":fire:"
    )

    said, heard = dialogue(contact, notice(facts(message="<!here> & ```")))

    body = server.next().json
    assert body["text"].startswith("<!channel> *[db1] web: flapping, held*\n```Watch:    web\n")
    assert "Why:      &lt;!here&gt; &amp; '''" in body["text"]
    assert (body["channel"], body["username"]) == ("#ops", "overseer")
    assert body["icon_emoji"] == ":fire:"
    assert said == f"#ops by {server.url}/…: 200 OK: ok"
    assert "hunter2" not in said + heard


@pytest.mark.case(146)
def test_slacks_format_is_that_of_god(web: Hire) -> None:
    server = web()
    text = "%{priority} alert on %{host}: %{message} (%{category}, %{time})"

    Slack(url=f"{server.url}/x", format=text).deliver(notice(facts(), RESTARTED))

    assert server.next().json["text"].splitlines() == [
        "1 alert on db1: web: flapping, held: 5 launches within 5m (, 2023-11-14T22:13:20Z)",
        "1 alert on db1: web: restarted: memory 104MB, above 100MB: 5 launches within 5m"
        " (, 2023-11-14T22:13:20Z)",
    ]


def test_a_slack_url_that_is_refused_is_not_shown(
    web: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = web(code=404, text="Cannot POST {path}")
    monkeypatch.setenv("SLACK_URL", f"{server.url}/services/T00/hunter2")

    error, heard = failure(Slack(url_env="SLACK_URL"))

    assert error.final
    assert "Cannot POST (secret)" in str(error)
    assert "hunter2" not in f"{error}{heard}"
    monkeypatch.setenv("SLACK_URL", "hunter2")
    error, _ = failure(Slack(url_env="SLACK_URL"))
    assert str(error) == "SLACK_URL: is no URL that HTTP understands; write https://host/path"


def test_statsd_counts_each_event() -> None:
    with udp() as sink:
        contact = Statsd(host="localhost", port=sink.getsockname()[1], prefix="site.overseer")

        said = contact.deliver(notice(facts("web.1"), RECOVERED))

        lines = [sink.recv(1000).decode() for _ in range(2)]
    assert lines == ["site.overseer.db1.web_1.flapping:1|c", "site.overseer.db1.web.recovered:1|c"]
    assert said.endswith(f"to localhost:{contact.port}")
    assert contact.knock() == ""


def test_sensus_agent_is_told_by_its_socket(web: Hire) -> None:
    with agent(b"ok", b"ok", b"ok", b"pong") as (port, told):
        contact = Sensu(host="127.0.0.1", port=port, handler=("pager",))

        said = contact.deliver(notice(facts(), RECOVERED, RESTARTED))

        assert contact.knock() == f"127.0.0.1:{port} answers"
        results = [json.loads(told.get(timeout=DEADLINE)) for _ in range(3)]
    assert [(one["name"], one["status"]) for one in results] == [
        ("overseer.web", 2),
        ("overseer.web", 0),
        ("overseer.web.restarted", 1),
    ]
    assert results[0]["output"] == "web: flapping, held: 5 launches within 5m (98MB, *104MB)"
    assert results[0]["handlers"] == ["pager"]
    assert said.endswith(f"to 127.0.0.1:{port}: ok")


def test_sensus_agent_that_does_not_understand_is_not_asked_again() -> None:
    with agent(b"invalid") as (port, _):
        error, _ = failure(Sensu(host="127.0.0.1", port=port))

    assert error.final
    assert str(error) == f"127.0.0.1:{port}: invalid"


def test_sensus_agent_is_told_by_its_api(web: Hire) -> None:
    server = web(code=202)

    Sensu(url=f"{server.url}/events").deliver(notice())

    check = server.next().json["check"]
    assert check["metadata"] == {"name": "overseer.web"}
    assert (check["status"], check["handlers"]) == (2, ["default"])


def test_alertmanager_gets_one_alert_an_incident(web: Hire) -> None:
    server = web(text="")
    contact = Alertmanager(url=(f"{server.url}/am/",), labels={"team": "db"})

    contact.deliver(notice(facts(), RESTARTED))
    contact.deliver(notice(RECOVERED))

    taken = server.next()
    assert taken.path == "/am/api/v2/alerts"
    firing, event = taken.json
    (resolved,) = server.next().json
    assert firing["labels"] == resolved["labels"]
    assert firing["labels"] == {
        "alertname": "OverseerAlarm",
        "severity": "critical",
        "watch": "web",
        "host": "db1",
        "instance": "db1",
        "team": "db",
    }
    assert event["labels"]["alertname"] == "OverseerEvent"
    assert event["labels"]["event"] == "restarted"
    assert resolved["endsAt"] == "2023-11-14T22:18:20Z"
    assert firing["startsAt"] == "2023-11-14T22:13:20Z"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert event["endsAt"] > now, "what is delivered late fires nevertheless"
    assert firing["annotations"]["summary"] == "[db1] web: flapping, held"


def test_alertmanager_has_got_it_when_one_of_a_cluster_has(web: Hire) -> None:
    server, broken = web(text=""), web(code=503, headers={"Retry-After": "3"})
    dead = f"http://localhost:{free_port()}"

    said = Alertmanager(url=(dead, broken.url, server.url)).deliver(notice())
    error, _ = failure(Alertmanager(url=(dead, broken.url)))

    assert server.next().json
    assert f"{dead}/…: Connection refused" in said
    assert (error.final, error.only_this, error.after) == (False, False, 3.0)


def program(folder: Path, text: str) -> str:
    path = folder / "page"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_program_gets_the_text_and_the_facts(tmp_path: Path) -> None:
    page = program(
        tmp_path, f'cat >{tmp_path}/in; env >{tmp_path}/env; echo "$@" >{tmp_path}/words; echo done'
    )

    said, heard = dialogue(Command(command=(page, "--now", "a b")), notice(facts(), RESTARTED))

    assert said == f"by {page}: done"
    assert heard.startswith(f"running {page}\n")
    assert "Watch:    web" in (tmp_path / "in").read_text()
    assert (tmp_path / "words").read_text() == "--now a b\n"
    env = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert env["OVERSEER_WATCH"] == "web"
    assert env["OVERSEER_EVENT"] == "flapping"
    assert env["OVERSEER_COUNT"] == "2"
    assert env["OVERSEER_SAMPLES"] == "98MB, *104MB"
    assert "VIRTUAL_ENV" not in env


def test_a_program_may_be_written_as_text_or_for_a_shell(tmp_path: Path) -> None:
    page = program(tmp_path, 'echo "$2"')

    assert Command(command=f"{page} -m 'a b'").deliver(notice()) == f"by {page}: a b"
    line = f"{page} -m $OVERSEER_WATCH | tr a-z A-Z"
    assert Command(command=line, shell=True).deliver(notice()) == "by /bin/sh: WEB"


def test_a_program_may_ask_for_json(tmp_path: Path) -> None:
    page = program(tmp_path, f"cat >{tmp_path}/in")

    Command(command=(page,), input=Input.JSON).deliver(notice())

    assert '"event": "flapping"' in (tmp_path / "in").read_text()


@pytest.mark.parametrize(
    ("text", "said", "final"),
    [
        ("echo no line free; exit 75", "exit code 75: no line free", False),
        ("echo who? >&2; exit 67", "exit code 67: who?", True),
        ("kill -9 $$", "signal 9", False),
    ],
)
def test_its_end_says_what_becomes_of_the_alert(
    text: str, said: str, final: bool, tmp_path: Path
) -> None:
    page = program(tmp_path, text)

    error, _ = failure(Command(command=(page,)))

    assert str(error) == f"{page}: {said}"
    assert (error.final, error.only_this) == (final, True)


def test_a_program_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    page = program(tmp_path, f"sleep 600 & echo $! >{tmp_path}/child; wait")

    error, _ = failure(Command(command=(page,), timeout=0.5))

    assert str(error) == f"{page} has not ended in 0.5 s, and was killed"
    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + DEADLINE
    while is_alive(child):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_a_program_leaves_behind_keeps_nobody_waiting(tmp_path: Path) -> None:
    page = program(tmp_path, "sleep 5 & echo left")
    began = time.monotonic()

    assert Command(command=(page,)).deliver(notice()) == f"by {page}: left"
    assert time.monotonic() - began < 4.0


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_program_that_is_not_there_is_named() -> None:
    error, _ = failure(Command(command=("/nowhere/page",)))
    assert str(error) == "/nowhere/page: No such file or directory"
    with pytest.raises(NotDelivered, match="/nowhere/page is not a program that can be run"):
        Command(command=("/nowhere/page",)).knock()
    assert Command(command=("sh",)).knock() == "sh is there"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run it as somebody else")
def test_a_program_may_be_run_as_somebody_else(tmp_path: Path) -> None:
    contact = Command(command=("/bin/sh", "-c", "id -un; id -G; echo $HOME"), user="nobody")
    nobody = pwd.getpwnam("nobody")

    assert contact.deliver(notice()) == f"by /bin/sh: nobody {nobody.pw_gid} {nobody.pw_dir}"
    with pytest.raises(NotDelivered, match="there is no user nobodyatall here"):
        Command(command=("sh",), user="nobodyatall").knock()


def test_a_webhook_is_told_of_the_alarm_and_that_it_is_over(web: Hire, tmp_path: Path) -> None:
    server = web()
    daemon = Daemon(tmp_path, Book({"ops": Webhook(url=server.url)}))
    try:
        bodies = []
        for news in (FLAPPING, STEADY, RESTARTED_BY_A_CHECK):
            daemon.tells("web", news)
            bodies.append(server.next().json)  # what still waits would go together with the next
            daemon.clock.ahead += 60.0
        until(lambda: not daemon.alerts.undelivered())
    finally:
        daemon.stop()

    assert [(one["event"], one["open"], one["severity"]) for one in bodies] == [
        ("flapping", True, "critical"),
        ("recovered", False, "ok"),
        ("restarted", False, "warning"),
    ]
    assert bodies[0]["incident"] == bodies[1]["incident"] != bodies[2]["incident"]


def test_a_trial_goes_through_every_kind(web: Hire, tmp_path: Path) -> None:
    server = web()
    page = program(tmp_path, "cat >/dev/null")
    with udp() as sink:
        contacts = [
            Webhook(url=server.url),
            Slack(url=server.url),
            Alertmanager(url=(server.url,)),
            Sensu(url=server.url),
            Statsd(host="127.0.0.1", port=sink.getsockname()[1]),
            Command(command=(page,)),
        ]
        for contact in contacts:
            assert trial.send(contact, "ops", "db1", time.time(), lambda _: None)
