"""overseer mail worker run|start|stop|restart|reload|status|zap"""

import argparse

from overseer.help_text import HelpFormatter
from overseer.mail.dkim_cli import add_dkim, read_identity
from overseer.mail.relay_cli import add_relays, read_relays
from overseer.mail.size import read_max_size
from overseer.mail.url import add_url, warn_of_password

EXAMPLES = """examples:
  overseer mail worker run --url sqlite:////var/lib/app/mail.db --smtp smtp://localhost:25
  overseer mail worker start --pid-file /run/app/mail.pid -- --url sqlite:////var/lib/app/mail.db
  overseer mail worker restart --pid-file /run/app/mail.pid -n 3     mail.0, mail.1, mail.2
  overseer mail worker reload --pid-file /run/app/mail.pid
  overseer mail worker status --pid-file /run/app/mail.pid --json"""
RUN_EXAMPLES = """TERM finishes what is in flight, a second one leaves at once. HUP finishes it
too, and goes on in the same process with what is new: application, password files, @FILE.

examples:
  overseer mail worker run --url sqlite:////var/lib/app/mail.db --smtp smtp://localhost:25
  overseer mail worker run @/etc/app/worker.args     one argument a line, as --url=sqlite:////..."""
WORDS = {
    "start": "in the background; returns when it is ready",
    "stop": "finish what is in flight and end",
    "restart": "stop, then start, with the arguments of the last start",
    "reload": "finish what is in flight, go on with what is new: application, passwords, @FILE",
    "status": "exit code 0: it runs; 3: it does not",
    "zap": "remove the pid file of a worker that was killed",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.formatter_class = HelpFormatter
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    add_run(
        verbs.add_parser(
            "run",
            help="in the foreground, until TERM",
            fromfile_prefix_chars="@",
            epilog=RUN_EXAMPLES,
            formatter_class=HelpFormatter,
        )
    )
    for word, what in WORDS.items():
        add_control(verbs.add_parser(word, help=what, description=what), word)


def add_control(one: argparse.ArgumentParser, word: str) -> None:
    one.add_argument("--pid-file", required=True, metavar="FILE", help="or a folder, with --name")
    one.add_argument(
        "--name", metavar="WORKER", help="one of several: its pid file is FOLDER/NAME.pid"
    )
    one.add_argument(
        "-n",
        "--instances",
        type=int,
        metavar="N",
        help="number of workers: mail.0.pid, mail.1.pid ... (default: as at the last start)",
    )
    one.add_argument("--log", metavar="FILE", help="default: beside the pid file")
    if word in ("stop", "restart", "reload"):
        one.add_argument("--timeout", type=float, default=80.0, metavar="SECONDS")
    if word in ("stop", "restart", "zap"):
        one.add_argument("--force", action="store_true", help="though overseer supervises it")
    if word == "status":
        one.add_argument("--json", action="store_true", help="for programs")
    if word in ("start", "restart"):
        one.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- ARGUMENTS")
    one.set_defaults(do=control)


def add_run(run: argparse.ArgumentParser) -> None:
    add_url(run)
    add_relays(run)
    add_dkim(run)
    run.add_argument("--sendmail", metavar="PROGRAM", help="instead of --smtp")
    run.add_argument(
        "--name", default="mail", metavar="WORKER", help="one worker a name (default: mail)"
    )
    run.add_argument(
        "--queue", action="append", metavar="QUEUE", help="only this one; may be repeated"
    )
    run.add_argument("--threads", type=int, default=4, metavar="N")
    run.add_argument(
        "--rate", type=float, metavar="N", help="mails a minute, at most (default: no limit)"
    )
    run.add_argument(
        "--stop-timeout",
        type=float,
        default=70.0,
        metavar="SECONDS",
        help="that what is in flight may stand still after TERM (default: 70)",
    )
    run.add_argument(
        "--max-size",
        default="64MB",
        metavar="SIZE",
        help="of mails held at a time; a larger one goes alone (default: 64MB)",
    )
    run.add_argument("--pid-file", metavar="FILE")
    run.add_argument("--app", metavar="MODULE:ATTRIBUTE", help="an application's Outbox or Jobs")
    run.add_argument(
        "--try", dest="only_try", action="store_true", help="only say whether it could"
    )
    run.set_defaults(do=run_worker)


def run_worker(args: argparse.Namespace) -> int:
    import logging
    import sys

    from overseer.log_format import log_to
    from overseer.mail import worker

    warn_of_password()
    options = worker.Options(
        url=args.url,
        servers=read_relays(args),
        sendmail=args.sendmail,
        dkim=read_identity(args),
        name=args.name,
        queues=args.queue,
        threads=args.threads,
        rate=args.rate,
        stop_timeout=args.stop_timeout,
        max_size=read_max_size(args.max_size),
        pid_file=args.pid_file,
        app=args.app,
    )
    if args.only_try:
        return worker.only_try(options)
    log_to(logging.StreamHandler(sys.stdout), "%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    logging.getLogger().setLevel(logging.INFO)
    return worker.run(options)


def control(args: argparse.Namespace) -> int:
    from overseer.mail.workers import Workers

    force = getattr(args, "force", False)
    workers = Workers(args.pid_file, args.name, args.instances, log=args.log, force=force)
    if args.what != "status":
        workers.check_files()
    match args.what:
        case "start":
            return workers.start(arguments(args.arguments))
        case "stop":
            return workers.stop(args.timeout)
        case "restart":
            return workers.restart(arguments(args.arguments), args.timeout)
        case "reload":
            return workers.reload(args.timeout)
        case "status":
            return workers.status(as_json=args.json)
    return workers.zap()


def arguments(given: list[str]) -> list[str]:
    return given[1:] if given[:1] == ["--"] else given
