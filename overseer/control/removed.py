"""Watches that an operator has removed, until a load names their file."""

from collections.abc import Collection, Iterable, Mapping

from overseer.control.chronicle import Wishes
from overseer.model.copies import place
from overseer.model.watch import Watch


class Removed:
    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._files: dict[str, str] = {}  # by watch

    def began(self) -> None:
        self._files = dict(self._wishes.removed())

    def add(self, watches: Iterable[Watch]) -> None:
        self._put(self._files | {watch.name: watch.origin.file for watch in watches})

    def drop(self, names: Collection[str]) -> None:
        """They are there after all."""
        if not self._files.keys().isdisjoint(names):
            self._put({name: one for name, one in self._files.items() if name not in names})

    def copies_of(self, name: str) -> tuple[str, ...]:
        """Of a definition with `instances`."""
        return tuple(copy for copy in self._files if copy.startswith(f"{name}-") and place(copy))

    def hidden(
        self, watches: Mapping[str, Watch], named: Collection[str], scaled: str = ""
    ) -> tuple[str, ...]:
        """Of *watches* those that stay away; not those of files that are *named*, nor copies of
        what is *scaled*."""
        back = self.copies_of(scaled) if scaled else ()
        files = {name: file for name, file in self._files.items() if name not in back}
        return hidden(files, watches, named)

    def took(self, files: Collection[str], hidden: Collection[str]) -> None:
        """These files are in force, without those that are *hidden*: of the others nothing is to be
        remembered, for they are back, or gone from the file too."""
        kept = {
            name: file for name, file in self._files.items() if file not in files or name in hidden
        }
        if kept != self._files:
            self._put(kept)

    def notices(self) -> list[str]:
        return [
            f"{name} has been removed; `overseer load {file}` takes it in again"
            for name, file in self._files.items()
        ]

    def _put(self, files: dict[str, str]) -> None:
        self._files = files
        self._wishes.remember_removed(files)


def hidden(
    removed: Mapping[str, str], watches: Mapping[str, Watch], named: Collection[str] = ()
) -> tuple[str, ...]:
    return tuple(
        name
        for name, file in removed.items()
        if name in watches and watches[name].origin.file == file and file not in named
    )
