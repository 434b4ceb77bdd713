"""One connection to a server: used again, given up, made anew."""

import re
import smtplib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from overseer.errors import UsageError
from overseer.mail.server import Server
from overseer.mail.smtp import MOST, PIECE, Courier, LineOverTls, dotted
from overseer.mail.smtp import Line as SmtpLine
from overseer.outbox.parcel import Fate, Job

GONE = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
Answer = tuple[int, bytes] | Exception


class Line(smtplib.SMTP):
    """A server that says what the test wrote down, and else that all is well."""

    def __init__(self, **says: list[Answer]) -> None:
        super().__init__()
        self._says = {verb: deque(answers) for verb, answers in says.items()}
        self.heard: list[str] = []

    def _answer(self, verb: str) -> tuple[int, bytes]:
        self.heard.append(verb)
        says = self._says.get(verb)
        answer = says.popleft() if says else (250, b"ok")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def mail(self, sender: str, options: object = ()) -> tuple[int, bytes]:
        return self._answer("mail")

    def rcpt(self, recip: str, options: object = ()) -> tuple[int, bytes]:
        return self._answer("rcpt")

    def data(self, msg: object) -> tuple[int, bytes]:
        return self._answer("data")

    def rset(self) -> tuple[int, bytes]:
        return self._answer("rset")

    def quit(self) -> tuple[int, bytes]:
        return self._answer("quit")


@dataclass
class World:
    """Lines in the order in which they will be made, and a clock."""

    lines: deque[Line | Exception] = field(default_factory=deque)
    made: int = 0
    now: float = 1000.0

    def connect(self, server: Server) -> smtplib.SMTP:
        self.made += 1
        line = self.lines.popleft()
        if isinstance(line, Exception):
            raise line
        return line


MakeCourier = Callable[..., Courier]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def courier(world: World) -> MakeCourier:
    def make(*lines: Line | Exception) -> Courier:
        world.lines.extend(lines)
        return Courier(Server(host="mx"), world.connect, lambda: world.now)

    return make


def mail(body: bytes = b"Subject: s\r\n\r\n") -> Job:
    return Job(
        id=1,
        token=1,
        kind="mail",
        payload="{}",
        queue="mail",
        priority=0,
        run_at=0.0,
        message_id="<1@x>",
        sender="app@x.org",
        rcpt="ann@x.org",
        body=body,
        attempts=0,
        crashes=0,
        max_attempts=None,
        expires_at=None,
        created_at=0.0,
        tried_at=None,
        leased_at=0.0,
    )


def test_one_connection_takes_one_mail_after_the_other(courier: MakeCourier, world: World) -> None:
    sender = courier(Line())

    fates = [sender.deliver(mail()).fate for _ in range(5)]

    assert fates == [Fate.SENT] * 5
    assert world.made == 1


def test_a_refusal_leaves_the_connection_to_the_next_mail(
    courier: MakeCourier, world: World
) -> None:
    line = Line(rcpt=[(550, b"no such user")])
    sender = courier(line)

    fates = [sender.deliver(mail()).fate for _ in range(2)]

    assert fates == [Fate.DEAD, Fate.SENT]
    assert line.heard == ["mail", "rcpt", "rset", "mail", "rcpt", "data"]


@pytest.mark.parametrize("farewell", [GONE, (421, b"too many messages")])
@pytest.mark.parametrize("verb", ["mail", "rcpt"])
def test_a_used_connection_that_has_ended_is_made_anew_once(
    courier: MakeCourier, world: World, verb: str, farewell: Answer
) -> None:
    sender = courier(Line(**{verb: [(250, b"ok"), farewell]}), Line())

    fates = [sender.deliver(mail()).fate for _ in range(2)]

    assert fates == [Fate.SENT, Fate.SENT]
    assert world.made == 2


def test_a_server_that_breaks_off_on_a_new_connection_may_do_so_because_of_the_mail(
    courier: MakeCourier, world: World
) -> None:
    sender = courier(Line(mail=[(421, b"overloaded")]))

    verdict = sender.deliver(mail())

    assert (verdict.fate, verdict.code) == (Fate.INTERRUPTED, 421)
    assert world.made == 1


def test_what_ends_after_data_is_not_tried_again_at_once(
    courier: MakeCourier, world: World
) -> None:
    sender = courier(Line(data=[(250, b"ok"), GONE]), Line())
    sender.deliver(mail())

    verdict = sender.deliver(mail())

    assert verdict.fate is Fate.INTERRUPTED
    assert sender.in_doubt
    assert world.made == 1


@pytest.mark.field("L6")
@pytest.mark.parametrize("verb", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("code", [421, 450, 452, 454])
def test_a_refusal_for_the_moment_on_a_used_connection_is_asked_again_on_a_new_one(
    courier: MakeCourier, world: World, verb: str, code: int
) -> None:
    refusal = (code, b"too many messages in this session")
    sender = courier(Line(**{verb: [(250, b"ok"), refusal]}), Line())

    fates = [sender.deliver(mail()).fate for _ in range(3)]

    assert fates == [Fate.SENT] * 3
    assert world.made == 2


@pytest.mark.field("L6")
def test_a_refusal_on_a_new_connection_counts_and_costs_no_other(
    courier: MakeCourier, world: World
) -> None:
    line = Line(rcpt=[(451, b"later")] * 3)
    sender = courier(line)

    fates = [sender.deliver(mail()).fate for _ in range(4)]

    assert fates == [Fate.RETRY] * 3 + [Fate.SENT]
    assert world.made == 1


def test_a_connection_is_closed_after_an_answer_nobody_can_read(
    courier: MakeCourier, world: World
) -> None:
    sender = courier(Line(rcpt=[(-1, b"?!")]), Line())

    fates = [sender.deliver(mail()).fate for _ in range(2)]

    assert fates == [Fate.INTERRUPTED, Fate.SENT]
    assert world.made == 2


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("refused"),
        smtplib.SMTPConnectError(554, b"no"),
        UnicodeEncodeError("ascii", "ü", 0, 1, "not in range"),
        UsageError("--password-file /p: gone"),
    ],
    ids=repr,
)
def test_nothing_before_the_first_word_is_the_mails_fault(
    courier: MakeCourier, error: Exception
) -> None:
    assert courier(error).deliver(mail()).fate is Fate.DOWN


def test_an_old_connection_and_a_much_used_one_are_not_used_again(
    courier: MakeCourier, world: World
) -> None:
    sender = courier(Line(), Line(), Line())
    sender.deliver(mail())
    world.now += 31
    for _ in range(MOST + 1):
        sender.deliver(mail())

    assert world.made == 3


def test_at_rest_the_connection_is_closed(courier: MakeCourier, world: World) -> None:
    line = Line()
    sender = courier(line, Line())
    sender.deliver(mail())

    sender.rest()
    sender.deliver(mail())

    assert line.heard[-1] == "quit"
    assert world.made == 2


class Slow:
    """A socket that keeps what each call sends."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.calls.append(data)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b".",
        b"..\r\n.\r\n",
        b"a\r\n.b\r\n..\r\nc",
        b"x" * (PIECE - 2) + b"\r\n.\r\n.y\r\n",
        b"x" * (PIECE - 1) + b"\n.y\r\n",
        b"x" * PIECE + b".y\r\n",
        b"\n." * PIECE,
    ],
    ids=len,
)
def test_dots_are_doubled_as_the_library_does_it(body: bytes) -> None:
    quoted = re.sub(rb"(?m)^\.", b"..", body)
    end = b"" if body.endswith(b"\r\n") or not body else b"\r\n"

    assert b"".join(dotted(body)) == quoted + end + b".\r\n"


@pytest.mark.parametrize("kind", [SmtpLine, LineOverTls])
def test_a_large_mail_is_sent_in_pieces_each_with_the_patience_of_one(
    kind: type[SmtpLine],
) -> None:
    line = kind.__new__(kind)
    line.sock = slow = Slow()  # type: ignore[assignment]
    line.debuglevel, line.local_hostname = 0, ""
    mail = bytes(range(256)) * 1000

    line.send(mail)

    assert b"".join(slow.calls) == mail
    assert max(map(len, slow.calls)) == PIECE
