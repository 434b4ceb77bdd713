"""python -m overseer, and what the `overseer` command calls."""

import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while modules are read is no traceback


def main() -> int:
    """The exit code. From here on Ctrl-C is answered; when it is over it ends what is left."""
    from overseer.cli.main import main as command

    quiet = signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    try:
        if quiet:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command()
    finally:
        if quiet:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
