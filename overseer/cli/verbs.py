"""overseer start|stop|restart|reload|monitor|unmonitor|trigger NAME..."""

import sys
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import FAILED, UsageError

NAMES = "a watch, @tag, bare tag or glob such as 'web-*'"
EXAMPLES = {
    "start": """examples:
  overseer start web            and wait until it is up
  overseer start --held         all that flapping holds back, or that was given up
  overseer start --all

Exit code 0: up; 3: it did not stay up; 4: no such name. A one-shot (`on_exit: stop`) is waited
for to its end: 0 completed, 3 failed.""",
    "stop": """examples:
  overseer stop web
  overseer stop @mail --no-wait
  overseer stop db --with-dependants     also all that depends on it, before it

A stopped watch stays down, also over restarts of overseer, until it is started.""",
    "restart": """examples:
  overseer restart web
  overseer restart 'web-*'               one after another, each until it is up
  overseer restart web --pause 10s       with time in between, to see whether all is well
  overseer restart --all --parallel 4
  overseer restart --changed             all that runs otherwise than its file says by now

The first that does not come up ends it: the others are named, and not touched (exit code 3). Ctrl-C
ends it too: what is under way goes on, and you are told what was done and what was not.""",
    "reload": """examples:
  overseer reload nginx         runs its `reload:` command, or sends that signal
  overseer reload web --pause 5s       one after another, with time in between""",
    "monitor": """examples:
  overseer monitor web          the same as start""",
    "trigger": """examples:
  overseer trigger backup             runs it now, and waits until it is over
  overseer trigger backup --no-wait

For what has a `schedule:`, also while it is stopped. While a run goes on, `overlap:` says what
becomes of this one. Exit code 0: it ended well; 1: it did not, or was not begun.""",
    "unmonitor": """examples:
  overseer unmonitor web        its process runs on, and nothing is done about it""",
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=NAMES)
    parser.add_argument("--all", action="store_true", help="every watch; never by omission")
    parser.add_argument("--no-wait", action="store_true", help="do not wait for what becomes of it")
    parser.add_argument("--timeout", metavar="S", help="how long to wait for each, e.g. 90s")
    if word == "start":
        parser.add_argument("--held", action="store_true", help="all that is held or given up")
    if word == "stop":
        parser.add_argument(
            "--with-dependants", action="store_true", help="also what depends on them, before them"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
    if word in ("restart", "reload"):
        parser.add_argument(
            "--parallel",
            type=int,
            default=1,
            metavar="N",
            help="number of watches at once (default: 1)",
        )
        parser.add_argument("--pause", metavar="S", help="before the next one is begun, e.g. 10s")
    if word == "restart":
        parser.add_argument(
            "--changed", action="store_true", help="only what runs as before a load changed it"
        )


def run(args: Namespace, context: Context) -> int:
    held = getattr(args, "held", False)
    changed = getattr(args, "changed", False)
    if not (args.names or args.all or held or changed):
        files = "; `overseer load` reads the watch files again" if args.command == "reload" else ""
        message = f"{args.command} what? name a watch, a tag or a glob, or write --all{files}"
        raise UsageError(message)
    fields: dict[str, object] = {
        "names": args.names,
        "all": args.all,
        "wait": not args.no_wait,
        "timeout": patience(args.timeout),
    }
    if held:
        fields["held"] = True
    if args.command == "stop":
        fields["dependants"] = args.with_dependants
        if not (args.with_dependants or args.yes or agreed(fields, context)):
            return FAILED
    if args.command in ("restart", "reload"):
        fields |= {"parallel": args.parallel, "pause": duration("--pause", args.pause)}
    if changed:
        fields["changed"] = True
    code: int = context.ask(args.command, fields)["code"]
    return code


def agreed(fields: dict[str, object], context: Context) -> bool:
    """Ask a person who takes something away from others."""
    if not (sys.stdin.isatty() and context.out.isatty()):
        return True
    found = context.client.ask("dependants", {"names": fields["names"], "all": fields["all"]})
    waiting = found.get("waiting", ())
    if not waiting:
        return True
    context.print(f"{', '.join(waiting)}: cannot run without, and will be stopped until it is back")
    print("Stop? [y/N] ", end="", file=context.out, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def patience(text: str | None) -> float | None:
    """Seconds to wait, as people write them."""
    return duration("--timeout", text)


def duration(option: str, text: str | None) -> float | None:
    from overseer import units

    try:
        return None if text is None else units.seconds(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}; write 90s or 5m") from None
