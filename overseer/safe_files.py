"""Opens, writes, replaces and removes files by paths that others may redirect.

Nothing here waits for somebody at the other end of a pipe, takes a terminal, or follows a link
further than who made it could go (`safe_path.py`). In a folder that others may write a
file has to be a regular file with one name, of ourselves, of root, of the folder's owner or of the
user whose file it is. What is not so is an OSError that says what is in the way.
"""

import errno
import os
import stat
from contextlib import suppress

from overseer.credentials import Credentials, acting_as, name_of
from overseer.safe_path import Place, find, leave, located, ours

LARGEST = 2**20
READ = os.O_RDONLY
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT
CAREFULLY = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a link"),
)
Path = str | os.PathLike[str]


class WrongKind(OSError):
    """What is there is no regular file."""

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(errno.EINVAL, f"it is no regular file but {kind}", path)
        self.kind = kind


def open_file(
    path: Path,
    flags: int = READ,
    mode: int = 0o640,
    *,
    of: int | None = None,
    user: Credentials | None = None,
    any_kind: bool = False,
) -> int:
    """A descriptor that does not wait. *of*: the uid of the user whose file it is; where others
    may write the folder it may be of no third one.
    *user*: with whose rights all is done below a folder that others may write. *any_kind*: where
    only root and we can put something, a pipe or a device is opened as well."""
    place = find(path, user=user, look=False)
    try:
        return open_at(place, flags, mode, of=of, any_kind=any_kind)
    except OSError as error:
        if error.errno != errno.ELOOP or not place.trusted:
            raise
    finally:
        leave(place)
    with located(path, user=user) as place:  # it is a link, of root's or of ours
        return open_at(place, flags, mode, of=of, any_kind=any_kind)


def open_at(
    place: Place, flags: int, mode: int = 0o640, *, of: int | None = None, any_kind: bool = False
) -> int:
    """As `open_file`."""
    flags |= CAREFULLY | (0 if place.follow else os.O_NOFOLLOW)
    if place.trusted and any_kind:
        return os.open(place.name, flags, mode)
    if (there := look_at(place)) is not None:
        refuse_kind(there, place)
        flags &= ~os.O_CREAT
    elif flags & os.O_CREAT and not place.follow:
        flags |= os.O_EXCL
    with acting_as(place.user):
        descriptor = os.open(place.name, flags & ~os.O_TRUNC, mode, dir_fd=place.folder)
    try:
        about = os.fstat(descriptor)
        refuse_kind(about, place)
        refuse_owner(about, place, of)
        if flags & os.O_TRUNC:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def look_at(place: Place) -> os.stat_result | None:
    """What is there, before it is opened."""
    try:
        if place.user is None:
            return os.stat(place.name, dir_fd=place.folder, follow_symlinks=place.follow)
        with acting_as(place.user):
            return os.stat(place.name, dir_fd=place.folder, follow_symlinks=place.follow)
    except FileNotFoundError:
        return None


def refuse_kind(about: os.stat_result, place: Place) -> None:
    if stat.S_ISREG(about.st_mode):
        return
    if stat.S_ISLNK(about.st_mode):
        raise OSError(errno.ELOOP, "it is a link", place.name)
    raise WrongKind(place.name, next(name for is_so, name in KINDS if is_so(about.st_mode)))


def refuse_owner(about: os.stat_result, place: Place, of: int | None) -> None:
    """With the rights of another the kernel has judged already."""
    if place.about is None or place.user is not None:
        return
    owner = place.about.st_uid
    if about.st_nlink > 1 and (owner in ours() or about.st_uid != owner):
        why = "it has another name too (a hard link), in a folder that others may write"
        raise OSError(errno.EPERM, why, place.name)
    if of is not None and about.st_uid not in (*ours(), owner, of):
        why = f"it belongs to {name_of(about.st_uid)}, in a folder that others may write"
        raise OSError(errno.EPERM, why, place.name)


def open_known(path: Path, device: int, inode: int) -> int:
    """For reading, whatever leads there: the very file, or OSError."""
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        about = os.fstat(place)
        if not stat.S_ISREG(about.st_mode) or (about.st_dev, about.st_ino) != (device, inode):
            raise OSError(errno.ESTALE, "it is another file by now", os.fspath(path))
        return os.open(f"/proc/self/fd/{place}", os.O_RDONLY | CAREFULLY)
    finally:
        os.close(place)


def read_file(
    path: Path, most: int = LARGEST, *, of: int | None = None, user: Credentials | None = None
) -> bytes:
    """At most so many bytes."""
    descriptor = open_file(path, of=of, user=user)
    try:
        return read_all(descriptor, most)
    finally:
        os.close(descriptor)


def read_all(descriptor: int, most: int) -> bytes:
    pieces = []
    while most > 0 and (piece := os.read(descriptor, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def make_folder(path: Path, mode: int = 0o755, owner: tuple[int, int] | None = None) -> None:
    """With those above it, if it is not there. *owner*: uid and gid that it gets in any case, if
    we are root."""
    path = os.path.abspath(path)
    try:
        make_one_folder(path, mode)
    except FileNotFoundError:
        if path == os.path.dirname(path):
            raise
        make_folder(os.path.dirname(path))
        make_one_folder(path, mode)
    if owner is not None and os.geteuid() == 0:
        set_access(path, uid=owner[0], gid=owner[1], kind=stat.S_IFDIR)


def make_one_folder(path: str, mode: int) -> None:
    with located(path) as place:
        try:
            with acting_as(place.user):
                os.mkdir(place.name, mode, dir_fd=place.folder)
        except FileExistsError:
            there = look_at(place)
            if there is not None and not stat.S_ISDIR(there.st_mode):
                raise


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """In place of what is there, whole or not at all."""
    with located(path, follow=False) as place:
        write_at(place, data, mode)


def write_at(place: Place, data: bytes, mode: int) -> None:
    fresh = beside(place, f".{os.path.basename(place.name)}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        remove_at(fresh)
    descriptor = create_at(fresh, mode)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except BaseException:
        with suppress(OSError):
            remove_at(fresh)
        raise
    finally:
        os.close(descriptor)
    rename_at(fresh, place)


def create_at(place: Place, mode: int) -> int:
    """A descriptor for writing to what was not there before."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with acting_as(place.user):
        return os.open(place.name, flags, mode, dir_fd=place.folder)


def names_beside(place: Place) -> list[str]:
    """All that is in the folder."""
    if place.folder is None:
        return os.listdir(os.path.dirname(place.name))
    with acting_as(place.user):
        folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place.folder)
    try:
        return os.listdir(folder)
    finally:
        os.close(folder)


def beside(place: Place, name: str) -> Place:
    """Another file of the folder."""
    if place.folder is None:
        name = os.path.join(os.path.dirname(place.name), name)
    return Place(name, place.folder, place.user, place.about)


def rename_at(old: Place, new: Place) -> None:
    """Within one folder."""
    with acting_as(old.user):
        os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)


def remove_at(place: Place) -> None:
    with acting_as(place.user):
        os.unlink(place.name, dir_fd=place.folder)


def rename(old: Path, name: str) -> None:
    """Within its folder."""
    with located(old, follow=False) as place:
        rename_at(place, beside(place, name))


def remove(path: Path) -> None:
    """A link, not what it leads to; nothing but OSError where there is nothing."""
    with located(path, follow=False) as place:
        remove_at(place)


def status_of(path: Path) -> os.stat_result:
    """lstat(2)."""
    with located(path, follow=False) as place:
        return status_at(place)


def status_at(place: Place) -> os.stat_result:
    with acting_as(place.user):
        return os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)


def set_access(
    path: Path, *, mode: int | None = None, uid: int = -1, gid: int = -1, kind: int = stat.S_IFREG
) -> None:
    """Of what is there itself, which is of that kind (S_IFSOCK, S_IFDIR) and has no other name."""
    with located(path, follow=kind == stat.S_IFDIR) as place:
        set_access_at(place, mode, uid, gid, kind)


def set_access_at(
    place: Place, mode: int | None, uid: int, gid: int, kind: int, of: Credentials | None = None
) -> None:
    """As `set_access`; where others may write the folder it has to be our own, or that user's."""
    owner = os.geteuid() if of is None else of.uid
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(place.name, flags, dir_fd=place.folder)
    try:
        about = os.fstat(descriptor)
        if stat.S_IFMT(about.st_mode) != kind:
            raise OSError(errno.EEXIST, "something else has been put there", place.name)
        linked = about.st_nlink > 1 and kind != stat.S_IFDIR
        if place.about is not None and (linked or about.st_uid != owner):
            raise OSError(errno.EPERM, "it is not the one that was made", place.name)
        if (uid, gid) != (-1, -1):
            os.chown(f"/proc/self/fd/{descriptor}", uid, gid)
        if mode is not None:
            os.chmod(f"/proc/self/fd/{descriptor}", mode)
    finally:
        os.close(descriptor)
