"""What a storm has left."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path


class Skipped(Exception):
    """It cannot be here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    what: str  # befell how many
    lost: int
    twice: int
    others: int = 0  # mails that nobody has put, or copies that differ
    bar: str  # for twice; nothing may ever be lost
    within: bool  # that bar
    more: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.within and not self.lost and not self.others

    def lines(self) -> list[str]:
        others = f", {self.others} that were never put" if self.others else ""
        return [
            f"{self.what}: {self.lost} lost, {self.twice} twice{others}",
            f"bar: 0 lost, {self.bar}",
            *self.more,
        ]


@dataclass(frozen=True)
class Arrived:
    """What a server has been given: how often each mail came, byte for byte."""

    copies: Mapping[bytes, int]

    @property
    def twice(self) -> int:
        return sum(self.copies.values()) - len(self.copies)

    def times(self) -> Counter[str]:
        """How often each Message-ID came."""
        found: Counter[str] = Counter()
        for mail, count in self.copies.items():
            found[message_id(mail)] += count
        return found

    def ids(self) -> Counter[str]:
        """More than one mail of a Message-ID: the copies differ."""
        return Counter(message_id(mail) for mail in self.copies)

    def lost(self, put: Set[str]) -> int:
        return len(put - set(self.ids()))

    def others(self, put: Set[str]) -> int:
        return sum(count - (name in put) for name, count in self.ids().items())


def arrived(inbox: Path) -> Arrived:
    return Arrived(Counter(path.read_bytes() for path in inbox.glob("*.eml")))


def message_id(mail: bytes) -> str:
    for line in mail.splitlines():
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip().decode()
    return ""
