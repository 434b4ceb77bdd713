"""overseer import god FILE..."""

import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from overseer.cli.context import Context, add_untrusted, allowed
from overseer.errors import BAD_FILE, DONE, Refused
from overseer.trust import Trust
from overseer.units import show_count

if TYPE_CHECKING:
    from overseer.importers.recording import Recording

EXAMPLES = {
    "import": """examples:
  overseer import god /etc/god/web.god               print a watch file that does the same
  overseer import god conf/*.god -o overseer.yml     write it
  overseer import god web.god --adopt                what god runs now, as `overseer adopt` lines

Needs ruby, but not god. The files are run, as god runs them, in this folder and with this
environment: whatever they do by themselves (system, backticks) happens; threads and the
commands of the watches are not run. What has no place in a watch file becomes a comment, and
what is written loads. Exit code 6: a file that does not run, or that has nothing of god in it."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=("god",), help="whose configuration it is")
    parser.add_argument("files", nargs="+", metavar="FILE", help="god configuration")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there")
    parser.add_argument("--force", action="store_true", help="even where that file is there")
    parser.add_argument(
        "--timeout",
        metavar="TIME",
        help="how long the files may take to run (60s)",
    )
    parser.add_argument(
        "--adopt", action="store_true", help="print only how to take over what god runs now"
    )
    add_untrusted(parser)


def run(args: Namespace, context: Context) -> int:
    from overseer.cli.verbs import duration
    from overseer.importers import adoption, god, loadable, pid_files, ruby

    if args.output and os.path.exists(args.output) and not args.force:
        raise Refused(f"{args.output} is there already; write --force to replace it")
    refuse_untrusted(args.files, allowed(args))
    limit = duration("--timeout", args.timeout) or ruby.LIMIT
    recording = ruby.record(args.files, limit=limit)
    if args.adopt:
        names = god.named(recording.watches)
        prepared = pid_files.prepared(recording, names)
        for line in adoption.commands(adoption.plan(prepared, names)):
            context.print(line)
        return DONE
    text, reasons = loadable.loadable(god.translate(recording, args.files))
    if args.output:
        write(args.output, text, args.files)
        context.complain(f"wrote {args.output}: {summary(text, recording)}")
    else:
        context.print(text.rstrip())
    for reason in reasons:
        context.complain(f"left out: {reason}")
    remaining = loadable.problems(text)
    for problem in remaining:
        context.complain(f"{args.output or 'overseer.yml'}:{problem.line}: {problem.message}")
    return BAD_FILE if remaining else DONE


def refuse_untrusted(files: Sequence[str], allowed: Sequence[str]) -> None:
    """Refused as root where others may change what is about to be run."""
    trust = Trust(allowed=allowed)
    for file in map(os.path.abspath, files if trust.uid == 0 else ()):
        if untrusted := trust.of(file):
            raise Refused(untrusted.said("which is run as root"))


def summary(text: str, recording: "Recording") -> str:
    """How many watches are in it, and how many only as comments."""
    count = len(re.findall(r"^  [^\s#].*:$", text.partition("\nwatches:\n")[2], re.MULTILINE))
    left = len(recording.watches) - count
    more = f", and {left} left out as comments" if left else ""
    return f"{show_count(count, 'watch', 'es')}{more}"


def write(path: str, text: str, files: Sequence[str]) -> None:
    """Readable by whoever could read the god configurations; there may be secrets in both."""
    mode = 0o666
    for source in files:
        mode &= os.stat(source).st_mode
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode | 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
