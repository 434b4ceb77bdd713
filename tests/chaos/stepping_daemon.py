"""`overseer run` with a wall clock that is as many seconds off as a file says at the moment.

python stepping_daemon.py OFFSET_FILE STATE_DIR FILE
"""

import sys
from pathlib import Path

from overseer import app
from overseer.options import RunOptions
from overseer.system.loop import Clock


class SteppingClock(Clock):
    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def wall(self) -> float:
        return super().wall() + float(self._offset.read_text() or 0)


def main(offset: str, state_dir: str, file: str) -> int:
    options = RunOptions(files=(file,), state_dir=state_dir, strict=False)
    return app.run(options, SteppingClock(Path(offset)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
