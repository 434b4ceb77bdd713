"""Hands finished mails to the host's sendmail, which has a queue and settings of its own."""

import subprocess

from overseer.mail.answers import words
from overseer.outbox.parcel import Job, Verdict, dead, down, interrupted, retry, sent

PATIENCE = 60.0
HOPELESS = (64, 65, 67, 68)
"""EX_USAGE, EX_DATAERR, EX_NOUSER, EX_NOHOST of sysexits(3): about this mail, for good."""
LATER = 75
"""EX_TEMPFAIL"""


class Courier:
    """One process a mail; nothing is kept open."""

    def __init__(self, program: str) -> None:
        self._program = program

    def deliver(self, job: Job) -> Verdict:
        argv = [self._program, "-i", "-f", job.sender, "--", job.rcpt]
        try:
            done = subprocess.run(
                argv,
                input=job.body.replace(b"\r\n", b"\n"),  # lines as on this host
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return retry(f"{self._program}: no end after {PATIENCE:.0f} s")
        except OSError as error:
            return down(f"{self._program}: {error.strerror}")
        said = f"{self._program}: {words(done.stdout) or f'exit code {done.returncode}'}"
        return verdict(done.returncode, said)

    def rest(self) -> None: ...

    def close(self) -> None: ...


def verdict(code: int, said: str) -> Verdict:
    if code == 0:
        return sent(said)
    if code in HOPELESS:
        return dead(said, code)
    return retry(said, code) if code == LATER else interrupted(said, code)
