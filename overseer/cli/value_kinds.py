"""What may stand where the command line wants a value: by the word that its help has for it."""

from argparse import Action
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Kind(StrEnum):
    """What completion offers there."""

    CHOICES = "choices"  # what argparse knows itself
    WATCHES = "watches"
    SCHEDULED = "scheduled"  # watches with a `schedule`
    SCALABLE = "scalable"  # definitions with `instances`
    CONTACTS = "contacts"
    INCIDENTS = "incidents"
    STATES = "states"
    SIGNALS = "signals"
    ALERTS = "alerts"  # the words of X-Overseer-Event
    WATCH_FILES = "watch files"
    RUNNABLE = "runnable"  # watch files, and ready-made watches by name
    LOADED = "loaded"  # watch files that the daemon has
    FILES = "files"
    FOLDERS = "folders"
    PIDS = "pids"
    USERS = "users"
    GROUPS = "groups"
    VARIABLES = "variables"  # of the environment
    TEXT = "text"  # nobody can know it: a number, a duration, words of one's own


BY_METAVAR: Mapping[str, Kind] = {
    "FILE": Kind.FILES,
    "PATH": Kind.FILES,
    "PROGRAM": Kind.FILES,
    "DIR": Kind.FOLDERS,
    "PID": Kind.PIDS,
    "USER": Kind.USERS,
    "GROUP": Kind.GROUPS,
    "VARIABLE": Kind.VARIABLES,
    "SIGNAL": Kind.SIGNALS,
    "CONTACT": Kind.CONTACTS,
    "EVENT": Kind.ALERTS,
    **dict.fromkeys(("N", "S", "SECONDS", "TIME", "WHEN", "AGO", "AGE", "SIZE"), Kind.TEXT),
    **dict.fromkeys(("NAME=VALUE", "KEY=VALUE", "KEY", "TEXT", "PATTERN", "WORD ..."), Kind.TEXT),
    **dict.fromkeys(("URL", "ADDRESS", "DOMAIN", "HOST", "SELECTOR", "QUEUE"), Kind.TEXT),
    **dict.fromkeys(("HOST:PORT|unix:PATH", "smtp://[USER@]HOST[:PORT]"), Kind.TEXT),
    **dict.fromkeys(("MODULE:ATTRIBUTE", "-- ARGUMENTS", "WORKER", "ROLE"), Kind.TEXT),
}
BY_PLACE: Mapping[tuple[str, str], Kind] = {
    ("history", "incident"): Kind.INCIDENTS,
    ("wait", "what"): Kind.STATES,
    ("trigger", "names"): Kind.SCHEDULED,
    ("scale", "name"): Kind.SCALABLE,
    ("run", "files"): Kind.RUNNABLE,
    ("unload", "files"): Kind.LOADED,
    ("import", "files"): Kind.FILES,
}
"""By the command and what the option or argument is called, where its metavar does not say it."""


def kind_of(path: Sequence[str], action: Action) -> Kind | None:
    """*path*: the command, and those that are words of it. None: nobody has said."""
    if action.choices is not None:
        return Kind.CHOICES
    if kind := BY_PLACE.get((path[0], action.dest)):
        return kind
    if action.dest == "instance":
        return Kind.TEXT
    metavar = str(action.metavar)
    if path[0] != "mail" and action.dest in ("name", "names") and metavar == "NAME":
        return Kind.WATCHES
    if path[0] == "mail" and metavar == "ID":
        return Kind.TEXT
    if action.dest == "files" and metavar == "FILE":
        return Kind.WATCH_FILES
    return BY_METAVAR.get(metavar)
