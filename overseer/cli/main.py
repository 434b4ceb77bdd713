"""overseer COMMAND: finds the command's own file, and turns every error into words and a code."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from overseer.cli.context import Context
from overseer.command_line import CommandParser, wants_json
from overseer.errors import BUG, FAILED, USAGE, OverseerError, UsageError, of_the_machine
from overseer.help_text import HelpFormatter

COMMANDS = {  # word: (file, what it does); help lists them in this order
    "run": ("run", "the daemon: keep what the watch files name as wanted"),
    "check": ("check", "read watch files and say every problem in them"),
    "config": ("config", "show a watch with everything filled in"),
    "import": ("import_", "turn the configuration of god into a watch file"),
    "schema": ("schema", "print the JSON Schema of watch files, for editors"),
    "status": ("status", "what is up, what is not, why, and what next"),
    "why": ("why", "what happened to one watch, what follows, what to type"),
    "graph": ("graph", "what depends on what"),
    "top": ("top", "what uses how much, live"),
    "start": ("verbs", "have watches up, and keep them up"),
    "stop": ("verbs", "have watches down, until they are started again"),
    "restart": ("verbs", "a new process for each, one watch after another"),
    "reload": ("verbs", "have programs read their configuration again"),
    "monitor": ("verbs", "god's word for start"),
    "unmonitor": ("verbs", "leave watches alone, whatever happens"),
    "schedule": ("schedule", "what goes by the calendar: next, left, last, result"),
    "scale": ("scale", "run more copies of a watch, or fewer"),
    "trigger": ("verbs", "run what has a schedule now"),
    "wait": ("wait", "wait until watches are up, or down, or anything else"),
    "load": ("load", "read watch files again and apply what has changed"),
    "diff": ("load", "what `load` would change"),
    "unload": ("load", "stop and forget what a watch file has"),
    "signal": ("signal", "send a signal to the processes of watches"),
    "remove": ("remove", "forget a watch"),
    "adopt": ("adopt", "put a running process under a watch"),
    "logs": ("logs", "what programs print"),
    "log": ("logs", "god's log: what overseer did about one watch"),
    "history": ("history", "what overseer did, and why"),
    "incidents": ("incidents", "what went wrong, from the first alarm to the recovery"),
    "events": ("history", "a stream of what happens, for people and programs"),
    "metrics": ("metrics", "numbers for Prometheus"),
    "doctor": ("doctor", "is overseer itself well, and this machine fit for it"),
    "alerts": ("alerts", "what people are still to be told, and why it waits"),
    "silence": ("silence", "tell nobody of some watches for a while"),
    "contacts": ("contacts", "try whether people can be told"),
    "install-service": ("service", "print or write a systemd unit"),
    "reexec": ("reexec", "replace the running daemon by the installed version, in place"),
    "quit": ("farewell", "end the daemon, leave the processes running"),
    "terminate": ("farewell", "stop every process, then end the daemon"),
    "mail": ("mail", "the mail queue and its worker"),
    "completion": ("completion", "tab completion for bash, zsh and fish"),
    "version": ("version", "which overseer this is, and which one runs"),
}
ANSWERED = frozenset(
    {
        *("start", "stop", "restart", "reload", "monitor", "unmonitor", "trigger"),
        *("signal", "remove", "adopt", "wait"),
    }
)
"""Commands of which each watch has a result of its own; `--json` prints them in one object."""
MAY_BE_EMPTY = frozenset({"reason", "typed"})
"""Arguments; `typed` is a line whose last word has not begun."""
EPILOG = """examples:
  overseer check overseer.yml       is it right?
  overseer run overseer.yml         run it in the foreground
  overseer status                   how is everything?
  overseer restart web @mail        one after another, each until it is up

`overseer COMMAND --help` says more."""


INTERRUPTED = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None, context: Context | None = None) -> int:
    """The exit codes are those of overseer/errors.py."""
    words = list(sys.argv[1:] if argv is None else argv)
    context = context or Context()
    if wants_json(words):
        context.speak_json()
    try:
        try:
            return command(words, context)
        finally:
            context.out.flush()
    except OverseerError as error:
        context.fail_with(error)
        return error.exit_code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once more would be a traceback
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads; nor is anybody to hear of it when Python ends
        leave_output()
        return FAILED
    except SystemExit as leaving:  # argparse has said why
        return leaving.code if isinstance(leaving.code, int) else USAGE
    except Exception as error:  # noqa: BLE001 - a bug; its report goes into a file
        if isinstance(error, OSError) and (words_of := of_the_machine(error)):
            leave_output()
            context.fail(FAILED, words_of)
            return FAILED
        context.fail(BUG, report(error))
        return BUG


def leave_output() -> None:
    """What could not be written is not tried again, with a complaint, when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def command(words: Sequence[str], context: Context) -> int:
    if words[:1] == ["help"] and words[1:]:
        words = [*words[1:], "--help"]
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(), file=context.out if words else context.err)
        return 0 if words else USAGE
    if words[0] in ("-V", "--version"):
        words = ["version", *words[1:]]
    word, rest = words[0], words[1:]
    if word not in COMMANDS:
        raise UsageError(unknown(word))
    if word == "mail":
        return mail(rest)
    module = module_of(word)
    args = parse(parser_of(word, module), rest)
    args.command = word
    check_empty(args)
    context.point(args.socket, args.state_dir, args.instance)
    if getattr(args, "json", False) and word in ANSWERED:
        context.collect()
    code: int = module.run(args, context)
    return code


def check_empty(args: argparse.Namespace) -> None:
    """UsageError for a word without a letter: it would mean the folder one is in, or whatever is
    usual. `overseer run "$CONF"` is one where CONF is not set."""
    for name, value in vars(args).items():
        words = value if isinstance(value, list) else [value]
        if "" in words and name not in MAY_BE_EMPTY:
            raise UsageError("an argument is empty; is a variable of the shell not set?")


def module_of(word: str) -> ModuleType:
    return importlib.import_module(f"overseer.cli.{COMMANDS[word][0]}")


def parser_of(word: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = CommandParser(
        prog=f"overseer {word}",
        description=COMMANDS[word][1],
        epilog=getattr(module, "EXAMPLES", {}).get(word),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser, word)
    if word in ANSWERED:
        parser.add_argument("--json", action="store_true", help="one object, for programs")
    add_connection(parser)
    return parser


def mail(rest: Sequence[str]) -> int:
    """The mail half has a parser of its own: it runs without the rest of overseer too."""
    cli = importlib.import_module("overseer.mail.cli")
    code: int = cli.run(mail_parser().parse_args(rest))
    return code


def mail_parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="overseer mail", formatter_class=HelpFormatter)
    importlib.import_module("overseer.mail.cli").add_arguments(parser)
    return parser


def parse(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """Options may stand between the names, as in `config show web --explicit web.yml`."""
    try:
        return parser.parse_intermixed_args(words)
    except TypeError:  # what takes all that follows cannot be mixed with anything
        return parser.parse_args(words)


def add_connection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which overseer")
    group.add_argument("--socket", metavar="PATH", help="its control socket ($OVERSEER_SOCKET)")
    group.add_argument("--state-dir", metavar="DIR", help="its state folder ($OVERSEER_STATE_DIR)")
    group.add_argument("--instance", metavar="NAME", help="one of several on this machine")


def overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {word:<{width}}  {what}" for word, (_, what) in COMMANDS.items()]
    return "\n".join(["usage: overseer COMMAND ...", "", *lines, "", EPILOG])


def unknown(word: str) -> str:
    from difflib import get_close_matches

    from overseer.cli import other_words

    if hint := other_words.hint(word):
        return f"there is no command {word!r}; {hint}"
    close = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean `{close[0]}`?" if close else "`overseer --help` lists all"
    return f"there is no command {word!r}; {hint}"


def report(error: Exception) -> str:
    """Where the traceback of a bug went."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="overseer-bug-", suffix=".txt", delete=False, errors="backslashreplace"
    ) as file:
        file.write(" ".join(sys.argv) + "\n" + "".join(traceback.format_exception(error)))
    return f"a bug: {type(error).__name__}: {error}; please report it with {file.name}"


if __name__ == "__main__":
    sys.exit(main())
