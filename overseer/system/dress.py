"""What a child wears: user, limits, environment, folder, output.

User, groups, limits and the like are put on by a chain of small programs (setpriv, prlimit,
nice ...), because Python launches by vfork(2), which is quick, only if it has nothing of the
kind to do itself.
"""

import functools
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from overseer.credentials import Credentials
from overseer.env_file import BadEnvFile, read_env_file
from overseer.model.program import Argv, Program
from overseer.model.watch import Watch
from overseer.paths import PROGRAM_PATH as PATH
from overseer.safe_files import make_folder
from overseer.system.users import Identity, NoSuchUser, may_run, resolve

PASSED_ON = ("PATH", "LANG", "TZ")
CAP_SYS_CHROOT = 18


class CannotRun(Exception):
    """Why a command cannot be run. *hopeless*: nor will it be at the next try."""

    def __init__(self, why: str, *, hopeless: bool = True) -> None:
        super().__init__(why)
        self.hopeless = hopeless


@dataclass(frozen=True, slots=True)
class Dressed:
    argv: list[str]
    env: Mapping[str, str]
    dir: str
    umask: int


def dress(
    name: str, program: Program, argv: Argv, told: Mapping[str, str], *, checked: bool = False
) -> Dressed:
    """Everything it takes to run *argv* as that program is run, but for the output; CannotRun
    says why not. *told* are overseer's own variables beside the name of the watch. *checked*: exec
    will not be heard."""
    try:
        who = resolve(program.user, program.group)
    except NoSuchUser as error:
        raise CannotRun(str(error)) from None
    env = environment(name, program, who, told)
    folder = program.dir if program.chroot is None else program.chroot + program.dir
    words = chain(program, who)
    if words or checked:  # else exec itself says in time what is wrong
        if not os.path.isdir(folder):
            raise CannotRun(f"there is no folder {folder} (dir); make it")
        if program.chroot is None:
            check(argv, env.get("PATH", PATH), folder, who)
    umask = -1 if program.umask is None else program.umask
    return Dressed([*words, *argv], env, folder, umask)


def environment(
    name: str, program: Program, who: Identity, told: Mapping[str, str]
) -> dict[str, str]:
    """Built anew at each launch; of overseer's own only what is named."""
    wanted = (*PASSED_ON, *program.pass_env)
    env = {"PATH": PATH} | {key: os.environ[key] for key in wanted if key in os.environ}
    env |= {"HOME": who.home, "USER": who.name, "LOGNAME": who.name, "SHELL": who.shell}
    env |= {"OVERSEER_WATCH": name, **told}
    env["OVERSEER_INSTANCE"] = os.environ.get("OVERSEER_INSTANCE", "")
    if program.env_file is not None:
        env |= from_file(program.env_file, Credentials(who.uid, who.gid, who.groups))
    return env | dict(program.env)


def from_file(path: str, user: Credentials | None = None) -> dict[str, str]:
    """The values of an env_file, as that user may read it."""
    try:
        return read_env_file(path, user)
    except FileNotFoundError:
        raise CannotRun(f"there is no file {path} (env_file); make it") from None
    except OSError as error:
        raise CannotRun(f"cannot read {path} (env_file): {error.strerror}") from None
    except BadEnvFile as error:
        raise CannotRun(f"env_file: {error}") from None


def check(argv: Argv, path: str, folder: str, who: Identity) -> None:
    """Say at once what exec would say behind the chain, where nobody hears it."""
    target = argv[0]
    if "/" in target:
        target = os.path.join(folder, target)
        if not os.path.exists(target):
            raise CannotRun(f"no such file: {target}")
    else:
        found = shutil.which(target, mode=os.F_OK, path=path)
        if found is None:
            raise CannotRun(f"no such file: {target} (looked in {path})")
        target = found
    if os.path.isdir(target):
        raise CannotRun(f"is a folder, not a program: {target}")
    try:
        allowed = may_run(target, who)
    except OSError:
        return  # cannot be told from here; exec will
    if not allowed:
        raise CannotRun(f"permission denied: {who.name} may not run {target}")


def chain(program: Program, who: Identity) -> list[str]:
    """The small programs that put on what Python cannot without a slow fork."""
    words: list[str] = []
    if program.rlimits:
        limits = (f"--{name}={value}" for name, value in program.rlimits.items())
        words += [tool("prlimit"), *limits]
    if program.oom_score_adj is not None:
        words += [tool("choom"), "-n", str(program.oom_score_adj), "--"]
    if program.nice is not None:
        words += [tool("nice"), "-n", str(program.nice)]
    if program.ionice is not None:
        level, _, priority = program.ionice.partition(":")
        words += [tool("ionice"), "-c", level, *(["-n", priority] if priority else [])]
    return words + identity_chain(program, who)


def identity_chain(program: Program, who: Identity) -> list[str]:
    is_own = who.uid == os.geteuid() and (program.group is None or who.gid == os.getegid())
    if program.chroot is None and is_own:
        return []
    if os.geteuid() != 0:
        if program.chroot is not None:
            raise CannotRun("only root may chroot; run overseer as root")
        raise CannotRun(f"only root may run it as {who.name}; overseer runs as uid {os.geteuid()}")
    groups = ",".join(map(str, who.groups))
    if program.chroot is not None:
        ids = [f"--regid={who.gid}", f"--groups={groups}", "--"]
        inside = [f"--root={program.chroot}", f"--wd={program.dir}", f"--setuid={who.uid}", "--"]
        return [tool("setpriv"), *ids, tool("unshare"), *inside]
    if may_chroot():
        # Half of what setpriv costs: with a + before them it looks no numbers up in /etc/passwd.
        some = ",".join(f"+{group}" for group in who.groups)
        ids = [f"--userspec=+{who.uid}:+{who.gid}", f"--groups={some}"]
        return [tool("chroot"), "--skip-chdir", *ids, "/"]
    ids = [f"--reuid={who.uid}", f"--regid={who.gid}", f"--groups={groups}"]
    return [tool("setpriv"), *ids, "--"]


@functools.cache
def may_chroot() -> bool:
    """A container's root may lack the capability, which chroot(8) wants even for "/"."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        held = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> CAP_SYS_CHROOT & 1)


@functools.cache
def tool(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise CannotRun(f"needs {name}, from Debian's util-linux or coreutils")
    return found


def said(error: OSError, program: Program) -> str:
    """exec(2)'s answer, in words."""
    if error.filename == program.dir:
        return f"{(error.strerror or '').lower()}: {program.dir} (dir)"
    if isinstance(error, FileNotFoundError):
        interpreter = os.path.exists(str(error.filename))
        return f"no such file: {error.filename}" + (", or its interpreter" if interpreter else "")
    if isinstance(error, PermissionError):
        return f"permission denied: {error.filename}"
    return error.strerror or str(error)


def is_hopeless(error: OSError) -> bool:
    """No memory or no room for another process may pass; the rest will not by itself."""
    return isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError)


def prepare(watch: Watch, program: Program) -> None:
    """What has to be so before a start: the runtime folder, then the behaviors."""
    if program.runtime_dir is not None:
        who = resolve(program.user, program.group)
        make_folder(f"/run/{program.runtime_dir}", owner=(who.uid, who.gid))
    for behavior in watch.behaviors:
        behavior.before_start(watch.name, program)
