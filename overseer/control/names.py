"""Whom an operator means: names, tags, globs, all; and whom a verb leaves out of a group."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from overseer.errors import Refused, UnknownName, UsageError
from overseer.model.state import Goal
from overseer.model.status import Status
from overseer.model.watch import Watch

ALL = "--all"
NOTHING: Mapping[str, str] = {}


class Chosen(NamedTuple):
    """A watch, and the word that meant it."""

    name: str
    words: str


class Choice(NamedTuple):
    chosen: tuple[Chosen, ...]
    left_out: tuple[str, ...] = ()  # each `db (stopped by root)`

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.chosen]


def choose(
    words: Sequence[str],
    everything: bool,
    verb: str,
    watches: Mapping[str, Watch],
    statuses: Mapping[str, Status],
    none: Mapping[str, str] = NOTHING,
) -> Choice:
    """The watches meant, in the order of the files. One unknown word, and nobody is. *none*: names
    that mean no watch for now, and why."""
    for each in words:
        if why := none.get(each.removeprefix("@")):
            raise Refused(why)
    if not words and not everything:
        raise UsageError(f"{verb} what? name watches, @tags or globs like 'web-*', or say --all")
    meant = _meant(words, everything, watches)
    chosen, left_out = [], []
    for name in watches:
        if not (word := meant.get(name)):
            continue
        status = statuses[name]
        if word == name or _means(verb, status):
            chosen.append(Chosen(name, _kept(verb, status) or word))
        else:
            left_out.append(f"{name} ({_why(status)})")
    return Choice(tuple(chosen), tuple(left_out))


def fuzzy(word: str, names: Iterable[str]) -> str:
    """The shortest name that has the letters of *word* in this order (god: log)."""
    found = [name for name in names if _has_in_order(name, word)]
    if not found:
        raise UnknownName(f"no watch has the letters of {word!r} in its name")
    return min(found, key=lambda name: (name != word, len(name), name))


def _meant(words: Sequence[str], everything: bool, watches: Mapping[str, Watch]) -> dict[str, str]:
    """Each watch that is meant, with the word that meant it; its own name counts most."""
    meant = dict.fromkeys(watches, ALL) if everything else {}
    unknown = []
    for word in words:
        found = _matching(word, watches)
        if not found:
            unknown.append(word)
        for name in found:
            if meant.get(name) != name:
                meant[name] = word
    if unknown:
        raise UnknownName("\n".join(_not_known(word, watches) for word in unknown))
    return meant


def _matching(word: str, watches: Mapping[str, Watch]) -> list[str]:
    if word in watches:
        return [word]
    tag = word.removeprefix("@")
    tagged = [name for name, watch in watches.items() if tag in watch.tags]
    if tagged or word.startswith("@") or not set(word) & set("*?["):
        return tagged
    return [name for name in watches if fnmatchcase(name, word)]


def _not_known(word: str, watches: Mapping[str, Watch]) -> str:
    import difflib  # only who mistypes pays for it

    if word == "all":
        return "no watch or tag 'all'; --all means every watch"
    tags = sorted({tag for watch in watches.values() for tag in watch.tags})
    names = [*watches, *(f"@{tag}" for tag in tags)]
    near = difflib.get_close_matches(word, names, 1) or difflib.get_close_matches(
        f"@{word}", names, 1
    )
    if near:
        return f"no watch or tag {word!r}; did you mean {near[0]!r}?"
    return f"no watch or tag {word!r}; `overseer status` lists them"


def _wanted(status: Status) -> bool:
    return status.goal is Goal.UP


def _not_put_aside(status: Status) -> bool:
    """Whoever stopped it did not mean just this one."""
    return _wanted(status) or status.set_words != status.name


GROUP: Mapping[str, Callable[[Status], bool]] = {
    "restart": _wanted,
    "reload": _wanted,
    "signal": _wanted,
    "start": _not_put_aside,
    "monitor": _not_put_aside,
}
"""Whom a verb means of a tag, a glob or --all; of every other verb: each of them."""


def _means(verb: str, status: Status) -> bool:
    return GROUP[verb](status) if verb in GROUP else True


def _kept(verb: str, status: Status) -> str:
    """Who was stopped by name stays so when everybody is stopped after it."""
    goal = {"stop": Goal.DOWN, "unmonitor": Goal.UNMONITORED}.get(verb)
    aside = not _not_put_aside(status)
    return status.name if aside and goal is status.goal else ""


def _why(status: Status) -> str:
    what = "stopped" if status.goal is Goal.DOWN else "unmonitored"
    return f"{what} by {status.set_by}" if status.set_by else what


def _has_in_order(name: str, word: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)
