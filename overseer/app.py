"""`overseer run`: from what was asked for to a daemon that runs, and to its exit code."""

import os
import sys
from pathlib import Path

from overseer import config, paths
from overseer.daemon.supervisor import Supervisor
from overseer.errors import FAILED, OverseerError, Refused, of_the_machine
from overseer.options import RunOptions
from overseer.system import daemon
from overseer.system.inherited import begin_afresh
from overseer.system.loop import Clock
from overseer.trust import Trust, refuse

CLOCK = Clock()


def run(options: RunOptions, clock: Clock = CLOCK) -> int:
    """`overseer run`: until it is told to end; the exit code."""
    begin_afresh()
    where = paths.find(options.state_dir, options.socket, options.instance)
    if options.observe:  # what it sees is not to be taken for what another daemon has done
        where = where._replace(state_dir=f"{where.state_dir}/observe")
    if options.attach is not None and not daemon.is_alive(str(options.attach)):
        raise Refused(f"--attach: there is no process {options.attach}")
    strict = sys.stdin.isatty() if options.strict is None else options.strict
    files = config.find(options.files, where.config, os.getcwd(), missing_too=not strict)
    log_file = Path(options.log_file).absolute() if options.log_file else None
    lock = daemon.Lock(Path(where.state_dir))
    check_folders(where, options, lock)
    handshake = daemon.Handshake()
    if options.daemonize:
        log_file = log_file or Path(where.log_dir) / "overseer.log"
        told = daemon.daemonize(log_file)
        if isinstance(told, daemon.Answer):
            return _say_started(told, where, log_file)
        handshake = told
    own_log = daemon.start_logging(log_file, options.log_level)
    pid_file = Path(options.pid_file).absolute() if options.pid_file else None
    try:
        lock.take()
        with daemon.pid_file(pid_file):
            supervisor = Supervisor(where, options, own_log, clock)
            return supervisor.run(files, strict, handshake)
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


def check_folders(where: paths.Paths, options: RunOptions, lock: daemon.Lock) -> None:
    """Refused where others may change what overseer believes, or where it writes as root."""
    lock.make_folder()
    trust = Trust(allowed=options.allowed)
    refuse(trust, where.state_dir, "the state folder")
    for option, path in (("--pid-file", options.pid_file), ("--log-file", options.log_file)):
        if path and not trust.uid:
            refuse(trust, os.path.dirname(os.path.abspath(path)), option, content=False)


def _say_started(answer: daemon.Answer, where: paths.Paths, log_file: Path) -> int:
    """In the foreground half of --daemonize."""
    if not answer.runs:
        print(f"overseer: {answer.words}", file=sys.stderr)
        return answer.code
    for notice in answer.words.splitlines():
        print(f"overseer: {notice}", file=sys.stderr)
    print(f"overseer runs; socket {where.socket}, log {log_file}")
    return answer.code
