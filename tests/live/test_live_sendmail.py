"""A program that calls sendmail, a queue, a worker, a mail server: nobody else hears of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from post_office import Post, until

pytestmark = pytest.mark.live
MAIL = b"To: ann@example.com\nBcc: hid@example.com\nSubject: Gr\xc3\xbc\xc3\x9fe\n\nhello\n.\nbye\n"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    post.serve()
    yield post
    post.control("stop", "--timeout", "5")
    post.close()
    post.outbox.close()


@pytest.fixture(params=["wrapper", "link", "in full"])
def argv(request: pytest.FixtureRequest, post: Post) -> list[str]:
    """Sendmail, as a host has it."""
    program = post.folder / "sendmail"
    match request.param:
        case "wrapper":
            program.write_text(
                f"#!/bin/sh\nexec {sys.executable} -m overseer mail sendmail"
                f' --url {post.url} "$@"\n'
            )
            program.chmod(0o755)
        case "link":
            target = post.folder / "overseer"
            target.write_text(
                f"#!{sys.executable}\nimport sys\nfrom overseer.__main__ import main\n"
                "sys.exit(main())\n"
            )
            target.chmod(0o755)
            program.symlink_to(target)
        case _:
            return [sys.executable, "-m", "overseer.mail", "sendmail"]
    return [str(program)]


def test_what_a_program_hands_over_arrives(post: Post, argv: list[str]) -> None:
    done = subprocess.run(
        [*argv, "-t", "-i", "-f", "app@example.com"],
        input=MAIL,
        env={**os.environ, "OVERSEER_MAIL_URL": post.url},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    post.start()
    until("both", lambda: len(post.mails()) == 2)
    for mail in post.mails():
        assert mail.get_payload().splitlines() == ["hello", ".", "bye"]
        assert "hid@" not in mail.as_string()
    until("the records", lambda: post.outbox.counts().sent == 2)
    assert {row.sender for row in post.outbox.rows("sent")} == {"app@example.com"}
