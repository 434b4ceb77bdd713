"""`overseer run` with a clock that is so many seconds ahead: what runs is older than its timers.

python clock_ahead.py SECONDS STATE_DIR FILE
"""

import sys

from overseer import app
from overseer.options import RunOptions
from overseer.system.loop import Clock


class ClockAhead(Clock):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return super().now() + self._seconds

    def wall(self) -> float:
        return super().wall() + self._seconds


def main(seconds: str, state_dir: str, file: str) -> int:
    options = RunOptions(files=(file,), state_dir=state_dir, strict=False)
    return app.run(options, ClockAhead(float(seconds)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
