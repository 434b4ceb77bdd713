"""kill -9 of the worker, ten times over 600 mails: what is lost, what comes twice.

    python benchmarks/mail_storm.py [--mails 600] [--kills 10]

Needs the development extras (aiosmtpd).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

from overseer.mail.message import Mail
from overseer.mail.queueing import put
from overseer.outbox import Outbox

SINK = Path(__file__).parents[1] / "examples" / "smtp_sink.py"
PATIENCE = 120.0


def arrived(inbox: Path) -> Counter[str]:
    """How often each Message-ID came."""
    mails = (message_from_bytes(path.read_bytes()) for path in inbox.glob("*.eml"))
    return Counter(str(mail["Message-ID"]) for mail in mails)


def work(url: str, port: int, name: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "overseer.mail", "worker", "run", "--url", url]
    argv += ["--smtp", f"smtp://127.0.0.1:{port}", "--name", name]
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, start_new_session=True)


def storm(folder: Path, mails: int, kills: int) -> tuple[int, int]:
    inbox = folder / "inbox"
    argv = [sys.executable, str(SINK), "--port", "0", str(inbox)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as sink:
        assert sink.stdout
        port = int(sink.stdout.readline().decode().rpartition(":")[2])
        url = f"sqlite:///{folder}/mail.db"
        outbox = Outbox(url)
        ids = {
            put(outbox, Mail(to=[f"u{n}@example.com"], subject="s", text="t")).message_id
            for n in range(mails)
        }
        for kill in range(kills):
            worker = work(url, port, "storm")
            goal = (kill + 1) * mails // (kills + 1)
            while len(list(inbox.glob("*.eml"))) < goal and worker.poll() is None:
                time.sleep(0.002)
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        worker = work(url, port, "storm")
        deadline = time.monotonic() + PATIENCE
        while outbox.counts().sent < mails and time.monotonic() < deadline:
            time.sleep(0.1)
        worker.terminate()
        worker.wait()
        sink.kill()
        seen = arrived(inbox)
        return len(ids - set(seen)), sum(seen.values()) - len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=600)
    parser.add_argument("--kills", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overseer-storm-") as folder:
        lost, twice = storm(Path(folder), args.mails, args.kills)
    print(f"{args.mails} mails, {args.kills} kills: {lost} lost, {twice} came twice")
    print(f"that is {twice / args.kills:.1f} a kill; at most 3 a kill are promised")


if __name__ == "__main__":
    main()
