"""overseer mail worker|send|queue|show|retry|discard|pause|resume"""

import argparse
import os
from collections.abc import Callable
from typing import Any

from overseer.errors import DONE, UsageError

URL = "OVERSEER_MAIL_URL"
EXAMPLES = """examples:
  overseer mail send --url sqlite:////var/lib/app/mail.db --to ann@example.com \\
      --template templates/welcome name=Ann
  overseer mail worker run --url sqlite:////var/lib/app/mail.db --smtp smtp://localhost:25
  overseer mail worker start --pid-file /run/app/mail.pid -- --url sqlite:////var/lib/app/mail.db
  overseer mail queue --url sqlite:////var/lib/app/mail.db"""
Parsers = Any  # argparse has no public name for what add_subparsers returns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    add_worker(verbs.add_parser("worker", help="the worker, and its control script"))
    add_send(verbs.add_parser("send", help="queue a mail"))
    queue = add_verb(verbs, "queue", "what is queued, dead or sent")
    queue.add_argument("--state", choices=("due", "waiting", "leased", "dead", "sent"))
    queue.add_argument("--json", action="store_true", help="for programs")
    show = add_verb(verbs, "show", "one of them, whole")
    show.add_argument("id", type=int, metavar="ID")
    retry = add_verb(verbs, "retry", "send dead ones again, all or those named; others now")
    retry.add_argument("ids", nargs="*", type=int, metavar="ID")
    discard = add_verb(verbs, "discard", "throw queued or dead ones away")
    discard.add_argument("ids", nargs="+", type=int, metavar="ID")
    pause = add_verb(verbs, "pause", "send nothing until resumed")
    pause.add_argument("--reason", default="", metavar="TEXT")
    add_verb(verbs, "resume", "send again, at once")


def add_verb(verbs: Parsers, word: str, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(word, help=what)
    add_url(parser)
    parser.set_defaults(do=at_desk)
    return parser


def add_url(parser: argparse.ArgumentParser) -> None:
    given = os.environ.get(URL)
    parser.add_argument(
        "--url", default=given, required=not given, help=f"sqlite:////abs/path (${URL})"
    )


def add_send(parser: argparse.ArgumentParser) -> None:
    add_url(parser)
    parser.add_argument("--to", action="append", required=True, metavar="ADDRESS")
    parser.add_argument("--from", dest="sender", default="", metavar="ADDRESS")
    parser.add_argument("--template", help="PATH of PATH.txt.j2 and PATH.html.j2")
    parser.add_argument("--subject")
    parser.add_argument("--text")
    parser.add_argument("--dedupe", metavar="KEY", help="once for each recipient, however often")
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="for the template")
    parser.set_defaults(do=send)


def add_worker(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    add_run(verbs.add_parser("run", help="in the foreground, until TERM"))
    for word, what in (
        ("start", "in the background; returns when it is ready"),
        ("stop", "finish what is in flight and end"),
        ("restart", "stop, then start, with the arguments of the last start"),
        ("status", "exit code 0: it runs; 3: it does not"),
        ("zap", "remove the pid file of a worker that was killed"),
    ):
        one = verbs.add_parser(word, help=what)
        one.add_argument("--pid-file", required=True, metavar="FILE", help="or a folder, with -n")
        one.add_argument("-n", "--name", help="one of several: its pid file is FOLDER/NAME.pid")
        one.add_argument("--log", metavar="FILE", help="default: beside the pid file")
        if word in ("stop", "restart"):
            one.add_argument("--timeout", type=float, default=80.0, metavar="SECONDS")
        if word in ("start", "restart"):
            one.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- ARGUMENTS")
        one.set_defaults(do=control)


def add_run(run: argparse.ArgumentParser) -> None:
    add_url(run)
    run.add_argument("--smtp", default="smtp://localhost", metavar="smtp://[USER@]HOST[:PORT]")
    run.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
    run.add_argument("--user")
    run.add_argument("--password-file", metavar="FILE")
    run.add_argument("--password-env", metavar="NAME")
    run.add_argument("--ca-file", metavar="FILE")
    run.add_argument("--insecure", action="store_true", help="do not verify the certificate")
    run.add_argument("--sendmail", metavar="PROGRAM", help="instead of --smtp")
    run.add_argument("-n", "--name", default="mail", help="one worker a name (default: mail)")
    run.add_argument("--threads", type=int, default=4)
    run.add_argument("--stop-timeout", type=float, default=70.0, metavar="SECONDS")
    run.add_argument("--pid-file", metavar="FILE")
    run.add_argument("--app", metavar="MODULE:ATTRIBUTE", help="an application's Outbox or Jobs")
    run.set_defaults(do=run_worker)


def run(args: argparse.Namespace) -> int:
    do: Callable[[argparse.Namespace], int] = args.do
    return do(args)


def run_worker(args: argparse.Namespace) -> int:
    import logging
    import sys

    from overseer.mail import smtp, worker

    host, port, user = smtp.read_server(args.smtp, args.tls)
    server = smtp.Server(
        host=host,
        port=port,
        tls=args.tls,
        user=args.user or user,
        password_file=args.password_file,
        password_env=args.password_env,
        ca_file=args.ca_file,
        insecure=args.insecure,
    )
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )
    return worker.run(
        worker.Options(
            url=args.url,
            server=server,
            sendmail=args.sendmail,
            name=args.name,
            threads=args.threads,
            stop_timeout=args.stop_timeout,
            pid_file=args.pid_file,
            app=args.app,
        )
    )


def control(args: argparse.Namespace) -> int:
    from overseer.mail.control import Control

    script = Control(pid_file(args.pid_file, args.name), args.log)
    match args.what:
        case "start":
            return script.start(arguments(args.arguments, args.name))
        case "stop":
            return script.stop(args.timeout)
        case "restart":
            return script.restart(arguments(args.arguments, args.name), args.timeout)
        case "status":
            return script.status()
    return script.zap()


def pid_file(given: str, name: str | None) -> str:
    if not os.path.isdir(given):
        return given
    if not name:
        raise UsageError(f"--pid-file: {given} is a folder; name a file, or the worker with -n")
    return os.path.join(given, f"{name}.pid")


def arguments(given: list[str], name: str | None) -> list[str]:
    words = given[1:] if given[:1] == ["--"] else given
    return [*words, "--name", name] if words and name else words


def send(args: argparse.Namespace) -> int:
    from overseer.mail.message import Mail
    from overseer.mail.queueing import put
    from overseer.outbox import Outbox

    if args.template:
        from overseer.mail.template import from_template

        values = dict(split(word) for word in args.values)
        mail = from_template(args.template, values, to=args.to, sender=args.sender)
    elif args.subject is not None and args.text is not None:
        mail = Mail(to=args.to, subject=args.subject, text=args.text, sender=args.sender)
    else:
        raise UsageError("send what? write --template PATH key=value, or --subject S --text T")
    envelope = put(Outbox(args.url), mail, dedupe=args.dedupe)
    print(f"queued for {', '.join(envelope.rcpts)}: {envelope.message_id}")
    return DONE


def split(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{word!r} is not understood; write key=value")
    return key, value


def at_desk(args: argparse.Namespace) -> int:
    from overseer.mail import desk

    words: dict[str, Callable[[argparse.Namespace], int]] = {
        "queue": desk.show_queue,
        "show": desk.show,
        "retry": desk.retry,
        "discard": desk.discard,
        "pause": desk.pause,
        "resume": desk.resume,
    }
    return words[args.verb](args)
