"""overseer logs [NAME...] and overseer log NAME"""

import json
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.log_lines import Choice, LogLines, compiled
from overseer.cli.log_time import asked
from overseer.control.protocol import Answer
from overseer.errors import UsageError

EXAMPLES = {
    "logs": """examples:
  overseer logs                   the last lines of every watch, each with its name
  overseer logs web               the last lines it printed
  overseer logs -f web worker     go on, each line with its name
  overseer logs -f @front -n 0    only what comes from now on
  overseer logs web --since 10m --grep 'error|timeout'
  overseer logs web --since 15:40 --until 15:45 --times
  overseer logs web --history     with what overseer did about it, in between
  overseer logs --paths           which files they are in

Programs write their files themselves, so overseer knows of a line only when the log was how long.
docs/commands.md says what --since and --until make of that.""",
    "log": """examples:
  overseer log web                what overseer did about it and what it printed, until Ctrl-C
  overseer log djw -n 100 --no-follow
  overseer log @front             of all watches with that tag

This is `overseer logs --history --follow`, and NAME may be a few of its letters in order, as in
god: djw is delayed_job_worker. Lines that the program has printed begin with a |.""",
}
OF_EACH = 20
OF_ALL = 5
ENTRIES = 50


def add_arguments(parser: ArgumentParser, word: str) -> None:
    if word == "log":
        parser.add_argument("name", metavar="NAME", help="a watch, letters of its name, or a @tag")
        parser.add_argument(
            "-n", "--lines", type=int, metavar="N", help="how many earlier lines of each kind"
        )
        parser.add_argument("--no-follow", action="store_true", help="only what has been")
    else:
        parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
        parser.add_argument("--all", action="store_true", help="every watch, as without a name")
        parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
        parser.add_argument(
            "-n",
            "--lines",
            type=int,
            metavar="N",
            help=f"how many lines of each ({OF_EACH}; without NAME {OF_ALL})",
        )
        parser.add_argument("--err", action="store_true", help="only what went to err_log")
        parser.add_argument("--paths", action="store_true", help="only where the files are")
        parser.add_argument("--history", action="store_true", help="with what overseer did")
    parser.add_argument("--since", metavar="WHEN", help="10m (ago), 15:42, '2026-11-29 15:42'")
    parser.add_argument("--until", metavar="WHEN", help="likewise")
    parser.add_argument("--grep", metavar="PATTERN", help="only lines in which that is found")
    parser.add_argument("-i", "--ignore-case", action="store_true", help="for --grep")
    parser.add_argument("-t", "--times", action="store_true", help="when each was written")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument(
        "--raw", action="store_true", help="colours and all, on a terminal too (not: as \\x1b)"
    )


def run(args: Namespace, context: Context) -> int:
    if args.lines is not None and args.lines < 0:
        raise UsageError(f"--lines: {args.lines} is not understood; write 20, or 0")
    if args.until and getattr(args, "follow", False):
        raise UsageError("--until is an end, and --follow has none; write one of them")
    context.wants_raw_answers = True
    answer = paths(args, context) if getattr(args, "paths", False) else output(args, context)
    context.conclude(answer)
    return int(answer["code"])


def paths(args: Namespace, context: Context) -> Answer:
    fields = {"names": args.names, "all": args.all or not args.names, "err": args.err}

    def hear(one: Answer) -> None:
        if "file" in one:
            named = {"watch": one["watch"], "file": one["file"]}
            context.print(json.dumps(named) if args.json else one["say"])

    return context.client.ask("logs", {**fields, "paths": True}, hear)


def output(args: Namespace, context: Context) -> Answer:
    gods = args.command == "log"
    choice = Choice(
        since=asked("--since", args.since),
        until=asked("--until", args.until),
        pattern=compiled(args.grep, args.ignore_case),
    )
    chooses = args.since or args.until or args.grep is not None
    most = args.lines if args.lines is not None or chooses else usual(args, gods)
    told = LogLines(
        context, choice, most, as_json=args.json, times=args.times,
        history=gods or args.history, raw=args.raw,
    )  # fmt: skip
    fields = {**whose(args, gods), **how(args, choice, most, bool(chooses))}
    answer = context.client.ask(args.command, fields, told.hear)
    told.catch_up()
    return answer


def whose(args: Namespace, gods: bool) -> dict[str, object]:
    if gods:
        return {"name": args.name, "follow": not args.no_follow and not args.until}
    return {
        "names": args.names,
        "all": args.all or not args.names,
        "follow": args.follow,
        "err": args.err,
        "history": args.history,
    }


def how(args: Namespace, choice: Choice, most: int | None, chooses: bool) -> dict[str, object]:
    """Who chooses needs all lines that may be meant."""
    fields: dict[str, object] = {"since": choice.since, "whole": chooses}
    if not chooses:
        fields["lines"] = most
    return {**fields, "limit": ENTRIES if args.lines is None else args.lines}


def usual(args: Namespace, gods: bool) -> int:
    return OF_EACH if gods or args.names else OF_ALL
