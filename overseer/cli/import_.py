"""overseer import god FILE..."""

import os
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from overseer.cli.context import Context
from overseer.errors import BAD_FILE, DONE, ConfigError, Refused

EXAMPLES = {
    "import": """examples:
  overseer import god /etc/god/web.god               print a watch file that does the same
  overseer import god conf/*.god -o overseer.yml     write it
  overseer import god web.god --adopt                what god runs now, as `overseer adopt` lines

Needs ruby, but not god. The files are run, as god runs them: whatever they do by themselves
(system, backticks) happens; the commands of the watches do not. What has no place in a watch file
becomes a comment. Exit code 6: a file that does not run, or a result that needs your hand."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=("god",), help="whose configuration it is")
    parser.add_argument("files", nargs="+", metavar="FILE", help="god configuration")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there")
    parser.add_argument("--force", action="store_true", help="even where that file is there")
    parser.add_argument(
        "--adopt", action="store_true", help="print only how to take over what god runs now"
    )


def run(args: Namespace, context: Context) -> int:
    from overseer.importers import adoption, god, ruby

    if args.output and os.path.exists(args.output) and not args.force:
        raise Refused(f"{args.output} is there already; write --force to replace it")
    recording = ruby.record(args.files)
    if args.adopt:
        for line in adoption.commands(adoption.plan(recording, god.named(recording.watches))):
            context.print(line)
        return DONE
    text = god.translate(recording, args.files)
    if args.output:
        write(args.output, text, args.files)
        count = len(recording.watches)
        context.complain(f"wrote {args.output}: {count} watch{'' if count == 1 else 'es'}")
    else:
        context.print(text.rstrip())
    return check(text, args.output or "overseer.yml", context)


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


def check(text: str, path: str, context: Context) -> int:
    """Say what `overseer check` would: the file is written all the same, to be mended."""
    from overseer import config

    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        try:
            config.load([file.name], check_host=False)
        except ConfigError as error:
            for problem in error.problems:
                if not problem.warning:
                    context.complain(str(problem).replace(file.name, path))
            return BAD_FILE
    return DONE
