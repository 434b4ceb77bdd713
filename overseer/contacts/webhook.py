"""contacts: {ops: {webhook: https://example.org/alerts}}"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from overseer.contacts import secret, url
from overseer.contacts.base import Contact, Hear, Notice, unheard
from overseer.model.units import Seconds

if TYPE_CHECKING:
    from overseer.contacts.http import Request

GODS = ("message", "time", "priority", "category", "host")


class Method(StrEnum):
    POST = "POST"
    PUT = "PUT"


class Format(StrEnum):
    JSON = "json"
    FORM = "form"  # god's default


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Contact):
    """Everything that is known about the alert, as one JSON object.

    `format: form` sends god's five fields and little more, as a browser would send a form.
    """

    brief: ClassVar[str] = "url"

    url: str
    method: Method = Method.POST
    format: Format = Format.JSON
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_file: str | None = None
    token_env: str | None = None
    ca_file: str | None = None
    insecure: bool = False  # true: take any certificate
    timeout: Seconds = 10.0

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        url.check_url("url", self.url)
        url.check_timeout(self.timeout)
        secret.at_most_one("token", self.token_file, self.token_env)
        check_headers(self.headers)
        login = [name for name in self.headers if name.lower() == "authorization"]
        if login and (self.token_file or self.token_env):
            raise ValueError(f"headers: {login[0]} and a token exclude each other; leave one out")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        from overseer.contacts import http  # only who has something to send pays for it

        said = http.send(self.request(notice), hear)
        return f"{url.place(self.url)}: {said}"

    def knock(self, hear: Hear = unheard) -> str:
        from overseer.contacts import http

        secret.read("token", self.token_file, self.token_env)
        return http.knock(
            self.url, hear, ca_file=self.ca_file, insecure=self.insecure, timeout=self.timeout
        )

    def request(self, notice: Notice) -> "Request":
        from overseer.contacts.http import JSON, Request, login

        token = secret.read("token", self.token_file, self.token_env)
        as_json = self.format is Format.JSON
        return Request(
            url=self.url,
            body=in_json(notice) if as_json else in_form(notice),
            kind=JSON if as_json else "application/x-www-form-urlencoded",
            method=str(self.method),
            headers={**self.headers, **login(token)},
            secrets=(token,) if token else (),
            ca_file=self.ca_file,
            insecure=self.insecure,
            timeout=self.timeout,
        )


def in_json(notice: Notice) -> bytes:
    """The first alert's facts at the top, all of them in `alerts`."""
    import json

    from overseer.contacts.told import told

    alerts = [one.as_json() for one in told(notice)]
    whole = {"id": notice.id.strip("<>"), "subject": notice.subject, "text": notice.text}
    return json.dumps({**whole, **alerts[0], "alerts": alerts}, ensure_ascii=False).encode()


def in_form(notice: Notice) -> bytes:
    from urllib.parse import urlencode

    from overseer.contacts.told import told

    known = told(notice)[0].as_json()
    names = (*GODS, "watch", "event", "incident")
    fields = {name: "" if known[name] is None else str(known[name]) for name in names}
    return urlencode({**fields, "message": notice.subject, "id": notice.id.strip("<>")}).encode()


def check_headers(headers: Mapping[str, str]) -> None:
    """ValueError for what would not be one header, or not be this one alone."""
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"headers: {name!r} is no name of a header; write X-Name")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"headers: {name} holds a character that no header may hold")
