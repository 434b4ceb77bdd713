"""The last versions of watch files that were in force, for a daemon that finds them broken."""

import hashlib
import logging
import os
import shutil
from collections.abc import Mapping

from overseer.config.files import Texts
from overseer.safe_files import make_folder, rename, write_new

log = logging.getLogger(__name__)

ROOT = "root"  # a file with the path that the copies are of
TREE = "tree"  # the copies, each under the whole of its path, so that includes still fit


class Applied:
    """Copies below *folder*, one set for each root. Trouble with them is logged, no more."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def keep(self, root: str, texts: Mapping[str, str]) -> None:
        """Replace the copies of *root* by these texts, by path, in one step."""
        place = self._place(root)
        fresh, old = f"{place}.new", f"{place}.old"
        try:
            for leftover in (fresh, old):
                shutil.rmtree(leftover, ignore_errors=True)
            make_folder(fresh, 0o700)
            write_new(f"{fresh}/{ROOT}", root.encode(errors="surrogateescape"), 0o600)
            for path, text in texts.items():
                copy = _below(fresh, path)
                make_folder(os.path.dirname(copy))
                write_new(copy, text.encode(), 0o600)
            if os.path.exists(place):
                rename(place, os.path.basename(old))
            rename(fresh, os.path.basename(place))
            shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            log.warning("%s: its applied version could not be kept: %s", root, error)

    def find(self, root: str) -> Texts | None:
        """What the last applied version of *root* has in its place, if there is one."""
        place = self._place(root)
        for copies in (place, f"{place}.old"):  # killed between two renames
            if os.path.exists(os.path.join(copies, TREE)):
                return Texts(os.path.join(copies, TREE))
        return None

    def is_empty(self) -> bool:
        """True where no daemon with this folder has had a watch file in force."""
        try:
            return not os.listdir(self._folder)
        except OSError:
            return True

    def forget(self, root: str) -> None:
        shutil.rmtree(self._place(root), ignore_errors=True)

    def _place(self, root: str) -> str:
        name = hashlib.sha256(root.encode(errors="surrogateescape")).hexdigest()[:16]
        return os.path.join(self._folder, name)


def _below(folder: str, path: str) -> str:
    return os.path.join(folder, TREE, path.lstrip(os.sep))
