"""Polled conditions: asked in their rhythm, their answers added up."""

from overseer.rounds.probe import Probe
from overseer.rounds.round import Tally
from overseer.rounds.rounds import Alarm, Rounds

__all__ = ["Alarm", "Probe", "Rounds", "Tally"]
