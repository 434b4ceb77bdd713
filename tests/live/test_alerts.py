"""Alerts by real SMTP on loopback: servers that are strict, late, or not there at all."""

import queue
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from overseer.alerts import trial
from overseer.alerts.alerts import Alerts
from overseer.alerts.post import LIMITS
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.book import Book
from overseer.contacts.email import Email, Tls
from overseer.model.news import Kind, News
from overseer.model.program import Program
from overseer.model.state import Goal, Hold
from overseer.model.status import Status
from overseer.model.transition import Notify
from overseer.model.watch import Watch
from overseer.store.state import StateStore
from overseer.system.log_files import read_piece

pytestmark = [pytest.mark.live, pytest.mark.design("6")]

HERE = Path(__file__).parent
CERTIFICATE = HERE / "certificate" / "cert.pem"
DEADLINE = 20.0
QUICK = replace(LIMITS, first_pause=0.1, longest_pause=0.3, poll=0.1)


class Wall:
    """The host's clocks, but that a test need not wait for a minute to be over."""

    ahead = 0.0

    def now(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) + self.ahead

    def wall(self) -> float:
        return time.time() + self.ahead


class Relay:
    """An SMTP server that keeps what it takes."""

    def __init__(self, port: int = 0, **options: Any) -> None:
        self.mails: queue.Queue[Message] = queue.Queue()
        self.codes: dict[str, int] = {}
        self.taken: list[list[str]] = []
        self.controller = Controller(
            self, hostname="127.0.0.1", port=port or free_port(), ready_timeout=DEADLINE, **options
        )
        self.controller.start()

    @property
    def port(self) -> int:
        return int(self.controller.port)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if code := self.codes.get(address):
            return f"{code} not that one"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(list(envelope.rcpt_tos))
        self.mails.put(message_from_bytes(envelope.content))
        return "250 taken"

    def next(self) -> Message:
        return self.mails.get(timeout=DEADLINE)

    def stop(self) -> None:
        self.controller.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


Hire = Callable[..., Relay]


@pytest.fixture
def relay() -> Iterator[Hire]:
    made: list[Relay] = []

    def hire(**options: Any) -> Relay:
        made.append(Relay(**options))
        return made[-1]

    yield hire
    for one in made:
        one.stop()


def certified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, HERE / "certificate" / "key.pem")
    return context


def let_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = LoginPassword(b"overseer", b"hunter2")
    return AuthResult(success=data == right, handled=False)


def strict(hire: Hire) -> Relay:
    return hire(
        tls_context=certified(), require_starttls=True, authenticator=let_in, auth_required=True
    )


def email(port: int, **options: Any) -> Email:
    return Email(to=("ops@example.org",), server_host="localhost", server_port=port, **options)


def with_login(port: int, folder: Path, password: str = "hunter2") -> Email:
    file = folder / "password"
    file.write_text(f"{password}\n")
    return email(
        port,
        tls=Tls.STARTTLS,
        user="overseer",
        password_file=str(file),
        ca_file=str(CERTIFICATE),
    )


def send(contact: Contact, hear: Hear = unheard) -> str:
    return trial.send(contact, "ops", "db1", time.time(), hear)


@pytest.mark.case(151)
def test_a_server_that_asks_for_starttls_and_login_gets_both(relay: Hire, tmp_path: Path) -> None:
    server = strict(relay)
    lines: list[str] = []

    said = send(with_login(server.port, tmp_path), lines.append)

    assert said == f"ops@example.org by smtp to localhost:{server.port}"
    assert server.next()["Subject"] == "[db1] overseer: a trial of contact ops"
    dialogue = "\n".join(lines)
    assert "> STARTTLS" in dialogue
    assert "< 235" in dialogue
    assert "AUTH" in dialogue
    assert "hunter2" not in dialogue
    assert "aHVudGVyMg" not in dialogue


@pytest.mark.case(151)
def test_a_certificate_of_nobody_we_know_is_refused(relay: Hire, tmp_path: Path) -> None:
    server = strict(relay)
    contact = replace(with_login(server.port, tmp_path), ca_file=None)

    with pytest.raises(NotDelivered, match=r"certificate is not believed .* write ca_file:"):
        send(contact)

    assert server.mails.empty()
    assert send(replace(contact, insecure=True))


def test_a_wrong_password_is_reported(relay: Hire, tmp_path: Path) -> None:
    server = strict(relay)

    with pytest.raises(NotDelivered, match="535") as caught:
        send(with_login(server.port, tmp_path, "wrong"))

    assert not caught.value.final
    assert not caught.value.only_this


def test_nothing_goes_in_the_clear_where_starttls_is_missing(relay: Hire) -> None:
    server = relay()

    with pytest.raises(NotDelivered, match="does not offer STARTTLS; write tls: none"):
        send(email(server.port, tls=Tls.STARTTLS))

    assert server.mails.empty()


def test_tls_from_the_first_byte(relay: Hire) -> None:
    server = relay(ssl_context=certified())

    send(email(server.port, tls=Tls.IMPLICIT, ca_file=str(CERTIFICATE)))

    assert server.next()["To"] == "ops@example.org"


def test_a_server_that_is_not_there_is_named() -> None:
    port = free_port()

    with pytest.raises(NotDelivered, match=f"localhost:{port}: Connection refused"):
        send(email(port))


def test_a_server_can_be_asked_whether_it_answers(relay: Hire, tmp_path: Path) -> None:
    server = strict(relay)
    contact = with_login(server.port, tmp_path)

    assert contact.knock() == f"localhost:{server.port} answers"
    with pytest.raises(NotDelivered, match="535"):
        with_login(server.port, tmp_path, "wrong").knock()
    assert server.mails.empty()


class Moody(Relay):
    """Says what it is told to say to each mail, or to each recipient."""

    to_mail = ""
    to_rcpt = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self.to_mail or await super().handle_DATA(server, session, envelope)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_rcpt or "250 fine"


@pytest.fixture
def moody() -> Iterator[Moody]:
    made = Moody()
    yield made
    made.stop()


def test_another_relay_takes_it_where_the_first_is_down(relay: Hire) -> None:
    down, second = free_port(), relay()
    lines: list[str] = []

    said = send(email(down, fallback=(f"localhost:{second.port}",)), lines.append)

    assert said == f"ops@example.org by smtp to localhost:{second.port}"
    assert f"localhost:{down}: Connection refused" in lines
    assert second.next()["To"] == "ops@example.org"


@pytest.mark.parametrize("answer", ["452 disk full", "421 too busy"])
def test_another_relay_takes_it_where_the_first_will_not_for_now(
    moody: Moody, relay: Hire, answer: str
) -> None:
    moody.to_mail = answer
    second = relay()

    said = send(email(moody.port, fallback=(f"localhost:{second.port}",)))

    assert said.endswith(f"localhost:{second.port}")


def test_what_one_relay_refuses_for_good_no_other_is_asked_for(moody: Moody, relay: Hire) -> None:
    moody.to_rcpt = "550 no such user"
    second = relay()

    with pytest.raises(NotDelivered, match="550 no such user") as caught:
        send(email(moody.port, fallback=(f"localhost:{second.port}",)))

    assert caught.value.final
    assert second.mails.empty()


def test_who_is_refused_for_now_gets_it_later_and_nobody_twice(
    relay: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    codes = {"boss@example.org": 450, "gone@example.org": 550}
    server = relay()
    server.codes = codes
    contact = email(server.port)
    contact = replace(contact, to=("ops@example.org", *codes))
    notice = Notice(id="<1@db1>", subject="s", text="t", html="<p>t</p>", at=0.0)

    with pytest.raises(NotDelivered, match=r"boss@example.org: 450 .* \(taken for ops@") as caught:
        contact.deliver(notice)
    again = replace(notice, settled=caught.value.settled)
    codes.clear()
    said = contact.deliver(again)

    assert caught.value.only_this
    assert not caught.value.final
    assert said.startswith("boss@example.org by smtp")
    assert [server.next()["Message-ID"] for _ in range(2)] == ["<1@db1>", "<1@db1>"]
    assert server.taken == [["ops@example.org"], ["boss@example.org"]]
    assert "gone@example.org: 550" in caplog.text


def test_where_none_answers_all_are_named() -> None:
    first, second = free_port(), free_port()
    contact = email(first, fallback=(f"localhost:{second}",))

    for attempt in (lambda: send(contact), contact.knock):
        with pytest.raises(NotDelivered) as caught:
            attempt()

        assert f"localhost:{first}: Connection refused" in str(caught.value)
        assert f"localhost:{second}: Connection refused" in str(caught.value)
        assert caught.value.unseen


def test_each_relay_is_asked_whether_it_answers(relay: Hire) -> None:
    first, second = free_port(), relay()

    said = email(first, fallback=(f"localhost:{second.port}",)).knock()

    assert said == (f"localhost:{second.port} answers; localhost:{first}: Connection refused")


@pytest.mark.parametrize(
    ("answer", "final", "only_this"),
    [
        ("550 no such user", True, True),
        ("450 greylisted", False, True),
        ("421 going down", False, False),
        ("530 log in first", False, False),
    ],
)
def test_an_answer_says_whether_it_is_about_this_mail(
    moody: Moody, answer: str, final: bool, only_this: bool
) -> None:
    moody.to_rcpt = answer

    with pytest.raises(NotDelivered, match=answer) as caught:
        send(email(moody.port))

    assert (caught.value.final, caught.value.only_this) == (final, only_this)
    assert caught.value.unseen


@pytest.mark.case(145)
def test_sendmail_is_given_the_mail_and_its_exit_code_counts(tmp_path: Path) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/words\ncat >{tmp_path}/mail\n')
    program.chmod(0o755)
    contact = Email(to=("Ops <ops@example.org>",), from_="o@example.org", sendmail=str(program))

    said = send(contact)

    assert said == f"ops@example.org by {program}"
    assert (tmp_path / "words").read_text() == "-i -f o@example.org -- ops@example.org\n"
    assert "Subject: [db1] overseer" in (tmp_path / "mail").read_text()
    program.write_text("#!/bin/sh\necho the queue is full\nexit 75\n")
    with pytest.raises(NotDelivered, match="exit code 75: the queue is full") as caught:
        send(contact)
    assert not caught.value.final


@dataclass
class Daemon:
    """The store and the alerts, as the daemon wires them."""

    folder: Path
    book: Book

    def __post_init__(self) -> None:
        self.clock = Wall()
        self.alerts = Alerts(
            self.folder / "state.db",
            self.clock,
            "db1",
            lambda *_: (),
            read_piece,
            self.book,
            limits=QUICK,
        )
        self.store = StateStore(self.folder, self.clock, self.alerts.desk)
        self.store.open()
        self.alerts.start()

    def tells(self, name: str, news: News, *contacts: str) -> None:
        watch = Watch(
            name=name, program=Program(command=("x",)), notify=Notify(contacts or ("ops",))
        )
        status = Status(name=name, boot="b", goal=Goal.UP, hold=Hold.FLAPPING, hold_due=300.0)
        self.store.record({name: status}, [(watch, status, news)], durable=False)

    def stop(self) -> None:
        self.alerts.stop()
        self.store.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[[Book], Daemon]]:
    made: list[Daemon] = []

    def begin(book: Book) -> Daemon:
        made.append(Daemon(tmp_path, book))
        return made[-1]

    yield begin
    for one in made:
        one.stop()


FLAPPING = News(kind=Kind.FLAPPING, message="flapping: 5 launches within 5m")
GAVE_UP = News(kind=Kind.GAVE_UP, message="gave up after 5 times")
RESTARTED_BY_A_CHECK = News(kind=Kind.RESTARTED, message="restarted: memory 104MB, above 100MB")
STEADY = News(kind=Kind.STEADY, message="up and steady")


def until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.02)


@pytest.mark.case(139)
@pytest.mark.case(149)
def test_each_change_is_one_mail_and_those_of_an_incident_form_a_thread(
    relay: Hire, daemon: Callable[[Book], Daemon]
) -> None:
    server = relay()
    its = daemon(Book({"ops": email(server.port)}))
    mails = []
    for news in (FLAPPING, GAVE_UP, STEADY):
        its.tells("web", news)
        its.tells("web", news)
        its.tells("web", replace(news, kind=Kind.MOVED))
        mails.append(server.next())
        its.clock.ahead += 60.0

    until(lambda: not its.alerts.undelivered())

    assert server.mails.empty()
    assert [mail["X-Overseer-Event"] for mail in mails] == ["flapping", "gave_up", "recovered"]
    assert len({mail["References"] for mail in mails}) == 1
    assert len({mail["Message-ID"] for mail in mails}) == 3
    assert mails[0]["Auto-Submitted"] == "auto-generated"


@pytest.mark.design("6")
def test_an_outage_of_the_relay_loses_nothing(
    relay: Hire, daemon: Callable[[Book], Daemon]
) -> None:
    port = free_port()
    its = daemon(Book({"ops": email(port)}))
    its.tells("web", FLAPPING)
    until(lambda: its.alerts.undelivered())
    its.tells("web", GAVE_UP)
    its.tells("db", GAVE_UP)
    until(lambda: its.alerts.undelivered().waiting == 3)
    assert "Connection refused" in str(its.alerts.undelivered())

    server = relay(port=port)

    mails = [server.next() for _ in range(2)]
    assert [mail["X-Overseer-Watch"] for mail in mails] == ["web", "db"]
    text = mails[0].get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "flapping, held" in text
    assert "gave up" in text
    until(lambda: not its.alerts.undelivered())
    assert server.mails.empty()


def test_what_one_daemon_has_left_the_next_one_delivers(
    relay: Hire, daemon: Callable[[Book], Daemon]
) -> None:
    port = free_port()
    book = Book({"ops": email(port)})
    first = daemon(book)
    first.tells("web", FLAPPING)
    until(lambda: first.alerts.undelivered())
    first.stop()
    server = relay(port=port)

    daemon(book)

    assert server.next()["X-Overseer-Watch"] == "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck(Contact):
    """Takes whatever time somebody needs to let it go."""

    let_go: threading.Event

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        self.let_go.wait(DEADLINE)
        return "at last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Contact):
    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        raise RuntimeError("out of paper")


@pytest.mark.case(147)
def test_a_contact_that_hangs_or_breaks_delays_neither_the_engine_nor_another(
    relay: Hire, daemon: Callable[[Book], Daemon]
) -> None:
    server = relay()
    let_go = threading.Event()
    contacts = {"stuck": Stuck(let_go=let_go), "broken": Broken(), "ops": email(server.port)}
    its = daemon(Book(contacts))

    began = time.monotonic()
    for name in ("web", "db", "cache", "queue", "cron"):
        its.tells(name, GAVE_UP, "stuck", "broken", "ops")
    took = time.monotonic() - began
    mails = [server.next() for _ in range(5)]

    assert took < 1.0
    assert {mail["X-Overseer-Watch"] for mail in mails} == {"web", "db", "cache", "queue", "cron"}
    until(lambda: "out of paper" in str(its.alerts.undelivered()))
    let_go.set()


TELLER = """
import sys, time
sys.path.insert(0, {here!r})
import test_alerts
from pathlib import Path
from overseer.contacts.book import Book

daemon = test_alerts.Daemon(Path(sys.argv[1]), Book({{"ops": test_alerts.email(int(sys.argv[2]))}}))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    daemon.tells(f"web-{{number}}", test_alerts.GAVE_UP)
    print(number, flush=True)
print("done", flush=True)
time.sleep(60)
"""


def test_kill_9_while_mails_are_on_their_way_loses_none(
    relay: Hire, daemon: Callable[[Book], Daemon], tmp_path: Path
) -> None:
    server = relay()
    script = TELLER.format(here=str(HERE))
    for first in range(0, 60, 20):
        words = [str(tmp_path), str(server.port), str(first), str(first + 20)]
        child = subprocess.Popen(
            [sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        until(lambda out=child.stdout: out.readline().strip() == "done")
        server.next()
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    its = daemon(Book({"ops": email(server.port)}))
    until(lambda: not rows_left(its))
    ids: dict[str, set[str]] = {}
    while not server.mails.empty():
        mail = server.next()
        ids.setdefault(mail["X-Overseer-Watch"], set()).add(mail["Message-ID"])

    assert len(ids) >= 57  # the three that were taken while waiting for the kill
    assert all(len(found) == 1 for found in ids.values())


def rows_left(its: Daemon) -> int:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(its.store.path)) as db:
        counts = "SELECT (SELECT count(*) FROM alert_job) + (SELECT count(*) FROM alert_letter)"
        return int(db.execute(counts).fetchone()[0])
