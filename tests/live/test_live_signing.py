"""A worker that signs, and a mail server that checks what has come to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import Post, until

from overseer.mail.message import Mail
from overseer.mail.queueing import put

pytestmark = pytest.mark.live
dkim = pytest.importorskip("dkim")

CERTIFICATE = Path(__file__).parent / "certificate"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    post.serve()
    yield post
    post.control("stop", "--timeout", "5")
    post.close()
    post.outbox.close()


def test_what_arrives_bears_a_good_signature(post: Post) -> None:
    key = post.folder / "mail.key"
    key.write_bytes((CERTIFICATE / "key.pem").read_bytes())
    key.chmod(0o600)
    words = ["--dkim-domain", "x.org", "--dkim-selector", "mail", "--dkim-key", str(key)]
    done = post.control("start", *post.arguments, *words)
    assert done.returncode == 0, done.stderr
    for sender in ("Änn <app@x.org>", "app@y.org"):
        text = ".\n..\nFrom me  \n\n\n"
        mail = Mail(to=["ann@x.org"], subject="Grüße", text=text, html="<p>ü", sender=sender)
        put(post.outbox, mail)

    until("both", lambda: post.outbox.counts().sent == 2)
    arrived = {bool(dkim.verify(path.read_bytes(), dnsfunc=look_up)) for path in inbox(post)}
    signed = {path.read_bytes().startswith(b"DKIM-Signature: ") for path in inbox(post)}
    assert (arrived, signed) == ({True, False}, {True, False})


def inbox(post: Post) -> list[Path]:
    return sorted(post.inbox.glob("*.eml"))


def look_up(name: bytes, timeout: int = 5) -> bytes:
    assert name == b"mail._domainkey.x.org."
    return (CERTIFICATE / "dkim.txt").read_bytes().strip()
