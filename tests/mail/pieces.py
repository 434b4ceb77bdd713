"""What the tests of the mail half are made of."""

from collections.abc import Callable
from pathlib import Path

from overseer.outbox.parcel import Job

Call = Callable[..., tuple[int, str, str]]
"""`overseer mail WORDS`: exit code, output, errors."""


def job(
    body: bytes = b"Subject: s\r\n\r\nhi\r\n", kind: str = "mail", rcpt: str = "a@x.org"
) -> Job:
    return Job(
        id=1,
        token=1,
        kind=kind,
        payload="{}",
        queue="mail",
        priority=0,
        run_at=0.0,
        message_id="<1@x>",
        sender="app@x.org",
        rcpt=rcpt,
        body=body,
        attempts=0,
        crashes=0,
        max_attempts=None,
        expires_at=None,
        created_at=0.0,
        tried_at=None,
        leased_at=0.0,
    )


def program(folder: Path, script: str) -> str:
    """A program in sh that calls itself sendmail."""
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
