"""overseer logs [NAME...] and overseer log NAME"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.show import PLAIN
from overseer.control.protocol import Answer
from overseer.errors import UsageError

EXAMPLES = {
    "logs": """examples:
  overseer logs web               the last lines it printed
  overseer logs -f web worker     go on, each line with its name
  overseer logs -f @front -n 0    only what comes from now on
  overseer logs --paths --all     which files they are in""",
    "log": """examples:
  overseer log web                what overseer did about it, then what it does, until Ctrl-C
  overseer log djw -n 100 --no-follow
  overseer log @front             of all watches with that tag

NAME may be a few of its letters in order, as in god: djw is delayed_job_worker. What the program
itself prints is in `overseer logs`.""",
}
FRONTS = ("\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[33m")


def add_arguments(parser: ArgumentParser, word: str) -> None:
    if word == "log":
        parser.add_argument("name", metavar="NAME", help="a watch, letters of its name, or a @tag")
        parser.add_argument("-n", "--lines", type=int, default=50, help="so many from before")
        parser.add_argument("--no-follow", action="store_true", help="only what has been")
        parser.add_argument("--json", action="store_true", help="one object a line")
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
    from overseer.cli.history import Told

    told = Told(args, context, fold=not args.json)
    fields = {"name": args.name, "limit": told.limit, "follow": not args.no_follow}
    answer = context.client.ask("log", fields, told.hear)
    told.unfold()
    return answer


def output(args: Namespace, context: Context) -> Answer:
    if not (args.names or args.all):
        raise UsageError("logs of what? name a watch, a tag or a glob, or write --all")
    fields = {
        "names": args.names,
        "all": args.all,
        "lines": args.lines,
        "follow": args.follow,
        "err": args.err,
        "paths": args.paths,
    }
    return context.client.ask("logs", fields, Printed(context).hear)


class Printed:
    """What programs print; with several of them each line begins with a name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._fronts: dict[str, str] = {}

    def hear(self, one: Answer) -> None:
        if "about" in one:
            self._meet(one["about"])
        elif "moved" in one:
            self._context.complain(one["say"])
        elif "file" in one:
            self._context.print(self._fronts.get(one["watch"], "") + one["say"])

    def _meet(self, names: list[str]) -> None:
        width = max(map(len, names))
        for place, name in enumerate(names if len(names) > 1 else ()):
            front = f"{name:<{width}}  "
            colour = FRONTS[place % len(FRONTS)]
            self._fronts[name] = f"{colour}{front}{PLAIN}" if self._context.coloured else front
