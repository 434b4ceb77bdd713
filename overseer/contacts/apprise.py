"""contacts: {phone: {apprise: /etc/overseer/phone.urls}}"""

import logging
import re
import threading
from dataclasses import dataclass
from typing import Any, ClassVar

from overseer.contacts import secret
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.told import told

KINDS = {"critical": "failure", "warning": "warning", "info": "info", "ok": "success"}
PIECES = re.compile(r"[/:@?&=,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Apprise(Contact):
    """The rest of the world: a hundred services, each one URL of the library Apprise.

    The URLs hold secrets, so they stand in a file or in overseer's environment: one a line.
    """

    brief: ClassVar[str] = "urls_file"

    urls_file: str | None = None
    urls_env: str | None = None

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        secret.at_most_one("urls", self.urls_file, self.urls_env)
        if self.urls_file is None and self.urls_env is None:
            raise ValueError("urls_file is missing; write urls_file: /etc/overseer/apprise-urls")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        """NotDelivered only where none of the services has taken it."""
        kind = KINDS[told(notice)[0].severity]
        taken: list[str] = []
        refused: list[str] = []
        for service, url in self._services():
            shown = show(service)
            hear(f"> {shown}")
            with Listening(url) as listening:
                done = service.notify(body=notice.text, title=notice.subject, notify_type=kind)
            why = f": {'; '.join(listening.lines)[:300]}" if listening.lines else ""
            hear(f"< {'taken' if done else f'not taken{why}'}")
            (taken if done else refused).append(shown if done else f"{shown}{why}")
        if not taken:
            raise NotDelivered(f"not taken by {', '.join(refused)}")
        said = f"{', '.join(taken)} by apprise"
        return f"{said}; not taken by {', '.join(refused)}" if refused else said

    def knock(self, hear: Hear = unheard) -> str:
        """The URLs are understood; who stands behind them cannot be asked without an alert."""
        for service, _ in self._services():
            hear(show(service))
        return ""

    def _services(self) -> list[tuple[Any, str]]:
        """Each with its URL. NotDelivered for what the library does not understand."""
        library = imported()
        text = secret.read("urls", self.urls_file, self.urls_env) or ""
        lines = (line.strip() for line in text.splitlines())
        urls = [line for line in lines if line and not line.startswith("#")]
        where = self.urls_file or self.urls_env
        if not urls:
            raise NotDelivered(f"{where} holds no URL; write one a line")
        found = []
        for number, url in enumerate(urls, 1):
            service = library.Apprise.instantiate(url)
            if service is None:
                scheme = url.partition("://")[0] if "://" in url else "one without a scheme"
                raise NotDelivered(f"{where}: URL {number} ({scheme}) is not understood by apprise")
            found.append((service, url))
        return found


def imported() -> Any:
    try:
        import apprise
    except ImportError:
        raise NotDelivered(
            "the library apprise is not installed; run pip install 'overseer-supervisor[apprise]'"
        ) from None
    # What it says of a failure is heard by the contact, and may hold a secret.
    logging.getLogger("apprise").propagate = False
    return apprise


def show(service: Any) -> str:
    """`tgram://1...9`: as the library masks it, without what follows the host."""
    scheme, _, rest = str(service.url(privacy=True)).partition("://")
    return f"{scheme}://{re.split('[/?]', rest)[0]}"


class Listening(logging.Handler):
    """What the library complains of meanwhile, in this thread, without the secrets of *url*."""

    def __init__(self, url: str) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._secrets = [piece for piece in PIECES.split(url) if len(piece) > 3]
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            said = secret.hide(" ".join(record.getMessage().split()), self._secrets)
            self.lines.append(said.rstrip("."))

    def __enter__(self) -> "Listening":
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)
