"""What has to change when watch files have changed: the plan, and nothing but the plan."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from overseer.core import spell
from overseer.model.program import FROM_THE_NEXT_START, Program
from overseer.model.transition import Transition
from overseer.model.watch import Watch


class Effect(StrEnum):
    """What a change does to the process, the gentlest first."""

    NONE = "none"  # known from now on; nothing runs
    LIVE = "live"
    GRAPH = "graph"  # live, but windows of the states that changed begin anew
    NEXT_START = "next start"
    START = "start"
    RESTART = "restart"
    KEEP = "keep"  # the watch goes, its process stays
    STOP = "stop"


class What(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    REMOVED = "removed"


ENV = "env"
GRAPH = frozenset({"transitions", "lifecycle", "states", "initial_state"})
LISTS = {"transitions", "lifecycle", "states", "behaviors", "tags", "restart_at", "pass_env"}
DISTURBING = frozenset({Effect.RESTART, Effect.STOP})
ORDER = list(Effect)


@dataclass(frozen=True, slots=True)
class Difference:
    """One key with another value; both as people read them."""

    name: str
    old: str
    new: str
    effect: Effect
    brief: str = ""  # where nothing but a number has changed: `memory 150MB → 200MB`

    def __str__(self) -> str:
        if self.brief:
            return f"{self.brief} ({HOW.get(self.effect, self.effect)})"
        if self.name == ENV:
            return f"{self.name}: {self.new} ({self.effect})"
        if self.name not in LISTS:
            return f"{self.name}: {self.old} -> {self.new} ({self.effect})"
        sides = (("-", self.old), ("+", self.new))
        said = ", ".join(f"{sign} {text}" for sign, text in sides if text != spell.NONE)
        return f"{self.name}: {said} ({self.effect})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one watch. *old* is None for one that is added, *new* for one removed."""

    name: str
    what: What
    effect: Effect
    old: Watch | None = None
    new: Watch | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def hard(self) -> bool:
        """True if its process wears something that has changed."""
        return any(one.effect is Effect.RESTART for one in self.differences)

    @property
    def disturbs(self) -> bool:
        return self.effect in DISTURBING

    def lines(self) -> list[str]:
        """What is said below a name stands behind it where it is all."""
        if self.what is What.CHANGED and len(self.differences) == 1 and self.differences[0].brief:
            return [f"{self.name}: {self.differences[0]}"]
        return [f"{self.name}: {self._headline()}", *(f"  {one}" for one in self.differences)]

    @property
    def definition(self) -> str:
        """Of one of several instances the name that they share, else its own."""
        watch = self.new or self.old
        return (watch.copy_of if watch else "") or self.name

    def _headline(self) -> str:
        if self.what is What.CHANGED:
            return f"changed ({HOW[self.effect]})"
        if self.what is What.RENAMED and self.old:
            return f"takes over from {self.old.name} ({HOW[self.effect]})"
        return f"{self.what}, {HOW[self.effect]}"


HOW = {
    Effect.NONE: "nothing is started or stopped",
    Effect.LIVE: "live",
    Effect.GRAPH: "live",
    Effect.NEXT_START: "from the next start",
    Effect.START: "will be started",
    Effect.RESTART: "will be restarted",
    Effect.KEEP: "its process is left running",
    Effect.STOP: "will be stopped",
}


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[Change, ...] = ()

    @property
    def disturbs(self) -> bool:
        """True if a process is restarted or stopped: worth asking before."""
        return any(change.disturbs for change in self.changes)

    def lines(self) -> list[str]:
        """Instances to which the same happens are named once."""
        groups: dict[tuple[str, ...], list[Change]] = {}
        for change in self.changes:
            said = [line.removeprefix(change.name) for line in change.lines()]
            groups.setdefault((change.definition, change.what, *said), []).append(change)
        return [line for (_, _, *said), same in groups.items() for line in _said_once(same, said)]


def _said_once(same: Sequence[Change], said: Sequence[str]) -> list[str]:
    name = same[0].name
    if len(same) > 1:
        name = f"{same[0].definition} ({len(same)} instances)"
    return [f"{name}{said[0]}", *said[1:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a load is to be applied, and what it would meet."""

    living: frozenset[str] = frozenset()  # have a process, or are about to
    kept_up: frozenset[str] = frozenset()  # and are wanted up: restarted by a hard change
    eager: frozenset[str] = frozenset()  # waiting or held: a hard change launches them
    stop_gone: bool = True  # else the processes of removed watches are left
    restart: bool = True  # else from the next start


def plan(old: Mapping[str, Watch], new: Mapping[str, Watch], wish: Wish) -> Plan:
    """From *old*, the watches that these files owned, to *new*: what goes first."""
    heirs = {watch.was: watch for watch in new.values() if is_heir(watch, old, new)}
    gone = [watch for name, watch in old.items() if name not in new and name not in heirs]
    changes = [_removed(watch, wish) for watch in gone]
    for name, watch in new.items():
        if watch in heirs.values() and watch.was:
            changes.append(_changed(old[watch.was], watch, wish, What.RENAMED))
        elif name not in old:
            changes.append(_added(watch))
        elif old[name].kind != watch.kind:  # one goes, another comes
            changes += [_removed(old[name], replace(wish, stop_gone=True)), _added(watch)]
        elif old[name] != watch:
            changes.append(_changed(old[name], watch, wish))
    return Plan(tuple(changes))


def is_heir(watch: Watch, old: Mapping[str, Watch], new: Container[str]) -> bool:
    """`was` names a watch that goes, and this one is not known yet: once, however long it
    stands in the file. What a program has is nothing to a task."""
    known = old.get(watch.was or "")
    if known is None or watch.was in new or watch.name in old:
        return False
    return known.kind == watch.kind


def differences(old: Watch, new: Watch) -> tuple[Difference, ...]:
    """Every key that differs, with what its change does. What is
    not kept up wears nothing: another command is for the next time."""
    found = _differing(old, new, (one.name for one in fields(Watch) if one.compare))
    program = _differing(old.program, new.program, (one.name for one in fields(Program)))
    if new.kind != "watch":
        program = tuple(replace(one, effect=Effect.NEXT_START) for one in program)
    return (*program, *(one for one in found if one.name not in ("program", "name")))


def _differing(old: object, new: object, names: Iterable[str]) -> tuple[Difference, ...]:
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in names)
    return tuple(
        Difference(name, *_shortest(name, before, after), _effect(old, name), _brief(before, after))
        for name, before, after in pairs
        if before != after
    )


def _shortest(name: str, before: object, after: object) -> tuple[str, str]:
    """Of two lists or mappings only what is not in both; of an environment no values."""
    if name == ENV and isinstance(before, Mapping) and isinstance(after, Mapping):
        return "", _names(before, after)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        only_before = {key: item for key, item in before.items() if after.get(key) != item}
        only_after = {key: item for key, item in after.items() if before.get(key) != item}
        return spell.value(only_before), spell.value(only_after)
    if name in LISTS and isinstance(before, tuple) and isinstance(after, tuple):
        return _listed(before, after), _listed(after, before)
    if name == "umask":
        return _octal(before), _octal(after)
    return spell.value(before), spell.value(after)


def _brief(before: object, after: object) -> str:
    """Of rows that differ in the numbers of their conditions, and in nothing else."""
    if not isinstance(before, tuple) or not isinstance(after, tuple) or len(before) != len(after):
        return ""
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if not all(isinstance(old, Transition) and isinstance(new, Transition) for old, new in pairs):
        return ""
    found = [spell.limit(old, new) for old, new in pairs]
    if None in found:
        return ""
    return ", ".join(f"{word} {old} → {new}" for word, old, new in filter(None, found))


def _names(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Passwords stand in environments, and plans on screens and in logs."""
    both = [name for name in after if name in before and after[name] != before[name]]
    said = [f"{name} changed" for name in both]
    said += [f"{name} added" for name in after if name not in before]
    return ", ".join(said + [f"{name} removed" for name in before if name not in after])


def _listed(these: tuple[object, ...], others: tuple[object, ...]) -> str:
    left = these if set(map(str, these)) == set(map(str, others)) else _without(these, others)
    return "; ".join(map(spell.value, left)) or spell.NONE


def _without(these: tuple[object, ...], others: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(item for item in these if item not in others)


def _octal(mask: object) -> str:
    return f"{mask:03o}" if isinstance(mask, int) else spell.NONE


def _effect(owner: object, name: str) -> Effect:
    if isinstance(owner, Program):
        return Effect.NEXT_START if name in FROM_THE_NEXT_START else Effect.RESTART
    return Effect.GRAPH if name in GRAPH else Effect.LIVE


def _added(watch: Watch) -> Change:
    effect = Effect.START if watch.autostart else Effect.NONE
    return Change(name=watch.name, what=What.ADDED, effect=effect, new=watch)


def _removed(watch: Watch, wish: Wish) -> Change:
    effect = Effect.NONE
    if watch.name in wish.living:
        effect = Effect.STOP if wish.stop_gone else Effect.KEEP
    return Change(name=watch.name, what=What.REMOVED, effect=effect, old=watch)


def _changed(old: Watch, new: Watch, wish: Wish, what: What = What.CHANGED) -> Change:
    found = differences(old, new)
    effect = max((one.effect for one in found), key=ORDER.index, default=Effect.LIVE)
    if effect is Effect.RESTART:
        effect = _of_a_hard_change(old.name, wish)
    return Change(name=new.name, what=what, effect=effect, old=old, new=new, differences=found)


def _of_a_hard_change(name: str, wish: Wish) -> Effect:
    if name in wish.eager:
        return Effect.START
    return Effect.RESTART if wish.restart and name in wish.kept_up else Effect.NEXT_START
