"""overseer logs [NAME...] and overseer log NAME"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.control.protocol import Answer
from overseer.errors import UsageError

EXAMPLES = {
    "logs": """examples:
  overseer logs web               the last lines it printed
  overseer logs -f web worker     go on, each line with its name
  overseer logs --paths --all     which files they are in""",
    "log": """examples:
  overseer log web                what overseer did about it, then what it does, until Ctrl-C
  overseer log djw -n 100 --no-follow

NAME may be a few of its letters in order, as in god: djw is delayed_job_worker.""",
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    if word == "log":
        parser.add_argument("name", metavar="NAME", help="a watch, or letters of its name")
        parser.add_argument("-n", "--lines", type=int, default=50, help="so many from before")
        parser.add_argument("--no-follow", action="store_true", help="only what has been")
        return
    parser.add_argument("names", nargs="*", metavar="NAME", help="a watch, @tag or glob")
    parser.add_argument("--all", action="store_true", help="every watch")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("-n", "--lines", type=int, default=20, help="so many of each")
    parser.add_argument("--err", action="store_true", help="only what went to err_log")
    parser.add_argument("--paths", action="store_true", help="only where the files are")


def run(args: Namespace, context: Context) -> int:
    answer = history(args, context) if args.command == "log" else output(args, context)
    context.conclude(answer)
    return int(answer["code"])


def history(args: Namespace, context: Context) -> Answer:
    fields = {"name": args.name, "limit": args.lines, "follow": not args.no_follow}
    return context.client.ask("log", fields, lambda one: context.print(one["say"]))


def output(args: Namespace, context: Context) -> Answer:
    if not (args.names or args.all):
        raise UsageError("logs of what? name a watch, a tag or a glob, or write --all")
    several = args.all or len(args.names) > 1 or any(word[0] in "@*" for word in args.names)

    def hear(one: Answer) -> None:
        if "file" in one:
            context.print(f"{one['watch']}  {one['say']}" if several else one["say"])

    fields = {
        "names": args.names,
        "all": args.all,
        "lines": args.lines,
        "follow": args.follow,
        "err": args.err,
        "paths": args.paths,
    }
    return context.client.ask("logs", fields, hear)
