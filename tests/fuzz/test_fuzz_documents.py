"""Mutated documents, for everything that reads: refused in words or taken, soon and with little
memory; never a traceback."""

import json
import random
from functools import cache
from pathlib import Path

import pytest
import readers
from mutation import NASTY, ROOT, Make, json_text, mutated, watch_file
from trial import Fault, Read, try_all

BATCH = 200


def some_of(*texts: str) -> Make:
    return lambda chance: mutated(chance.choice(texts), chance)


@cache
def recordings() -> tuple[str, ...]:
    return tuple(path.read_text() for path in sorted(Path(__file__).parent.glob("recorded/*.json")))


def god(chance: random.Random) -> str:
    return json_text(chance.choice(recordings()), chance)


def request(chance: random.Random) -> str:
    whole = {"v": 1, "do": "stop", "names": ["web"], "wait": True, "timeout": 3}
    return json_text(json.dumps(whole), chance)


def template(*folders: str) -> Make:
    texts = [path.read_text() for one in folders for path in sorted(ROOT.glob(f"{one}/*.j2"))]
    return some_of(*texts)


def cron(chance: random.Random) -> str:
    field = ("*", "*/5", "1", "0-59", "1,2", "mon", "31", "L", "7", "60", "*/0", "99999999999999")
    words = [chance.choice(field) for _ in range(chance.choice((5, 5, 5, 4, 6)))]
    text = " ".join(words)
    return mutated(text, chance) if chance.random() < 0.3 else text


def words(chance: random.Random) -> str:
    known = (
        *(
            "-t",
            "-i",
            "-oi",
            "-f",
            "-fa@b.c",
            "-F",
            "-r",
            "--",
            "-bs",
            "-bd",
            "-C/etc/passwd",
            "-X",
        ),
        *("-O", "-oQ/tmp", "-q", "--url", "--help", "--max-size", "--domain", "-N", "never", "-R"),
        *("ann@x.org", "a b <c@d>", "", "@", "-", "\\x00", "é@ü.de", "x" * 300, "-V", "-v", "-G"),
    )
    return " ".join(chance.choice((*known, *NASTY)) for _ in range(chance.randrange(6)))


MAIL = """From: Ann <ann@x.org>
To: bob@x.org, "C, D" <cd@x.org>
Cc: undisclosed-recipients:;
Subject: =?utf-8?q?caf=C3=A9?=
 and more
Date: Mon, 1 Jan 2026 00:00:00 +0000
Message-ID: <1@x.org>
Content-Type: multipart/mixed; boundary="b"
List-Unsubscribe: <https://x.org/u?a=1>, <mailto:u@x.org>

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

caf=C3=A9
.
--b--
"""
HEADERS = (
    *("Ann <ann@x.org>, Bob <bob@x.org>", "café ist zu", "=?utf-8?q?a=0D=0ABcc:_b?=", "a" * 2000),
    *("<https://x.org/" + "u" * 900 + ">", "group: a@b, c@d;", '"a\\\\b" <a@b>', "a\r\nBcc: b"),
)
ENV = "A=1\nB='two words'\nexport C=\"a\\nb\"\n# no\nD=$A\n"
CASES: dict[str, tuple[Make, Read, int]] = {
    "watch files": (watch_file, readers.watch_file, 30_000),
    "watch files that are templates": (watch_file, readers.rendered_file, 3_000),
    "god's recordings": (god, readers.god_recording, 5_000),
    "requests": (request, readers.request, 2_000),
    "lines of cron": (cron, readers.cron, 2_000),
    "env files": (some_of(ENV), readers.env_file, 1_000),
    "templates of mails": (template("examples/**"), readers.mail_template, 1_000),
    "templates of alerts": (template("overseer/alerts/templates"), readers.alert_template, 1_000),
    "mails": (some_of(MAIL, "To: a@b\n\nx\n"), readers.message, 2_000),
    "arguments of sendmail": (words, readers.arguments, 1_000),
    "headers": (some_of(*HEADERS), readers.header, 1_000),
    "addresses": (some_of(*HEADERS, "To: ((((", "a@b"), readers.addresses, 1_000),
}
"""What makes them, what reads them, and how many in the long form: 50,000 together."""


@pytest.mark.parametrize("kind", CASES)
def test_a_document_is_read_or_refused_in_words(kind: str, seed: int, share: float) -> None:
    make, read, many = CASES[kind]
    count = round(many * share) if share else max(many // 400, 10)
    faults: list[Fault] = []
    for first in range(0, count, BATCH):
        faults += try_all(seed, range(first, min(first + BATCH, count)), make, read)
    print(f"{count} {kind}: {len(faults)} faults")
    assert not faults, "\n".join(map(str, faults[:5]))
