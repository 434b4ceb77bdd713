"""Words of other supervisors, and the command that does here what they do there."""

STATUS = "`overseer status` lists every watch, `overseer status NAME` shows one in full"
RELOAD = "`overseer load` reads the watch files again and shows what changes first"
CHECK = "`overseer check FILE` reads watch files and says every problem in them"
LOGS = "`overseer logs NAME -f` follows what a program prints"
END = (
    "`overseer terminate` stops every process and ends the daemon,"
    " `overseer quit` ends the daemon and leaves the processes running"
)
REMOVE = "`overseer remove NAME --stop` stops a watch and forgets it"
UP = "`overseer start NAME` has it up and keeps it up, over reboots too"
DOWN = "`overseer stop NAME` keeps it down until it is started again, over reboots too"
SERVICE = "`overseer install-service` writes a systemd unit"
SIGNAL = (
    "`overseer signal HUP NAME` sends a signal, `overseer stop NAME` stops a watch,"
    " `overseer terminate` ends everything"
)
WORDS = {
    **dict.fromkeys(("ls", "list", "ps", "summary", "procs", "info", "show", "describe"), STATUS),
    **dict.fromkeys(("pid", "is-active", "states", "jlist", "prettylist", "monit"), STATUS),
    **dict.fromkeys(("reread", "update", "add", "daemon-reload", "hup", "apply"), RELOAD),
    **dict.fromkeys(("validate", "verify", "configtest", "test", "lint"), CHECK),
    **dict.fromkeys(("tail", "maintail", "fg", "journal", "journalctl", "output"), LOGS),
    **dict.fromkeys(("shutdown", "halt", "exit"), END),
    **dict.fromkeys(("delete", "del", "rm", "forget"), REMOVE),
    **dict.fromkeys(("enable", "up", "once", "launch"), UP),
    **dict.fromkeys(("disable", "down", "mask"), DOWN),
    **dict.fromkeys(("startup", "install", "service"), SERVICE),
    **dict.fromkeys(("kill", "term", "int"), SIGNAL),
    "cat": "`overseer config show NAME` prints a watch with everything filled in",
    "edit": "edit the watch file, then `overseer load`",
    "save": "what is wanted is kept on disk by itself; there is nothing to save",
    "resurrect": "`overseer run` brings back what was wanted by itself",
    "reset": "`overseer start NAME` starts afresh and empties the counters",
    "reset-failed": "`overseer start --held` starts all that is held or was given up",
    "flush": "logs are rotated by size; see `log_size` in docs/watch-files.md",
    "rotate": "logs are rotated by size; see `log_size` in docs/watch-files.md",
    "reopen": "`kill -USR1` of the daemon opens its own log again",
    "task": "tasks are watches with `states`; `overseer status` lists them",
    "dash": "`overseer top` shows what uses how much, live",
    "daemon": "`overseer run --daemonize`",
}


def hint(word: str) -> str:
    """What to type instead; empty where nobody's word is known."""
    return WORDS.get(word, "")
