"""How many copies operators want: kept on disk, until a file says another number than it did."""

from collections.abc import Collection, Iterator, Mapping

from overseer.control.chronicle import Chronicle, Wishes
from overseer.control.moments import told
from overseer.control.protocol import Answer
from overseer.control.wanted import Config
from overseer.model.copies import Copies, Scale

SCALED = "scaled"
"""A word of the history that no news has."""


class Scales:
    """What `scale` was asked for. *copies*: of each definition, as they are in force."""

    def __init__(self, wishes: Wishes, chronicle: Chronicle) -> None:
        self._wishes = wishes
        self._chronicle = chronicle
        self._all: dict[str, Scale] = {}
        self.copies: dict[str, Copies] = {}

    @property
    def all(self) -> Mapping[str, Scale]:
        return self._all

    @property
    def unfinished(self) -> list[Scale]:
        return [one for one in self._all.values() if one.unfinished]

    def began(self) -> None:
        """What earlier daemons were asked for."""
        self._all = dict(self._wishes.scales())

    def wish(self, scale: Scale) -> None:
        """On disk before anything is done for it."""
        self._put({**self._all, scale.name: scale})
        if scale.before == scale.instances:
            return
        said = f"scaled from {scale.before} to {scale.instances} by {scale.by}"
        self._chronicle.note(scale.name, SCALED, said, scale.by)

    def finish(self, name: str) -> None:
        """It is so; where the file says the same there is nothing to remember."""
        scale = self._all.get(name)
        if scale is None:
            return
        kept = {**self._all, name: scale.finished()}
        if scale.instances == scale.written:
            del kept[name]
        self._put(kept)

    def took(self, config: Config, files: Collection[str]) -> None:
        """These files of *config* are in force: what they say otherwise by now is forgotten."""
        gone = {name for name, one in self.copies.items() if one.file in files}
        self.copies = {name: one for name, one in self.copies.items() if name not in gone}
        self.copies |= {name: one for name, one in config.copies.items() if one.file in files}
        forgotten = dict(self._overruled(config))
        for name, said in forgotten.items():
            self._chronicle.note(name, SCALED, said, "")
        gone = {name for name in gone | forgotten.keys() if not self._is_followed(name)}
        if gone & self._all.keys():
            self._put({name: one for name, one in self._all.items() if name not in gone})

    def lines(self, config: Config) -> list[str]:
        """What a load of it would forget."""
        return [f"{name}: {said}" for name, said in self._overruled(config)]

    def notices(self) -> list[str]:
        """Where there are not as many as a file says."""
        return [str(one) for one in self.copies.values() if one.scale]

    def on_the_wire(self) -> list[Answer]:
        """Of each definition how many there are, and who has changed that."""
        return [
            {
                "name": one.name,
                "instances": one.instances,
                "in_file": one.written,
                "file": one.file,
                "scaled_by": one.scale.by if one.scale else None,
                "scaled_at": told(one.scale.at) if one.scale else None,
            }
            for one in self.copies.values()
        ]

    def why_none(self) -> dict[str, str]:
        """Of each definition without any copy."""
        return {
            name: f"{one}; `overseer scale {name} N` has N of them"
            for name, one in self.copies.items()
            if not one.instances
        }

    def _overruled(self, config: Config) -> Iterator[tuple[str, str]]:
        for name, one in config.copies.items():
            wish = self._all.get(name)
            if wish and wish.written != one.written:
                said = f"{one.written} copies, as its file says now (it said {wish.written})"
                yield name, f"{said}; the {wish.instances} that {wish.by} asked for are forgotten"

    def _is_followed(self, name: str) -> bool:
        one = self.copies.get(name)
        return one is not None and one.scale is not None

    def _put(self, scales: dict[str, Scale]) -> None:
        self._all = scales
        self._wishes.remember_scales(scales.values())
