"""kill -9 of the application while it puts."""

import random
import subprocess
import sys
from pathlib import Path

from storms.post import kill, post
from storms.verdict import Verdict

RCPTS = 3
END = b"the end"
PUTTING = """
import sys
from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox
outbox = Outbox(sys.argv[1])
while True:
    mail = Mail(
        to=["a@example.com", "b@example.com", "c@example.com"], subject="s",
        text=("y" * 60 + "\\n") * 300 + "the end",
    )
    print(put(outbox, mail).message_id, flush=True)
"""


def storm(folder: Path, mails: int, kills: int, url: str) -> Verdict:
    """*mails* are put in all, so many between two kills."""
    luck = random.Random(1)
    told: list[str] = []
    with post(folder, url) as here:
        here.serve()
        here.outbox.counts()
        for _ in range(kills):
            putting = subprocess.Popen(
                [sys.executable, "-c", PUTTING, here.url],
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            assert putting.stdout
            count = luck.randrange(1, 2 * mails // RCPTS // kills)
            told += [putting.stdout.readline().decode().strip() for _ in range(count)]
            kill(putting)
            # A line that the kill has cut has not been said.
            told += putting.stdout.read().decode().split("\n")[:-1]
            putting.stdout.close()
        here.work()
        here.run_dry()
        found = here.arrived()
    times = found.times()
    untold = [count for name, count in times.items() if name not in set(told)]
    in_part = sum(count % RCPTS > 0 for count in untold)
    cut = sum(not mail.rstrip().endswith(END) for mail in found.copies)
    twice = sum(max(0, times[name] - RCPTS) for name in told)
    return Verdict(
        what=f"{len(told)} mails to {RCPTS} each, {kills} kills",
        lost=sum(max(0, RCPTS - times[name]) for name in told),
        twice=twice + sum(max(0, count - RCPTS) for count in untold),
        others=in_part + cut,
        bar="none twice, none in part",
        within=not twice,
        more=(
            f"{len(untold)} more were on the disk before put() could return, for all recipients",
        ),
    )
