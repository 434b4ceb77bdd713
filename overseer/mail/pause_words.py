"""What holds a queue back, in words."""

import time

from overseer.mail.masking import masked
from overseer.outbox.pauses import ALL, By, Pause
from overseer.units import show_seconds


def say_pause(pause: Pause, now: float) -> str:
    which = "every queue" if pause.queue == ALL else f"queue {pause.queue}"
    why = f": {masked(pause.reason)}" if pause.reason else ""
    if pause.by is By.MOVE:
        return say_move(pause)
    if pause.by is By.OPERATOR:
        name = "" if pause.queue == ALL else f" --queue {pause.queue}"
        return f"{which} is paused by an operator{why}; `overseer mail resume{name}` goes on"
    left = max(0.0, (pause.until or now) - now)
    return f"{which} waits for its server{why}; next try in {show_seconds(left)}"


def say_move(mark: Pause) -> str:
    if not mark.step:
        return (
            f"every queue is being moved to {mark.reason}; type the same"
            " `overseer mail migrate` again, if it does not run any more"
        )
    return (
        f"moved to {mark.reason} {time.strftime('on %Y-%m-%d', time.localtime(mark.since))}; what"
        " is put here waits for the same `overseer mail migrate` again"
    )
