"""The small programs that put on what Python cannot without a slow fork: setpriv, prlimit, nice ...

They run with the rights of overseer, so they get no variable but overseer's own.
"""

import functools
import os
import shutil
from collections.abc import Sequence

from overseer.model.program import Program
from overseer.paths import PROGRAM_PATH
from overseer.system import handover
from overseer.system.users import Identity

CAP_SYS_CHROOT = 18


class CannotRun(Exception):
    """Why a command cannot be run. *hopeless*: nor will it be at the next try."""

    def __init__(self, why: str, *, hopeless: bool = True) -> None:
        super().__init__(why)
        self.hopeless = hopeless


def limits(program: Program) -> list[str]:
    words: list[str] = []
    if program.rlimits:
        values = (f"--{name}={value}" for name, value in program.rlimits.items())
        words += [tool("prlimit"), *values]
    if program.oom_score_adj is not None:
        words += [tool("choom"), "-n", str(program.oom_score_adj), "--"]
    if program.nice is not None:
        words += [tool("nice"), "-n", str(program.nice)]
    if program.ionice is not None:
        level, _, priority = program.ionice.partition(":")
        words += [tool("ionice"), "-c", level, *(["-n", priority] if priority else [])]
    return words


def rights(program: Program, who: Identity) -> list[str]:
    """Becomes *who*, with just the capabilities that the program is to have."""
    own = is_own(program, who)
    if os.geteuid() != 0 and not own:
        raise CannotRun(f"only root may run it as {who.name}; overseer runs as uid {os.geteuid()}")
    words = capabilities(program)
    if not own and not words and may_chroot():
        # Half of what setpriv costs: with a + before them it looks no numbers up in /etc/passwd.
        some = ",".join(f"+{group}" for group in who.groups)
        ids = [f"--userspec=+{who.uid}:+{who.gid}", f"--groups={some}"]
        return [tool("chroot"), "--skip-chdir", *ids, "/"]
    if not own:
        groups = ",".join(map(str, who.groups))
        words += [f"--reuid={who.uid}", f"--regid={who.gid}", f"--groups={groups}"]
    return [tool("setpriv"), *words, "--"] if words else []


def capabilities(program: Program) -> list[str]:
    """Words for setpriv(1)."""
    words = ["--no-new-privs"] if program.no_new_privs else []
    if not program.is_restricted:
        return words
    if os.geteuid() != 0:
        raise CannotRun(f"only root may set capabilities; overseer runs as uid {os.geteuid()}")
    if program.capabilities is not None:
        words.append(f"--bounding-set={only(program.capabilities)}")
    ambient = only(program.ambient_capabilities)
    return [*words, f"--inh-caps={ambient}", f"--ambient-caps={ambient}"]


def only(names: Sequence[str]) -> str:
    return ",".join(("-all", *(f"+{name}" for name in names)))


def entering(program: Program, who: Identity) -> list[str]:
    """Does the work of `rights` where there is a jail, or a variable that no shell can set."""
    own, words = is_own(program, who), capabilities(program)
    if program.chroot is not None and os.geteuid() != 0:
        raise CannotRun("only root may chroot; run overseer as root")
    if program.is_restricted:
        raise CannotRun("capabilities cannot be combined with chroot; leave one of them out")
    helper = handover.entering(None if own else who, program.chroot or "", program.dir)
    return [*([tool("setpriv"), *words, "--"] if words else ()), *helper]


def is_own(program: Program, who: Identity) -> bool:
    return who.uid == os.geteuid() and (program.group is None or who.gid == os.getegid())


@functools.cache
def may_chroot() -> bool:
    """A container's root may lack the capability, which chroot(8) wants even for "/"."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        held = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> CAP_SYS_CHROOT & 1)


@functools.cache
def tool(name: str) -> str:
    found = shutil.which(name, path=PROGRAM_PATH)
    if found is None:
        raise CannotRun(f"needs {name}, from Debian's util-linux or coreutils")
    return found
