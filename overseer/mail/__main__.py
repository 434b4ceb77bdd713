"""python -m overseer.mail"""

from overseer import leave_working_folder_out

if __name__ == "__main__":
    leave_working_folder_out()

import sys

from overseer.command_line import CommandParser, failure, sentence, wants_json
from overseer.errors import OverseerError
from overseer.mail import cli
from overseer.terminal import make_streams_safe


def main() -> int:
    make_streams_safe()
    parser = CommandParser(prog="overseer mail")
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except OverseerError as error:
        print(sentence(error), file=sys.stderr)
        if wants_json(sys.argv):
            print(failure(error.exit_code, str(error)))
        return error.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
