"""overseer run [FILE...]"""

from argparse import ArgumentParser, BooleanOptionalAction, Namespace

from overseer.cli.context import Context, add_untrusted, add_variables, allowed
from overseer.options import RunOptions, variables

EXAMPLES = {
    "run": """examples:
  overseer run                          the usual watch file, in the foreground
  overseer run examples/delayed_job.yml
  overseer run --daemonize --pid-file /run/overseer.pid /etc/overseer/overseer.yml
  overseer run --observe web.yml        what would be done, without doing it

TERM or Ctrl-C stops every process and ends; once more leaves them running. HUP loads the files
again (a closed terminal ends it instead), QUIT ends and leaves the processes
running, USR1 opens the log again, USR2 is `overseer reexec`."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="watch file, folder, or name of a ready-made one"
    )
    parser.add_argument(
        "--daemonize", action="store_true", help="go to the background once it is ready"
    )
    parser.add_argument("--pid-file", metavar="PATH", help="write the daemon's pid there")
    parser.add_argument(
        "--log-file", metavar="PATH", help="overseer's own log (else stderr, or the log folder)"
    )
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error")
    )
    parser.add_argument(
        "--strict",
        action=BooleanOptionalAction,
        default=None,
        help="refuse files with problems; else their last applied version is used"
        " (default: strict on a terminal)",
    )
    parser.add_argument(
        "--observe",
        action="store_true",
        help="look, judge and tell, and touch nothing: beside another supervisor, before you move",
    )
    add_variables(parser)
    add_untrusted(parser)
    parser.add_argument(
        "--attach", type=int, metavar="PID", help="terminate when that process has ended"
    )


def run(args: Namespace, context: Context) -> int:
    from overseer import app

    return app.run(
        RunOptions(
            files=tuple(args.files),
            daemonize=args.daemonize,
            state_dir=args.state_dir,
            socket=args.socket,
            instance=args.instance,
            pid_file=args.pid_file,
            log_file=args.log_file,
            log_level=args.log_level,
            strict=args.strict,
            attach=args.attach,
            observe=args.observe,
            variables=variables(args.var),
            allowed=tuple(allowed(args)),
        )
    )
