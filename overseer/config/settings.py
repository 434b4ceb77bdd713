"""What a watch file says about the daemon itself: `settings:` and `mail:`."""

from dataclasses import dataclass
from typing import Annotated

from overseer.config.cron import as_cron, as_zone
from overseer.config.forms import NotRight
from overseer.contacts.email import MailDefaults
from overseer.model.units import Bytes, FullPath, Seconds, Unit
from overseer.model.url import Url

MB = 2**20
DAY = 86400.0
NO_MAIL = MailDefaults()


Cron = Annotated[
    str,
    Unit(
        lambda text: as_cron(str(text)),
        '"0 2 * * 0" for two o\'clock every Sunday',
        r"^\S+( \S+){4}$",
    ),
]
Zone = Annotated[str, Unit(lambda text: as_zone(str(text)), "Europe/Berlin", r"^\S+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """{when: "0 2 * * 0", for: 2h, watches: ["@db"]}: nobody is told of these then."""

    when: Cron
    for_: Seconds
    watches: tuple[str, ...] = ()  # names, tags, globs; none: all
    timezone: Zone | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.for_ <= 30 * DAY:
            raise NotRight("for: from a minute to 30d; write 2h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """None: what is usual for this user, or the machine's own."""

    path: str | None = None  # PATH of programs, hooks and checks; None: the usual folders
    log_dir: FullPath | None = None
    log_size: Bytes = 10 * MB  # of one file of program output, before it is cut
    log_files: int = 5  # kept of each watch
    log_total: Bytes = 1024 * MB
    history_keep: Seconds = 90 * DAY
    history_size: Bytes = 100 * MB
    admin_group: str | None = None  # may do what root may; without it only root and our own user
    operator_group: str | None = None  # may start, stop and restart what is loaded
    viewer_group: str | None = None  # may look, not act
    socket_group: str | None = None  # another word for operator_group
    maintenance: tuple[Maintenance, ...] = ()
    heartbeat_url: Url | None = None  # fetched every minute while overseer lives
    mail: MailDefaults = NO_MAIL

    def __post_init__(self) -> None:
        if not 1 <= self.log_files <= 1000:
            raise NotRight(f"log_files: {self.log_files} is not understood; write 5")
        if self.path is not None and not all(one.startswith("/") for one in self.path.split(":")):
            raise NotRight(
                f"path: {self.path!r} is not a list of full paths; write /opt/app/bin:/usr/bin:/bin"
            )
        if self.operator_group and self.socket_group:
            raise NotRight("socket_group and operator_group are the same; write operator_group")

    @property
    def operators(self) -> str | None:
        return self.operator_group or self.socket_group
