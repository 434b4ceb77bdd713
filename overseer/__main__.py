"""python -m overseer, and what the `overseer` command calls."""

from overseer import leave_working_folder_out

if __name__ == "__main__":
    leave_working_folder_out()

import os
import signal
import sys

from overseer.terminal import make_streams_safe

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while modules are read is no traceback


def main() -> int:
    """The exit code. From here on Ctrl-C is answered; when it is over it ends what is left."""
    make_streams_safe()
    if (words := sendmails_words(sys.argv)) is not None:
        return sendmail(words, by_name=is_named_sendmail(sys.argv))
    from overseer.cli.main import main as command

    quiet = signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    try:
        if quiet:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command()
    finally:
        if quiet:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def sendmails_words(argv: list[str]) -> list[str] | None:
    """Called as sendmail, by a link of that name or in full: without what other commands need, for
    a web page may wait for it."""
    if is_named_sendmail(argv):
        return argv[1:]
    return argv[3:] if argv[1:3] == ["mail", "sendmail"] else None


def is_named_sendmail(argv: list[str]) -> bool:
    return os.path.basename(argv[0]) == "sendmail"


def sendmail(words: list[str], *, by_name: bool) -> int:
    from overseer.mail.sendmail_in import main as queue

    try:
        return queue(words, by_name=by_name)
    except Exception as error:  # noqa: BLE001 - a bug; its report goes into a file
        from overseer.cli.main import report
        from overseer.errors import BUG

        print(f"overseer mail sendmail: {report(error)}", file=sys.stderr)
        return BUG


if __name__ == "__main__":
    sys.exit(main())
