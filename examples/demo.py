"""The main job, on real processes: a mail worker that is killed, comes back, flaps, and is held.

Every line it shows is a command's own. `make demo` runs it.
"""

import os
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
OVERSEER = [sys.executable, "-m", "overseer"]
WATCH = "delayed_job_worker"
PATIENCE = 30.0
BOLD, DIM, PLAIN = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")


def say(text: str) -> None:
    print(f"\n{BOLD}# {text}{PLAIN}", flush=True)


def show(*words: str, check: bool = False) -> str:
    """Run a command as one would type it; print it and what it prints."""
    print(f"{DIM}$ {shlex.join(words)}{PLAIN}", flush=True)
    argv = [*OVERSEER, *words[1:]] if words[0] == "overseer" else list(words)
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(done.stdout, end="", flush=True)
    if check and done.returncode:
        sys.exit(f"the demonstration stops here: exit code {done.returncode}")
    return done.stdout


def ask() -> dict[str, object]:
    """The watch as `overseer status --json` has it."""
    import json

    done = subprocess.run([*OVERSEER, "status", "--json"], capture_output=True, text=True)
    found: dict[str, object] = (json.loads(done.stdout).get("watches") or [{}])[0]
    return found


def until(what: str, so: Callable[[], bool]) -> None:
    """Wait for something real; there is no point in going on without it."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > deadline:
            sys.exit(f"the demonstration stops here: {what} did not come in {PATIENCE:.0f} s")
        time.sleep(0.1)


def is_up() -> bool:
    return ask().get("phase") == "up"


@contextmanager
def running(*argv: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program in the background, ended with the demonstration."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def mails(inbox: Path, word: str = "") -> list[Path]:
    return [
        path for path in sorted(inbox.glob("*.eml")) if word in path.read_text(errors="replace")
    ]


def begin_sink(stack: ExitStack, folder: Path) -> tuple[Path, str]:
    """A mail server on loopback that keeps what it gets: where, and its URL."""
    inbox, log = folder / "inbox", folder / "sink.log"
    inbox.mkdir()
    sink = str(HERE / "smtp_sink.py")
    stack.enter_context(running(sys.executable, sink, "--port", "0", str(inbox), log=log))
    until("the mail server", lambda: "listening on" in log.read_text())
    address = log.read_text().split("listening on ")[1].split()[0]
    print(f"mail server on {address}, mails in {inbox}")
    return inbox, f"smtp://{address}"


def begin_overseer(stack: ExitStack, folder: Path, smtp: str) -> Path:
    """With the article's numbers; another folder and mail server are given from outside."""
    log = folder / "overseer.log"
    given = ["--var", f"root={folder}", "--var", f"smtp={smtp}"]
    argv = [*OVERSEER, "run", "--no-strict", *given, str(HERE / "delayed_job.yml")]
    print(f"{DIM}$ overseer run {shlex.join(given)} examples/delayed_job.yml &{PLAIN}", flush=True)
    stack.enter_context(running(*argv, log=log))
    until("overseer", is_up)
    return log


def send_mails(folder: Path, inbox: Path) -> None:
    url = f"sqlite:///{folder}/tmp/mail.db"
    for name in ("ann", "bob", "eve"):
        template = str(HERE / "mail_templates" / "welcome")
        to = f"{name}@example.com"
        show(
            "overseer",
            "mail",
            "send",
            "--url",
            url,
            "--to",
            to,
            "--template",
            template,
            f"name={name}",
            check=True,
        )
    until("the mails", lambda: len(mails(inbox, "@example.com")) >= 3)
    show("ls", str(inbox))


def kill_once() -> None:
    before = ask()["pid"]
    show("kill", "-9", str(before))
    until("a new worker", lambda: is_up() and ask()["pid"] != before)
    show("overseer", "status")


def is_new(pid: object) -> bool:
    """It is held, or another process runs: killed in its grace, that is a start that failed."""
    found = ask()
    return found["phase"] == "held" or found["pid"] not in (None, pid)


def kill_until_held(inbox: Path) -> None:
    while ask()["phase"] != "held":
        if pid := ask()["pid"]:
            subprocess.run(["kill", "-9", str(pid)], stderr=subprocess.DEVNULL)
            print(f"{DIM}$ kill -9 {pid}{PLAIN}", flush=True)
        until("what follows", lambda: is_new(pid))
    show("overseer", "status")
    until("the flapping mail", lambda: bool(mails(inbox, "flapping")))
    show("cat", str(mails(inbox, "flapping")[-1]))


def tour(stack: ExitStack, folder: Path) -> None:
    say("A mail server that keeps what it gets, and overseer with the article's watch")
    inbox, smtp = begin_sink(stack, folder)
    begin_overseer(stack, folder, smtp)
    show("overseer", "status")
    say("An application puts three mails into the durable queue; the worker sends them")
    send_mails(folder, inbox)
    say("The worker is killed. overseer starts it again at once")
    kill_once()
    say("It is killed again and again, until overseer holds it back and says so, once")
    kill_until_held(inbox)
    say("Somebody has mended it: start what is held")
    show("overseer", "start", "--held")
    show("overseer", "status", WATCH)


def stay(folder: Path) -> None:
    """For people: until Ctrl-C, with something to try."""
    say("overseer goes on until Ctrl-C. In another terminal, in this folder:")
    print(f"  export OVERSEER_STATE_DIR={folder}/state")
    print("  .venv/bin/overseer status --watch")
    print(f"  .venv/bin/overseer stop {WATCH}; .venv/bin/overseer start {WATCH}")
    print(f"  .venv/bin/overseer history {WATCH}", flush=True)
    while True:
        select.select([], [], [], 3600)


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overseer-demo-")))
        (folder / "tmp" / "pids").mkdir(parents=True)
        os.environ["OVERSEER_STATE_DIR"] = str(folder / "state")
        os.environ.pop("OVERSEER_SOCKET", None)
        try:
            tour(stack, folder)
            if sys.stdin.isatty() and sys.stdout.isatty():
                stay(folder)
        except KeyboardInterrupt:
            print()
        show("overseer", "terminate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
