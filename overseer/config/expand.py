"""From the concise form to the explicit one: every key that stands for others is spelled out."""

from overseer.config import healthy, rows, scheduled, task
from overseer.config.catalogue import Catalogue
from overseer.config.concise import ATTRIBUTES
from overseer.config.merge import extends
from overseer.config.node import DEFAULT, Entry, Series, Table, Text, is_null, series, text
from overseer.config.runnable import words
from overseer.config.trouble import Troubles, Unread
from overseer.model.argv import SHELL
from overseer.model.background import others_work
from overseer.model.program import StopStep

COMMANDS = ("command", "start", "stop", "restart", "reload", "check_before_restart")
GRACES = ("start_grace", "stop_grace", "restart_grace")
STOP = StopStep(15, 30.0)


def expand(name: str, watch: Table, catalogue: Catalogue, troubles: Troubles) -> Table:
    """The same watch with explicit keys only; defaults that hang on other keys are filled in."""
    if scheduled.is_scheduled(watch):
        bare = _names(scheduled.expand(name, watch, troubles), troubles)
        return _stopping(_shell(bare, troubles), troubles)
    if task.is_task(watch):
        return _shell(_names(task.expand(name, watch, troubles), troubles), troubles)
    for step in (_names, _shell, _grace, _stopping):
        watch = step(watch, troubles)
    return rows.expand(_defaults(_ready(watch, troubles)), catalogue, troubles)


def _ready(watch: Table, troubles: Troubles) -> Table:
    """Pages, sockets and programs as the conditions they are."""
    entry = watch.entries.get("ready")
    if entry is None or is_null(entry.node):
        return watch
    named = healthy.items(entry.node, "ready", troubles)
    turned = (healthy.turned(name, one, troubles, so=True) for name, one in named)
    found = tuple(Table({one[0]: one[1]}, one[1].spot) for one in turned if one)
    return watch.with_entries({"ready": Entry(entry.spot, Series(found, entry.spot))})


def _names(watch: Table, troubles: Troubles) -> Table:
    """god's uid and gid are user and group."""
    for theirs, ours in (("uid", "user"), ("gid", "group")):
        entry = watch.entries.get(theirs)
        if entry is None:
            continue
        if ours in watch.entries:
            troubles.error(entry.spot, f"{theirs} and {ours} are the same; write {ours} only")
        watch = watch.without([theirs]).with_entries({ours: entry})
    return watch


def _shell(watch: Table, troubles: Troubles) -> Table:
    node = watch.get("shell")
    if node is None:
        return watch
    wanted = ATTRIBUTES["shell"].read(node, "shell", troubles)
    watch = watch.without(["shell"])
    if wanted is not True:
        return watch
    if task.is_task(watch):
        return task.through_shell(watch)
    through = {
        key: Entry(entry.spot, Series((*series((SHELL, "-c")).items, entry.node), entry.node.spot))
        for key, entry in watch.entries.items()
        if key in COMMANDS and _is_for_a_shell(key, entry)
    }
    return watch.with_entries(through)


def _is_for_a_shell(key: str, entry: Entry) -> bool:
    if not isinstance(entry.node, Text) or not entry.node.value.strip():
        return False
    return key != "reload" or not entry.node.value.isupper()  # a signal's name


def _grace(watch: Table, troubles: Troubles) -> Table:
    """god adds `grace` to each of the three."""
    node = watch.get("grace")
    if node is None:
        return watch
    seconds = ATTRIBUTES["grace"]
    grace = seconds.read(node, "grace", troubles)
    if isinstance(grace, Unread):
        return watch.without(["grace"])
    more = {}
    for key in GRACES:
        own = watch.get(key)
        added = seconds.read(own, key, Troubles()) if own else 0.0
        if not isinstance(added, Unread):
            more[key] = Entry(node.spot, text(f"{grace + added:g}s", node.spot))
    return watch.without(["grace"]).with_entries(more)


def _stopping(watch: Table, troubles: Troubles) -> Table:
    """stop_signal and stop_timeout are a short stop_signals."""
    given = [key for key in ("stop_signal", "stop_timeout") if key in watch.entries]
    if not given:
        return watch
    if "stop_signals" in watch.entries:
        spot = watch.entries[given[0]].spot
        troubles.error(spot, f"{given[0]} and stop_signals exclude each other; write one of them")
        return watch.without(given)
    values = [ATTRIBUTES[key].read(watch.entries[key].node, key, troubles) for key in given]
    if any(isinstance(value, Unread) for value in values):
        return watch.without(given)
    signal = watch.get("stop_signal") or text("TERM")
    timeout = watch.get("stop_timeout") or text(f"{STOP.seconds:g}s")
    spot = watch.entries[given[0]].spot
    steps = Entry(spot, Series((signal, timeout), spot))
    return watch.without(given).with_entries({"stop_signals": steps})


def _defaults(watch: Table) -> Table:
    """What is usual for a program in the foreground, for one whose children are other people's
    work, and for one that daemonizes itself."""
    foreground = "command" in watch.entries
    whose = others_work(words(watch.entries["command"].node)) if foreground else ""
    kill = watch.get("kill") or text("tree" if foreground and not whose else "process")
    whole = isinstance(kill, Text) and kill.value == "tree"
    usual = {
        "start_grace": text("1s" if foreground else "0s"),
        "kill": kill,
        "leftovers": text("end" if whole else "leave" if whose else "ignore"),
    }
    bare = "transitions" in watch.entries and not extends(watch)
    if "pid_file" in watch.entries and not bare:
        usual["behaviors"] = series(["clean_pid_file"])
    more = {key: Entry(DEFAULT, node) for key, node in usual.items() if key not in watch.entries}
    return watch.with_entries(more)
