"""overseer mail COMMAND: the worker, ways in, and what operators do with a queue."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from overseer.errors import DONE, UsageError
from overseer.help_text import HelpFormatter
from overseer.mail import desk_cli, entrances, worker_cli
from overseer.mail.size import add_max_size, read_max_size
from overseer.mail.url import add_url

EXAMPLES = """examples:
  overseer mail send --url sqlite:////var/lib/app/mail.db --to ann@example.com \\
      --template templates/welcome name=Ann
  overseer mail worker run --url sqlite:////var/lib/app/mail.db --smtp smtp://localhost:25
  overseer mail worker start --pid-file /run/app/mail.pid -- --url sqlite:////var/lib/app/mail.db
  overseer mail queue --url sqlite:////var/lib/app/mail.db"""
SEND_EXAMPLES = """examples:
  overseer mail send --url sqlite:////var/lib/app/mail.db --to ann@example.com \\
      --template templates/welcome name=Ann
  overseer mail send --url sqlite:////var/lib/app/mail.db --to ann@example.com \\
      --from 'App <app@example.com>' --subject report --text 'see the file' --attach report.pdf

exit codes: 0 it is on the disk; 1 refused; 2 the command line, or the mail; 75 the queue cannot be
written at the moment, and nothing was queued"""
Parsers = Any  # argparse has no public name for what add_subparsers returns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.formatter_class = HelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    worker_cli.add_arguments(verbs.add_parser("worker", help="the worker, and its control script"))
    what = "queue a mail, and say so when it is on the disk"
    add_send(verbs.add_parser("send", help="queue a mail", description=what))
    entrances.add_sendmail(verbs)
    entrances.add_listen(verbs)
    desk_cli.add_arguments(verbs)


def add_send(parser: argparse.ArgumentParser) -> None:
    parser.epilog = SEND_EXAMPLES
    parser.formatter_class = HelpFormatter
    add_url(parser)
    parser.add_argument(
        "--to", action="append", required=True, metavar="ADDRESS", help="repeatable"
    )
    usual = "`Ann <ann@example.com>` (default: overseer@ and the name of the host)"
    parser.add_argument("--from", dest="sender", default="", metavar="ADDRESS", help=usual)
    parser.add_argument(
        "--template",
        metavar="PATH",
        help="PATH.txt.j2, its first line `Subject: ...`, PATH.html.j2",
    )
    parser.add_argument("--subject", metavar="TEXT", help="with --text, instead of a template")
    parser.add_argument("--text", metavar="TEXT")
    parser.add_argument("--attach", action="append", default=[], metavar="FILE", help="repeatable")
    parser.add_argument("--dedupe", metavar="KEY", help="once for each recipient, however often")
    add_max_size(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("values", nargs="*", metavar="KEY=VALUE", help="for the template")
    parser.set_defaults(do=send)


def run(args: argparse.Namespace) -> int:
    do: Callable[[argparse.Namespace], int] = args.do
    return do(args)


def send(args: argparse.Namespace) -> int:
    from overseer.mail.message import Mail
    from overseer.mail.queueing import put
    from overseer.outbox import Outbox

    most = read_max_size(args.max_size)
    if args.template:
        from overseer.mail.template import from_template

        values = dict(split(word) for word in args.values)
        mail = from_template(args.template, values, to=args.to, sender=args.sender)
    elif args.subject is not None and args.text is not None:
        mail = Mail(to=args.to, subject=args.subject, text=args.text, sender=args.sender)
    else:
        raise UsageError("send what? write --template PATH key=value, or --subject S --text T")
    if args.attach:
        from overseer.mail.attachments import read_file

        mail = replace(mail, attachments=[read_file(path) for path in args.attach])
    envelope = put(Outbox(args.url, max_size=most), mail, dedupe=args.dedupe)
    if args.json:
        import json

        print(json.dumps({"message_id": envelope.message_id, "rcpts": list(envelope.rcpts)}))
    else:
        print(f"queued for {', '.join(envelope.rcpts)}: {envelope.message_id}")
    return DONE


def split(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{word!r} is not understood; write key=value")
    return key, value
