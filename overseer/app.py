"""`overseer run`: from what was asked for to a daemon that runs, and to its exit code."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from overseer import config, paths
from overseer.daemon.handover import OwnProcess, Received
from overseer.daemon.replacement import EarlySignals
from overseer.daemon.supervisor import Supervisor
from overseer.errors import FAILED, OverseerError, Refused, of_the_machine
from overseer.options import RunOptions
from overseer.system import daemon
from overseer.system.inherited import begin_afresh
from overseer.system.lock import Lock, is_alive
from overseer.system.loop import Clock
from overseer.system.own_command import own_command
from overseer.trust import Trust, refuse

CLOCK = Clock()


def run(options: RunOptions, clock: Clock = CLOCK) -> int:
    """`overseer run`: until it is told to end; the exit code. Also where another program of the
    same daemon was before: it goes on with what that has left."""
    received = Received.from_before()
    own = own_command()
    early = EarlySignals(listen=received is not None)
    begin_afresh(received.descriptors if received else ())
    where = _places(options)
    if options.attach is not None and not received and not is_alive(str(options.attach)):
        raise Refused(f"--attach: there is no process {options.attach}")
    strict = sys.stdin.isatty() if options.strict is None else options.strict
    if received:
        files, strict = received.files, False
    else:
        files = config.find(options.files, where.config, os.getcwd(), missing_too=not strict)
    log_file = Path(options.log_file).absolute() if options.log_file else None
    if options.daemonize:
        log_file = log_file or Path(where.log_dir) / "overseer.log"
    lock = Lock(Path(where.state_dir), received.lock if received else None)
    check_folders(where, options, lock)
    handshake = _go_to_background(log_file, received) if options.daemonize else daemon.Handshake()
    if isinstance(handshake, daemon.Answer):
        return _say_started(handshake, where, log_file)
    own_log = daemon.start_logging(log_file, options.log_level)
    supervisor = Supervisor(
        where, options, own_log, clock, OwnProcess(own, lock, received, early.pass_on)
    )
    with _held(lock, options, own.dir, handshake):
        return supervisor.run(files, strict, handshake)


def _places(options: RunOptions) -> paths.Paths:
    where = paths.find(options.state_dir, options.socket, options.instance)
    if options.observe:  # what it sees is not to be taken for what another daemon has done
        where = where._replace(state_dir=f"{where.state_dir}/observe")
    return where


def _go_to_background(
    log_file: Path | None, received: Received | None
) -> daemon.Handshake | daemon.Answer:
    """The program before is there already."""
    if received or log_file is None:
        os.chdir("/")
        return daemon.Handshake()
    return daemon.daemonize(log_file)


@contextlib.contextmanager
def _held(
    lock: Lock, options: RunOptions, folder: str, handshake: daemon.Handshake
) -> Iterator[None]:
    """The state folder and the pid file are this daemon's; what goes wrong is said to whoever
    began it."""
    pid_file = Path(folder, options.pid_file) if options.pid_file else None
    try:
        lock.take()
        with daemon.pid_file(pid_file):
            yield
    except OverseerError as error:
        handshake.failed(str(error), error.exit_code)
        raise
    except OSError as error:
        if not (message := of_the_machine(error)):
            raise
        handshake.failed(message, FAILED)
        raise Refused(message) from error
    finally:
        lock.leave()


def check_folders(where: paths.Paths, options: RunOptions, lock: Lock) -> None:
    """Refused where others may change what overseer believes, or where it writes as root."""
    lock.make_folder()
    trust = Trust(allowed=options.allowed)
    refuse(trust, where.state_dir, "the state folder")
    for option, path in (("--pid-file", options.pid_file), ("--log-file", options.log_file)):
        if path and not trust.uid:
            refuse(trust, os.path.dirname(os.path.abspath(path)), option, content=False)


def _say_started(answer: daemon.Answer, where: paths.Paths, log_file: Path | None) -> int:
    """In the foreground half of --daemonize."""
    if not answer.runs:
        print(f"overseer: {answer.words}", file=sys.stderr)
        return answer.code
    for notice in answer.words.splitlines():
        print(f"overseer: {notice}", file=sys.stderr)
    print(f"overseer runs; socket {where.socket}, log {log_file}")
    return answer.code
