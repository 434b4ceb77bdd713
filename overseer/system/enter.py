"""Runs a program as a user, in another root folder, with an environment read from standard input.

    python -I -S enter.py UID GID GROUPS ROOT FOLDER PROGRAM [ARGUMENT ...]

Started by overseer, with no variables but overseer's own. Empty words leave things as they are.
The exit codes 126 and 127 mean what they mean in a shell.
"""

import _signal  # type: ignore[import-not-found]  # a fifth of what the module signal takes
import os
import sys

NOT_PERMITTED, NOT_THERE = 126, 127
LAST_ID = 2**32 - 2
"""The next one means to setresuid(2) that nothing is to change."""


def main(words: list[str]) -> None:
    uid, gid, groups, root, folder, *argv = words
    environment = {**given_by_overseer(), **read_environment(0)}
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    if root:
        os.chroot(root)
        os.chdir(folder)
    if uid:
        become(int(uid), int(gid), [int(group) for group in groups.split(",")])
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):  # Python ignores them, and exec keeps that
        _signal.signal(number, _signal.SIG_DFL)
    execute([os.fsencode(word) for word in argv], environment)


def given_by_overseer() -> dict[bytes, bytes]:
    """Python may add a variable to its own environment (PEP 538)."""
    return {name: value for name, value in os.environb.items() if name != b"LC_CTYPE"}


def read_environment(descriptor: int) -> dict[bytes, bytes]:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        pairs = file.read().split(b"\0")
    split = (pair.partition(b"=") for pair in pairs if pair)
    return {name: value for name, _, value in split}


def become(uid: int, gid: int, groups: list[int]) -> None:
    for number in (uid, gid, *groups):
        if not 0 <= number <= LAST_ID:
            raise ValueError(f"{number} stands for no user or group")
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def execute(argv: list[bytes], environment: dict[bytes, bytes]) -> None:
    """Raises OSError, of the first file that is there."""
    program, error = argv[0], OSError()
    folders = [b""] if b"/" in program else environment.get(b"PATH", b"").split(b":")
    for folder in folders:
        try:
            os.execve(os.path.join(folder, program), argv, environment)
        except (FileNotFoundError, NotADirectoryError) as missing:
            error = error if error.errno else missing
        except OSError as failure:
            error = failure
            if not isinstance(failure, PermissionError):
                break
    raise error


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        name = error.filename or (sys.argv[6] if len(sys.argv) > 6 else "")
        name = name.decode(errors="replace") if isinstance(name, bytes) else name
        what = os.path.basename(name) if isinstance(error, FileNotFoundError) else name
        print(f"overseer: cannot run {what}: {(error.strerror or '').lower()}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(NOT_THERE if isinstance(error, FileNotFoundError) else NOT_PERMITTED)
