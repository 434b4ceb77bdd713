"""python -m overseer.mail"""

import argparse
import sys

from overseer.errors import OverseerError
from overseer.mail import cli
from overseer.terminal import make_streams_safe


def main() -> int:
    make_streams_safe()
    parser = argparse.ArgumentParser(prog="overseer mail")
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except OverseerError as error:
        print(f"overseer: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
