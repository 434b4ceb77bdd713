"""The words of `overseer mail queue|show|retry|discard|pause|resume|purge|stats|check|setup`."""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any

from overseer.help_text import HelpFormatter
from overseer.mail.url import add_url
from overseer.units import is_whole

Parsers = Any  # argparse has no public name for what add_subparsers returns
CODES = """exit codes: 0 done; 1 refused; 2 the command line, or no such queue; 4 no such row;
75 the queue cannot be read or written at the moment"""
CHECK_CODES = """exit codes: 0 all is within bounds; 1 something is not; 2 the command line, or no
such queue; 75 the queue cannot be read at the moment"""
EXAMPLES = {
    "queue": """examples:
  overseer mail queue --url sqlite:////var/lib/app/mail.db
  overseer mail queue --state dead --limit 1000
  overseer mail queue --json | jq '.counts.dead'""",
    "show": """examples:
  overseer mail show 7              facts and headers
  overseer mail show 7 --body       its text too; keys in links are hidden
  overseer mail show 7 --raw > 7.eml      as it is sent, byte for byte""",
    "retry": """examples:
  overseer mail retry               all the dead, as if they were new
  overseer mail retry 7 8           these: a waiting one goes now""",
    "discard": """examples:
  overseer mail discard 7 8         gone for good; what is under way stays""",
    "pause": """examples:
  overseer mail pause --reason 'the relay is being moved'
  overseer mail pause --queue newsletter""",
    "resume": """examples:
  overseer mail resume              whatever held it back, in every queue
  overseer mail resume --queue newsletter""",
    "purge": """examples:
  overseer mail purge --dead 90d --dry-run
  overseer mail purge --sent 7d --dead 90d

Workers forget what was sent by themselves, after 30 days; the dead are kept until purged.
With what was sent go its dedupe keys: the like may be put again.""",
    "stats": """examples:
  overseer mail stats
  overseer mail stats --json | jq '.sent_hour'""",
    "check": """examples:
  overseer mail check --oldest-due 10m --dead 0 --waiting 10000
  overseer mail check --heartbeat 1m || logger 'no mail worker'""",
    "migrate": """examples:
  overseer mail migrate --from sqlite:////var/lib/app/mail.db \\
      --to postgresql://app@db.example.com/shop --dry-run
  overseer mail migrate --from sqlite:////var/lib/app/mail.db --to sqlite:////srv/app/mail.db

Queued and dead mails and jobs, the log of what was sent, dedupe keys and pauses. Rows get new
numbers, Message-IDs stay. Stop the worker of the old queue first. Killed at any moment and begun
again, it loses nothing and moves nothing twice. The old queue is left empty and sends nothing:
what an application still puts there waits, `overseer mail check` says so, and the same
command takes it along.""",
    "setup": """examples:
  overseer mail setup --url sqlite:////var/lib/app/queue/mail.db --group www-data
  overseer mail setup --url postgresql://admin@db.example.com/shop --grant app""",
}


def add_arguments(verbs: Parsers) -> None:
    add_looks(verbs)
    add_changes(verbs)
    add_purge(verbs)
    add_check(verbs)
    add_setup(verbs)
    add_migrate(verbs)


def add_verb(
    verbs: Parsers, word: str, what: str, do: str, url: bool = True
) -> argparse.ArgumentParser:
    """*do*: module and function of overseer.mail that carry it out, imported when it is asked."""
    codes = CHECK_CODES if word == "check" else CODES
    parser: argparse.ArgumentParser = verbs.add_parser(
        word,
        help=what,
        description=what,
        epilog=f"{EXAMPLES[word]}\n\n{codes}",
        formatter_class=HelpFormatter,
    )
    if url:
        add_url(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(do=later(do))
    return parser


def later(do: str) -> Callable[[argparse.Namespace], int]:
    module, _, name = do.partition(":")

    def call(args: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"overseer.mail.{module}"), name)(args)
        return code

    return call


def add_looks(verbs: Parsers) -> None:
    queue = add_verb(verbs, "queue", "what is queued, dead or sent", "desk:show_queue")
    queue.add_argument("--state", choices=("due", "waiting", "leased", "dead", "sent"))
    most = "number of rows, at most (default: 100)"
    queue.add_argument("--limit", type=count, default=100, metavar="N", help=most)
    show = add_verb(verbs, "show", "one row: facts and headers", "showing:show")
    show.add_argument("id", type=int, metavar="ID")
    how = show.add_mutually_exclusive_group()
    how.add_argument("--body", action="store_true", help="its text too; keys in links are hidden")
    how.add_argument("--raw", action="store_true", help="the mail alone, byte for byte")
    what = "counts by queue, throughput, what died of what, pauses, workers"
    add_verb(verbs, "stats", what, "stats:stats")


def add_changes(verbs: Parsers) -> None:
    what = "send dead ones again, all or those named; waiting ones now"
    retry = add_verb(verbs, "retry", what, "desk:retry")
    retry.add_argument("ids", nargs="*", type=int, metavar="ID")
    discard = add_verb(verbs, "discard", "throw queued or dead ones away", "desk:discard")
    discard.add_argument("ids", nargs="+", type=int, metavar="ID")
    discard.add_argument("--force", action="store_true", help="though the queue is being moved")
    pause = add_verb(verbs, "pause", "send nothing until resumed", "desk:pause")
    pause.add_argument("--reason", default="", metavar="TEXT")
    resume = add_verb(verbs, "resume", "send again, at once", "desk:resume")
    gone = "though it is being moved: the other queue is no more"
    resume.add_argument("--force", action="store_true", help=gone)
    for parser in (pause, resume):
        parser.add_argument("--queue", metavar="QUEUE", help="only this one (default: every queue)")


def add_purge(verbs: Parsers) -> None:
    purge = add_verb(verbs, "purge", "forget what was sent or has died long ago", "purging:purge")
    purge.add_argument("--sent", metavar="AGE", help="what was sent longer ago, as 30d")
    purge.add_argument("--dead", metavar="AGE", help="what has died longer ago, as 90d")
    purge.add_argument("--dry-run", action="store_true", help="only say how many")


def add_check(verbs: Parsers) -> None:
    check = add_verb(verbs, "check", "one line and an exit code, for monitoring", "checking:check")
    due = "the longest that something may be due, or off (default: 10m)"
    check.add_argument("--oldest-due", default="10m", metavar="AGE", help=due)
    late = "the longest since the first failure of what is tried again, or off (default: 15m)"
    check.add_argument("--oldest-deferred", default="15m", metavar="AGE", help=late)
    check.add_argument("--dead", type=bound, metavar="N", help="how many may be dead")
    queued = "most mails that may be due, or wait for their time (default: any number)"
    check.add_argument("--waiting", type=bound, metavar="N", help=queued)
    silent = "the longest that no worker may have given a sign of life"
    check.add_argument("--heartbeat", metavar="AGE", help=silent)


def add_setup(verbs: Parsers) -> None:
    what = "make the queue's tables, or bring them up to date"
    setup = add_verb(verbs, "setup", what, "setup:run")
    role = "a role of PostgreSQL that is to use it; may be repeated"
    setup.add_argument(
        "--grant", dest="roles", action="append", default=[], metavar="ROLE", help=role
    )
    group = "a unix group that is to use the file: its folder gets mode 2770, the file 0660"
    setup.add_argument("--group", metavar="GROUP", help=group)


def add_migrate(verbs: Parsers) -> None:
    what = "everything from one queue into another, in a file or on a server"
    migrate = add_verb(verbs, "migrate", what, "migrating:migrate", url=False)
    migrate.add_argument("--from", dest="source", required=True, metavar="URL")
    migrate.add_argument("--to", dest="target", required=True, metavar="URL")
    migrate.add_argument("--dry-run", action="store_true", help="only say what would be moved")
    longest = "seconds to wait for deliveries that are under way (default: 150)"
    migrate.add_argument("--wait", type=float, default=150.0, metavar="SECONDS", help=longest)


def bound(text: str) -> int:
    if not is_whole(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows; write 0 or 100")
    return int(text)


def count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows; write 100")
    return int(text)
