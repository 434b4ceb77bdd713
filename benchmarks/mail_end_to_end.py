"""Mails a second from the queue to an SMTP server, and what an idle worker costs; beside a floor.

    python benchmarks/mail_end_to_end.py [--mails 3000] [--threads 4] [--rounds 4] [--seconds 10]

The floor: one process, WAL, synchronous=FULL, one row of 1 KB inserted a commit. The server answers
each line at once and keeps nothing, so that it is the worker that is measured. huey and delayed_job
(one worker, a connection for each mail) are measured beside it where they are installed.
"""

import argparse
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mail_throughput import FLOOR, RCPT, SENDER, floor, measure, show
from peers import Peer, installed

from overseer.outbox import Outbox

BODY = b"Subject: hello\r\n\r\n" + b"x" * 980 + b"\r\n"
BAR, CPU_BAR, MEMORY_BAR = 0.45, 0.3, 25.0
TICKS = os.sysconf("SC_CLK_TCK")


class Server(socketserver.StreamRequestHandler):
    """Just enough of SMTP for a client that is polite."""

    def handle(self) -> None:
        self.wfile.write(b"220 bench\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


SERVE = "import mail_end_to_end as m; m.serve()"


def serve() -> None:
    with Threads(("127.0.0.1", 0), Server) as server:
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


@contextmanager
def server() -> Iterator[int]:
    """The port of one in a process of its own."""
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        cwd=here,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdin
        yield int(process.stdout.readline())
        process.stdin.close()


@contextmanager
def worker(url: str, port: int, threads: int) -> Iterator[int]:
    """Its pid."""
    argv = [sys.executable, "-m", "overseer.mail", "worker", "run", "--url", url]
    argv += ["--smtp", f"smtp://127.0.0.1:{port}", "--tls", "none", "--threads", str(threads)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process.pid
        process.send_signal(signal.SIGTERM)


def end_to_end(folder: Path, mails: int, threads: int) -> float:
    """Mails a second, from the first one sent to the last."""
    url = f"sqlite:///{folder / 'mail.db'}"
    with closing(Outbox(url)) as outbox:
        for _ in range(mails):
            outbox.put_mail(BODY, SENDER, RCPT)
        with server() as port, worker(url, port, threads):
            while (sent := outbox.counts().sent) == 0:
                time.sleep(0.005)
            began = time.perf_counter()
            first = sent
            while (sent := outbox.counts().sent) < mails:
                time.sleep(0.01)
            return (sent - first) / (time.perf_counter() - began)


def peers_end_to_end(peer: Peer, path: Path, mails: int, threads: int) -> float:
    with server() as port:
        return peer.work(path, port, threads, mails)


def idle(folder: Path, seconds: float) -> tuple[float, float]:
    """Percent of a core and MB of PSS of a worker that has sent some and waits."""
    url = f"sqlite:///{folder / 'idle.db'}"
    with closing(Outbox(url)) as outbox, server() as port, worker(url, port, 4) as pid:
        for _ in range(20):
            outbox.put_mail(BODY, SENDER, RCPT)
        while outbox.counts().sent < 20:
            time.sleep(0.05)
        time.sleep(2)
        before = cpu(pid)
        time.sleep(seconds)
        return 100 * (cpu(pid) - before) / seconds, pss(pid)


def cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0)
    args = parser.parse_args()
    mails, threads = args.mails, args.threads
    parts = {
        FLOOR: lambda path: floor(path, mails),
        f"queue to server, {threads} threads": lambda path: end_to_end(path.parent, mails, threads),
    }
    for peer in installed():
        parts[peer.name] = lambda path, p=peer: peers_end_to_end(p, path, mails, threads)
    with tempfile.TemporaryDirectory() as name:
        show(measure(args.rounds, Path(name), parts))
        print(f"{'':28} bar: {BAR}")
        used, memory = idle(Path(name), args.seconds)
        print(f"idle: {used:.2f} % of a core, PSS {memory:.1f} MB")
        print(f"bars: {CPU_BAR} %, {MEMORY_BAR:.0f} MB")


if __name__ == "__main__":
    main()
