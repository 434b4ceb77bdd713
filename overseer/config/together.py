"""Whether what several watches and the settings say fits together."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from overseer.config.draft import Draft
from overseer.config.settings import Settings
from overseer.config.trouble import Troubles, suggestion
from overseer.model.schedule import Schedule
from overseer.model.watch import Watch

Calendar = Callable[[Schedule], str | None]
"""Why a cron text in that time zone will not do, or None: for whoever rings it to say."""


def check_heirs(draft: Draft, watches: Mapping[str, Watch], troubles: Troubles) -> None:
    """`was` is a name that is free now, and goes to one watch."""
    heirs: dict[str, str] = {}
    for name, watch in watches.items():
        if watch.was is None:
            continue
        other = heirs.setdefault(watch.was, name)
        if watch.was in watches:
            said = f"was: {watch.was} is a watch still; rename it, or leave was: out"
        elif other != name:
            said = f"was: {watch.was} is {other} now; only one watch can take it over"
        else:
            continue
        troubles.error(draft.watches[name].spot, f"{name}: {said}")


def check_tags(draft: Draft, watches: Mapping[str, Watch], troubles: Troubles) -> None:
    """What is typed means a watch or a tag, not now this and now that."""
    for name, watch in watches.items():
        for tag in watch.tags:
            if tag in watches:
                said = f"{name}: tags: {tag} is a watch; `overseer stop {tag}` would mean that "
                troubles.error(draft.watches[name].spot, said + "alone; choose another")


def check_maintenance(
    settings: Settings,
    draft: Draft,
    watches: Mapping[str, Watch],
    calendar: Calendar | None,
    troubles: Troubles,
) -> None:
    """Its moments come, and it means watches that there are."""
    tags = {f"@{tag}" for watch in watches.values() for tag in watch.tags}
    known = {*watches, *tags, *(tag.removeprefix("@") for tag in tags)}
    for one in settings.maintenance:
        spot = draft.settings["maintenance"].node.spot
        if calendar and (why := calendar(Schedule(one.when, one.timezone))):
            troubles.error(spot, f"maintenance: when: {why}")
        for word in one.watches:
            if word not in known and not any(fnmatchcase(name, word) for name in watches):
                near = suggestion(word, known, otherwise="name a watch, a @tag or a glob")
                troubles.error(spot, f"maintenance: no watch or tag {word}{near}")
