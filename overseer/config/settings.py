"""What a watch file says about the daemon itself: `settings:` and `mail:`."""

from dataclasses import dataclass

from overseer.config.forms import NotRight
from overseer.contacts.email import MailDefaults
from overseer.model.units import Bytes, FullPath, Seconds

MB = 2**20
DAY = 86400.0
NO_MAIL = MailDefaults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """None: what is usual for this user, or the machine's own."""

    log_dir: FullPath | None = None
    log_size: Bytes = 10 * MB  # of one file of program output, before it is cut
    log_files: int = 5  # kept of each watch
    log_total: Bytes = 1024 * MB
    history_keep: Seconds = 90 * DAY
    history_size: Bytes = 100 * MB
    operator_group: str | None = None  # may act; without it only root and overseer's own user
    viewer_group: str | None = None  # may look, not act
    socket_group: str | None = None  # another word for operator_group
    mail: MailDefaults = NO_MAIL

    def __post_init__(self) -> None:
        if not 1 <= self.log_files <= 1000:
            raise NotRight(f"log_files: {self.log_files} is not understood; write 5")
        if self.operator_group and self.socket_group:
            raise NotRight("socket_group and operator_group are the same; write operator_group")

    @property
    def operators(self) -> str | None:
        return self.operator_group or self.socket_group
