"""god's global options: a setting, a word on the command line, or a remark."""

from collections.abc import Iterator, Mapping

from overseer.config.node import table, text
from overseer.importers.page import Item, Remark, said
from overseer.importers.process import carried, environment
from overseer.importers.recording import Recording
from overseer.importers.values import interval, shown, word

HINTS: Mapping[str, str] = {
    "allow": "there is no TCP port",
    "host": "there is no TCP port",
    "log_buffer_size": "`overseer history` keeps 90 days",
    "log_file": "`overseer run --log-file`",
    "log_level": "`overseer run --log-level`",
    "pid": "`overseer run --pid-file`",
    "pid_file_directory": "only god's own pid files stand there, see the end",
    "port": "there is no TCP port; `--instance NAME` for a second overseer",
    "server": "there is no TCP port",
    "socket_perms": "the socket is its owner's alone, and that of settings: socket_group",
    "socket_user": "the socket belongs to whoever runs overseer",
    "terminate_timeout": "`overseer terminate` gives each watch its own stop_timeout",
    "use_events": "exits are always seen at once",
}

READ = (
    "the files read of their environment: {names}. What followed from that stands here as it was "
    "at the import; where god has another environment, import with that"
)
INHERITED = Remark("what the files set in ENV, which god's programs inherit")
HELD = Remark("nothing starts until what god runs is adopted, see the end; then take autostart out")
CARRIED = frozenset({"interval", "socket_group"})


def items(recording: Recording) -> Iterator[Item]:
    for key, value in recording.options.items():
        if key not in CARRIED and value is not None:
            hint = HINTS.get(key, "nothing here is like it")
            found = f"{value:#o}" if key == "socket_perms" else shown(value)
            yield said(f"God.{key} = {found}: {hint}")
    for note in recording.notes:
        yield said(f"{note.at}: {note.text}" if note.at else note.text, note.code)
    if recording.read:
        names = (f"{key} ({'' if there else 'not '}set)" for key, there in recording.read.items())
        yield said(READ.format(names=", ".join(names)))
    group = recording.options.get("socket_group")
    if group is not None:
        yield Item(key="settings", node=table({"socket_group": word(group)}))


def defaults(recording: Recording, *, held: bool) -> Iterator[Item]:
    """For all watches. *held*: none of them is started by itself."""
    children: list[Item] = []
    meddled = recording.options.get("interval")  # of God.meddle
    if meddled is not None:
        children += carried("interval", "interval", interval, meddled)
    if held:
        children.append(Item(key="autostart", node=text("false"), remarks=(HELD,)))
    if recording.environment:
        children.append(Item(remarks=(INHERITED,)))
        children += environment(recording.environment, "ENV")
    yield Item(key="defaults", children=tuple(children))
