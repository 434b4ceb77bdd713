"""What may follow on the command line, for the completion of a shell."""

import os
from argparse import Action, ArgumentParser, _AppendAction, _SubParsersAction
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from overseer.cli.context import Context
from overseer.cli.value_kinds import Kind, kind_of
from overseer.errors import OverseerError
from overseer.units import show_count

FILES, FOLDERS = ":files", ":folders"
"""Lines that have the shell offer its own."""
JOINS = ("=", "@", ":")
"""Where bash begins another word, and we do not."""


@dataclass(slots=True)
class Place:
    """Where a line stands: which command, what of it has been typed, what comes now."""

    path: tuple[str, ...]
    parser: ArgumentParser
    option: Action | None = None  # it waits for its value
    positionals: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # options, by their dest
    values: dict[str, str] = field(default_factory=dict)
    only_positionals: bool = False


class Line:
    """*typed*: the words after `overseer`, the last one unfinished, perhaps empty."""

    def __init__(self, typed: Sequence[str], context: Context, shell: str) -> None:
        *self._before, self._word = joined(typed) if shell == "bash" else typed
        broken = typed[-1] != self._word  # bash replaces what stands behind the last break alone
        self._cut = max(self._word.rfind("="), self._word.rfind(":")) + 1 if broken else 0
        self._context = context

    def candidates(self) -> Iterator[str]:
        """A line each, with what it is behind a tab; or FILES, FOLDERS."""
        seen: set[str] = set()
        for found, what in self._all():
            if found in (FILES, FOLDERS):
                yield found
            elif found.startswith(self._word) and found not in seen:
                seen.add(found)
                yield f"{found[self._cut :]}\t{' '.join(what.split())}".rstrip()

    def _all(self) -> Iterator[tuple[str, str]]:
        from overseer.cli.main import COMMANDS

        if not self._before or self._before == ["help"]:
            yield from ((word, what) for word, (_, what) in COMMANDS.items())
            return
        place = placed(self._before)
        if place is None:
            return
        values = place.values
        self._context.point(values.get("socket"), values.get("state_dir"), values.get("instance"))
        flag, equals, _ = self._word.partition("=")
        if place.option:
            yield from self._offered(place, place.option)
        elif equals and (option := option_of(place.parser, flag)):
            yield from ((f"{flag}={value}", what) for value, what in self._offered(place, option))
        elif self._word.startswith("-") and not place.only_positionals:
            yield from options_of(place)
        else:
            for action in next_positionals(place):
                yield from self._offered(place, action)

    def _offered(self, place: Place, action: Action) -> Iterator[tuple[str, str]]:
        if isinstance(action, _SubParsersAction):
            what = {choice.dest: choice.help or "" for choice in action._choices_actions}
            yield from ((word, what.get(word, "")) for word in action.choices)
            return
        kind = kind_of(place.path, action)
        if kind is Kind.CHOICES:
            yield from ((str(choice), "") for choice in action.choices or ())
        elif kind is not None:
            try:
                yield from offer(kind, self._context)
            except OverseerError:  # no daemon, or not ours to ask
                return


def joined(typed: Sequence[str]) -> list[str]:
    """As we read words, of words as bash does: `--sort` `=` `cpu`, `@` `web`."""
    words: list[str] = []
    glue = False
    for word in typed:
        if words and (glue or (word in ("=", ":") and words[-1])):
            words[-1] += word
        else:
            words.append(word)
        glue = word in JOINS
    return words


def placed(words: Sequence[str]) -> Place | None:
    from overseer.cli.main import COMMANDS, mail_parser, module_of, parser_of

    top = words[0]
    if top not in COMMANDS:
        return None
    parser = mail_parser() if top == "mail" else parser_of(top, module_of(top))
    place = Place((top,), parser)
    for word in words[1:]:
        place = advance(place, word)
    return place


def advance(place: Place, word: str) -> Place:
    """After one more word."""
    if place.option:
        place.values[place.option.dest] = word
        place.option = None
    elif word == "--" and not place.only_positionals:
        place.only_positionals = True
    elif word.startswith("-") and len(word) > 1 and not place.only_positionals:
        flag, equals, value = word.partition("=")
        option = option_of(place.parser, flag)
        if option is None:
            return place
        place.used.add(option.dest)
        if equals:
            place.values[option.dest] = value
        elif option.nargs != 0:
            place.option = option
    elif (inner := subparsers(place.parser)) and word in inner.choices:
        return Place((*place.path, word), inner.choices[word])
    else:
        place.positionals.append(word)
    return place


def option_of(parser: ArgumentParser, flag: str) -> Action | None:
    return next((action for action in parser._actions if flag in action.option_strings), None)


def subparsers(parser: ArgumentParser) -> "_SubParsersAction[ArgumentParser] | None":
    actions = parser._actions
    return next((action for action in actions if isinstance(action, _SubParsersAction)), None)


def options_of(place: Place) -> Iterator[tuple[str, str]]:
    """The long ones, or the short one of what has no other."""
    for action in place.parser._actions:
        if action.dest in place.used and not isinstance(action, _AppendAction):
            continue
        long = [flag for flag in action.option_strings if flag.startswith("--")]
        for flag in long or action.option_strings:
            yield flag, (action.help or "").replace("%%", "%")


def next_positionals(place: Place) -> Iterator[Action]:
    """Those that the next word may belong to: of `signal NAME... SIGNAL` both."""
    count = len(place.positionals)
    for action in place.parser._actions:
        if action.option_strings:
            continue
        if action.nargs in ("*", "+", "A...", "..."):
            yield action
            if not count:
                return
            count = 0  # what follows takes the last word
        elif count == 0:
            yield action
            return
        else:
            count -= 1


def offer(kind: Kind, context: Context) -> Iterable[tuple[str, str]]:
    """What there is of it now, with what it is."""
    if kind in (Kind.FILES, Kind.WATCH_FILES):
        return ((FILES, ""),)
    if kind is Kind.FOLDERS:
        return ((FOLDERS, ""),)
    return OFFERS[kind](context)


def watches(context: Context) -> Iterator[tuple[str, str]]:
    status = context.client.ask("status")["status"]
    for watch in status["watches"]:
        yield watch["name"], watch["phase"]
    for definition in status["copies"]:
        yield definition["name"], "all of its instances"
    for tag in sorted({tag for watch in status["watches"] for tag in watch["tags"]}):
        yield f"@{tag}", "tag"


def scheduled(context: Context) -> Iterator[tuple[str, str]]:
    for watch in context.client.ask("status")["status"]["watches"]:
        if watch["kind"] == "scheduled":
            yield watch["name"], watch["phase"]


def scalable(context: Context) -> Iterator[tuple[str, str]]:
    for definition in context.client.ask("status")["status"]["copies"]:
        yield definition["name"], show_count(definition["instances"], "instance")


def contacts(context: Context) -> Iterator[tuple[str, str]]:
    for contact in context.client.ask("contacts").get("contacts", ()):
        yield contact["name"], contact["way"]


def incidents(context: Context) -> Iterator[tuple[str, str]]:
    answer = context.client.ask("incidents", {"limit": 50})
    for incident in reversed(answer.get("incidents", ())):
        yield incident["incident"], f"{incident['watch'] or 'overseer'}: {incident['first']}"


def loaded(context: Context) -> Iterator[tuple[str, str]]:
    for file in context.client.ask("files").get("files", ()):
        yield file, ""


def states(context: Context) -> Iterator[tuple[str, str]]:
    from overseer.model.state import Phase

    yield "up", ""
    yield "down", "nothing of it runs"
    yield from ((str(phase), "") for phase in Phase)


def signals(context: Context) -> Iterator[tuple[str, str]]:
    import signal

    for number in sorted(signal.Signals):
        yield number.name.removeprefix("SIG"), signal.strsignal(number) or ""


def alerts(context: Context) -> Iterator[tuple[str, str]]:
    from overseer.model.change import Change

    yield from ((str(change), "") for change in Change)


def runnable(context: Context) -> Iterator[tuple[str, str]]:
    from overseer.config.files import ready_made_names

    yield from ((name, "ready-made") for name in ready_made_names())
    yield FILES, ""


def pids(context: Context) -> Iterator[tuple[str, str]]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/comm", errors="replace") as file:
                yield name, file.read()
        except OSError:  # it has just ended
            continue


def users(context: Context) -> Iterator[tuple[str, str]]:
    import pwd

    yield from ((user.pw_name, "") for user in pwd.getpwall())


def groups(context: Context) -> Iterator[tuple[str, str]]:
    import grp

    yield from ((group.gr_name, "") for group in grp.getgrall())


def nothing(context: Context) -> Iterator[tuple[str, str]]:
    return iter(())


OFFERS: Mapping[Kind, Callable[[Context], Iterable[tuple[str, str]]]] = {
    Kind.WATCHES: watches,
    Kind.SCHEDULED: scheduled,
    Kind.SCALABLE: scalable,
    Kind.CONTACTS: contacts,
    Kind.INCIDENTS: incidents,
    Kind.LOADED: loaded,
    Kind.STATES: states,
    Kind.SIGNALS: signals,
    Kind.ALERTS: alerts,
    Kind.RUNNABLE: runnable,
    Kind.PIDS: pids,
    Kind.USERS: users,
    Kind.GROUPS: groups,
    Kind.VARIABLES: lambda context: ((name, "") for name in os.environ),
    Kind.TEXT: nothing,
}
