"""A program that says how far its reload is: RELOADING=1, then READY=1 (sd_notify(3)).

systemd calls it Type=notify-reload. Many programs that say READY=1 at their start say nothing of a
reload: what is not heard soon is not waited for.
"""

from overseer.core.turn import Turn
from overseer.model.event import Reloading
from overseer.model.news import Kind
from overseer.model.state import Life
from overseer.units import show_seconds

HEARD_WITHIN = 1.0
"""Seconds after the signal in which it may say RELOADING=1."""

NOT_READY = "it said RELOADING=1, and no READY=1"


def begin(turn: Turn) -> None:
    """It has been asked to reload."""
    until = turn.now + HEARD_WITHIN
    turn.set(reloading=until, due=until, reload_heard=False, reload_asked=True)


def said(turn: Turn, event: Reloading) -> None:
    status = turn.status
    if event.process != status.process or status.life is not Life.ALIVE:
        return
    if event.over:
        if status.reloading is not None:
            over(turn)
        elif status.trouble.startswith(NOT_READY):
            turn.set(trouble="")
        return
    until = turn.now + turn.watch.restart_timeout
    turn.set(reloading=until, reload_heard=True)
    if status.errand is None:  # else its command has the timer
        turn.set(due=until)


def over(turn: Turn) -> None:
    """It is ready, or does not say how far it is."""
    asked = turn.status.reload_asked and turn.status.errand is None
    turn.set(reloading=None, reload_heard=False, reload_asked=False, trouble="")
    if turn.status.errand is None:
        turn.set(due=None)
    if asked:
        turn.tell(Kind.RELOADED, "reloaded")


def rang(turn: Turn) -> None:
    """It has not said RELOADING=1, or not READY=1 after it."""
    if turn.status.reloading is None:
        return
    if not turn.status.reload_heard:
        return over(turn)
    waited = show_seconds(turn.watch.restart_timeout)
    why = f"{NOT_READY} within {waited}"
    turn.set(reloading=None, reload_heard=False, reload_asked=False)
    turn.set(reload_failure=why, trouble=why)
    turn.tell(Kind.WARNING, why, next="it is left as it is")
