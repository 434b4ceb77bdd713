"""overseer load [FILE...] and overseer diff [FILE...]"""

import os
import sys
from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context, add_untrusted, add_variables, allowed, result_of
from overseer.cli.verbs import patience
from overseer.control.protocol import Answer
from overseer.errors import DONE, FAILED, Problem, in_parts

GOD = {"leave": "keep", "stop": "stop", "remove": "keep"}
"""god's last word, and what it does with watches that are in the files no more."""
UNASKED = "this restarts or stops something; nothing was changed; write --yes"
PLAN = ("changes", "text", "warnings", "asks")
"""What --json prints of a plan: `asks` where something would be restarted or stopped."""
EXAMPLES = {
    "load": """examples:
  overseer load                       the files it runs with, again
  overseer load web.yml --dry-run     say what would change
  overseer load --yes --restart later restart nothing that runs

Everything is read and checked first; a file with a problem changes nothing (exit code 6). On a
terminal it asks before anything is restarted or stopped; elsewhere it needs --yes for that.
god's `load FILE leave|stop|remove` is understood.""",
    "diff": """examples:
  overseer diff                       what `overseer load` would change
  overseer diff web.yml --json        for programs

It is the plan of `load`, made and not applied; exit code 6 if a file has problems.""",
    "unload": """examples:
  overseer unload web.yml               stop its watches and forget them, and the file
  overseer unload web.yml --gone keep   their processes run on
  overseer unload web.yml --dry-run     say what would go

The file stays as it is. The next daemon does not know it, unless it is given to
`run`. On a terminal it asks before anything is stopped; elsewhere it needs
--yes for that. Exit code 4: no such file is loaded.""",
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    how_many = "+" if word == "unload" else "*"
    parser.add_argument("files", nargs=how_many, metavar="FILE", help="watch file or folder")
    parser.add_argument(
        "--gone", choices=("stop", "keep"), help="what becomes of processes whose watch is gone"
    )
    if word != "unload":
        parser.add_argument(
            "--restart",
            choices=("now", "rolling", "later"),
            help="changed programs: all at once, one after another (default), or at their next"
            " start",
        )
    if word != "unload":
        add_variables(parser)
        add_untrusted(parser)
    parser.add_argument("--json", action="store_true", help="one object, for programs")
    if word != "diff":
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--timeout", metavar="S", help="how long to wait for each restart")


def run(args: Namespace, context: Context) -> int:
    files, gone = list(args.files), args.gone
    unload = args.command == "unload"
    if not unload and files and files[-1] in GOD and not os.path.exists(files[-1]):
        gone = GOD[files.pop()]
    fields: dict[str, object] = {"files": files, "cwd": os.getcwd(), "gone": gone}
    if unload:
        fields["unload"] = True
    else:
        fields |= {"restart": args.restart, "vars": args.var or []}
        fields["allowed"] = allowed(args)
    plan = context.client.ask("plan", fields)
    if args.json:
        return for_programs(plan, args, context)
    context.conclude(plan)
    if plan["code"] != DONE:
        return int(plan["code"])
    for text in (*plan["warnings"], *plan["text"]):
        context.print(text)
    if not applies(plan, args):
        return DONE
    if plan["asks"] and not args.yes and not agreed(plan, context):
        return FAILED
    answer = context.ask("apply", {"plan": plan["plan"], "timeout": patience(args.timeout)})
    return int(answer["code"])


def applies(plan: Answer, args: Namespace) -> bool:
    return args.command != "diff" and not args.dry_run and plan["plan"] is not None


def for_programs(plan: Answer, args: Namespace, context: Context) -> int:
    """One object: the plan, and what has become of it. Nobody is asked."""
    whole = {
        "code": plan["code"],
        "error": plan.get("error"),
        **{key: plan.get(key) for key in PLAN},
        "problems": [in_parts(Problem(**problem)) for problem in plan.get("problems", ())],
        "applied": False,
        "watches": [],
    }
    if plan["code"] == DONE and applies(plan, args):
        whole |= outcome(plan, args, context)
    context.print_object(whole)
    return int(whole["code"])


def outcome(plan: Answer, args: Namespace, context: Context) -> Answer:
    if plan["asks"] and not args.yes:
        return {"code": FAILED, "error": UNASKED}
    fields = {"plan": plan["plan"], "timeout": patience(args.timeout)}
    answer = context.client.ask("apply", fields)
    watches = [result_of(result) for result in answer.get("results", ())]
    applied = "results" in answer
    return {
        "code": answer["code"],
        "error": answer.get("error"),
        "applied": applied,
        "watches": watches,
    }


def agreed(plan: Answer, context: Context) -> bool:
    """Ask a person; where there is none, say what to write."""
    if not (sys.stdin.isatty() and context.out.isatty()):
        context.complain(UNASKED)
        return False
    print("Apply? [y/N] ", end="", file=context.out, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
