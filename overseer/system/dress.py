"""What a child wears: user, limits, environment, folder, output."""

import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from overseer.credentials import Credentials
from overseer.env_file import BadEnvFile, read_env_file
from overseer.forking import own_environment
from overseer.model.program import Argv, Program
from overseer.model.watch import Watch
from overseer.paths import PROGRAM_PATH as PATH
from overseer.safe_files import make_folder
from overseer.system import handover
from overseer.system.exec_chain import CannotRun, entering, limits, rights
from overseer.system.users import Identity, NoSuchUser, may_run, resolve


@dataclass(frozen=True, slots=True)
class Dressed:
    argv: list[str]
    env: Mapping[str, str]
    dir: str
    umask: int
    input: bytes = b""  # what a helper reads on its standard input, which is no program's


def dress(
    name: str, program: Program, argv: Argv, told: Mapping[str, str], *, by_shell: bool = False
) -> Dressed:
    """Everything it takes to run *argv* as that program is run, but for the output; CannotRun
    says why not. *told* are overseer's own variables beside the name of the watch. *by_shell*: a
    shell begins it, so exec will not be heard."""
    try:
        who = resolve(program.user, program.group)
    except NoSuchUser as error:
        raise CannotRun(str(error)) from None
    own = overseers_variables(name, who, told)
    more = watchs_variables(program, who, own)
    env = own | more
    folder = program.dir if program.chroot is None else program.chroot + program.dir
    umask = -1 if program.umask is None else program.umask
    words, given = limits(program), b""
    if program.chroot is None:
        words += rights(program, who)
    if program.chroot is not None or ((words or by_shell) and more):
        words, given = handed_over(program, who, words, more)
    if words or by_shell:  # else exec itself says in time what is wrong
        if not os.path.isdir(folder):
            raise CannotRun(f"there is no folder {folder} (dir); make it")
        if program.chroot is None:
            check(argv, env.get("PATH", PATH), folder, who)
    return Dressed([*words, *argv], own if given else env, folder, umask, given)


def handed_over(
    program: Program, who: Identity, words: list[str], more: Mapping[str, str]
) -> tuple[list[str], bytes]:
    """The helpers before the program, and what the last of them reads."""
    if program.chroot is None and handover.suits_a_shell(more):
        return [*words, *handover.BY_SHELL], handover.script(more)
    if program.chroot is None and program.is_restricted:  # only setpriv hands capabilities on
        return [*words, *handover.entering(None, "", "")], handover.listing(more)
    return [*limits(program), *entering(program, who)], handover.listing(more)


def overseers_variables(name: str, who: Identity, told: Mapping[str, str]) -> dict[str, str]:
    """The variables that overseer sets itself, anew at each launch."""
    env = own_environment()
    env |= {"HOME": who.home, "USER": who.name, "LOGNAME": who.name, "SHELL": who.shell}
    env |= {"OVERSEER_WATCH": name, **told}
    env["OVERSEER_INSTANCE"] = os.environ.get("OVERSEER_INSTANCE", "")
    return env


def watchs_variables(program: Program, who: Identity, own: Collection[str]) -> dict[str, str]:
    """The variables that the watch asks for; its env_file may be written by others."""
    passed = (name for name in program.pass_env if name in os.environ and name not in own)
    env = {name: os.environ[name] for name in passed}
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
