"""overseer scale NAME N"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.cli.verbs import patience

EXAMPLES = {
    "scale": """examples:
  overseer scale web 5          web-1 to web-5 from now on
  overseer scale web +1         one more
  overseer scale web -1         one less: the highest number is stopped and forgotten
  overseer scale web 0          none; `overseer scale web 3` has them back

For what has `instances:` in its file. It holds over restarts of overseer, and over loads until the
file itself says another number than now; the plan of `load` says so. Exit code 0: done, and what is
new is up; 1: refused, or something could not be stopped; 3: something did not come up; 4: no such
name."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("name", metavar="NAME", help="a definition with `instances`")
    parser.add_argument("to", metavar="N", help="how many copies; +1 and -1 from what there are")
    parser.add_argument("--no-wait", action="store_true", help="do not wait for what becomes of it")
    parser.add_argument("--timeout", metavar="S", help="how long to wait, e.g. 90s; it goes on")
    parser.add_argument("--json", action="store_true", help="one object, for programs")


def run(args: Namespace, context: Context) -> int:
    fields: dict[str, object] = {
        "name": args.name,
        "to": args.to,
        "wait": not args.no_wait,
        "timeout": patience(args.timeout),
    }
    if not args.json:
        answer = context.ask("scale", fields)
        if text := answer.get("say"):
            context.print(text)
        return int(answer["code"])
    answer = context.client.ask("scale", fields)
    context.print_object({key: answer[key] for key in answer if key != "done"})
    return int(answer["code"])
