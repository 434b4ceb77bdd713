"""overseer mail worker|queue|send|retry|discard|pause|resume"""

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
    queue = verbs.add_parser("queue", help="what is queued, dead or sent")
    add_url(queue)
    queue.add_argument("--state", choices=("due", "waiting", "leased", "dead", "sent"))
    queue.add_argument("--json", action="store_true", help="for programs")
    queue.set_defaults(do=show_queue)
    for word, do, what in (
        ("retry", do_retry, "send dead ones again, all or those named"),
        ("discard", do_discard, "throw queued or dead ones away"),
    ):
        one = verbs.add_parser(word, help=what)
        add_url(one)
        one.add_argument("ids", nargs="*" if word == "retry" else "+", type=int, metavar="ID")
        one.set_defaults(do=do)
    for word in ("pause", "resume"):
        one = verbs.add_parser(word, help="sending, until resumed" if word == "pause" else "go on")
        add_url(one)
        one.set_defaults(do=do_pause if word == "pause" else do_resume)


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
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="for the template")
    parser.set_defaults(do=send)


def add_worker(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    run = verbs.add_parser("run", help="in the foreground, until TERM")
    add_url(run)
    run.add_argument("--smtp", default="smtp://localhost:25", metavar="smtp://[USER@]HOST[:PORT]")
    run.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
    run.add_argument("--user")
    run.add_argument("--password-file", metavar="FILE")
    run.add_argument("--password-env", metavar="NAME")
    run.add_argument("--ca-file", metavar="FILE")
    run.add_argument("--insecure", action="store_true", help="do not verify the certificate")
    run.add_argument("--name", default="mail", help="one worker a name (default: mail)")
    run.add_argument("--threads", type=int, default=4)
    run.add_argument("--stop-timeout", type=float, default=70.0, metavar="SECONDS")
    run.add_argument("--pid-file", metavar="FILE")
    run.add_argument("--app", metavar="MODULE:ATTRIBUTE", help="an application's Outbox")
    run.set_defaults(do=run_worker)
    for word in ("start", "stop", "restart", "status", "zap"):
        one = verbs.add_parser(word)
        one.add_argument("--pid-file", required=True, metavar="FILE")
        one.add_argument("--log", metavar="FILE", help="default: beside the pid file")
        if word in ("stop", "restart"):
            one.add_argument("--timeout", type=float, default=80.0, metavar="SECONDS")
        if word in ("start", "restart"):
            one.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- ARGUMENTS")
        one.set_defaults(do=control)


def run(args: argparse.Namespace) -> int:
    do: Callable[[argparse.Namespace], int] = args.do
    return do(args)


def run_worker(args: argparse.Namespace) -> int:
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
    return worker.run(
        worker.Options(
            url=args.url,
            server=server,
            name=args.name,
            threads=args.threads,
            stop_timeout=args.stop_timeout,
            pid_file=args.pid_file,
            app=args.app,
        )
    )


def control(args: argparse.Namespace) -> int:
    from overseer.mail.control import Control

    script = Control(args.pid_file, args.log)
    arguments = [word for word in getattr(args, "arguments", ()) if word != "--"]
    match args.what:
        case "start":
            return script.start(arguments)
        case "stop":
            return script.stop(args.timeout)
        case "restart":
            return script.restart(arguments, args.timeout)
        case "status":
            return script.status()
    return script.zap()


def send(args: argparse.Namespace) -> int:
    from overseer.mail.message import Mail
    from overseer.mail.queueing import put, send_later
    from overseer.outbox import Outbox

    outbox = Outbox(args.url)
    if args.template:
        values = dict(split(word) for word in args.values)
        envelope = send_later(outbox, args.template, to=args.to, sender=args.sender, **values)
    elif args.subject is not None and args.text is not None:
        mail = Mail(to=args.to, subject=args.subject, text=args.text, sender=args.sender)
        envelope = put(outbox, mail)
    else:
        raise UsageError("send what? write --template PATH key=value, or --subject S --text T")
    print(f"queued for {', '.join(envelope.rcpts)}: {envelope.message_id}")
    return DONE


def split(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{word!r} is not understood; write key=value")
    return key, value


def show_queue(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from overseer.outbox import Outbox

    outbox = Outbox(args.url)
    counts = asdict(outbox.counts())
    states = [args.state] if args.state else ["due", "waiting", "leased", "dead"]
    rows = [asdict(row) for state in states for row in outbox.rows(state, 100)]
    if args.json:
        import json

        print(json.dumps({"counts": counts, "rows": rows}, indent=2, default=str))
        return DONE
    for row in rows:
        said = row.get("text") or row.get("reason") or ""
        print(
            f"{row['id']:>6}  {row['state']:<8} {row['kind']:<8} {row['rcpt']:<32} {said}".rstrip()
        )
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    return DONE


def do_retry(args: argparse.Namespace) -> int:
    from overseer.outbox import Outbox

    print(f"{Outbox(args.url).retry(*args.ids)} to be sent again")
    return DONE


def do_discard(args: argparse.Namespace) -> int:
    from overseer.outbox import Outbox

    print(f"{Outbox(args.url).discard(*args.ids)} thrown away")
    return DONE


def do_pause(args: argparse.Namespace) -> int:
    from overseer.outbox import Outbox

    Outbox(args.url).pause(reason="by an operator")
    print("paused; `overseer mail resume` goes on")
    return DONE


def do_resume(args: argparse.Namespace) -> int:
    from overseer.outbox import Outbox

    Outbox(args.url).resume()
    print("resumed")
    return DONE
