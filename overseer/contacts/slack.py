"""contacts: {ops: {slack: {url_file: /etc/overseer/slack-url}}}"""

import re
from dataclasses import dataclass, field
from typing import ClassVar

from overseer.contacts import secret, url
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.told import Told, told
from overseer.model.units import Seconds

MOST = 8000
"""Characters of text: Slack cuts far longer ones in pieces, without asking where."""
FIELD = re.compile(r"%\{(\w+)\}")
FIELDS = (
    *("priority", "host", "message", "category", "time"),  # god's
    *("watch", "event", "headline", "subject", "incident", "next", "samples"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack(Contact):
    """An incoming webhook of Slack, or of what understands the same, like Mattermost.

    The URL is a secret: whoever has it may write there. What god's `format` writes is one
    line an alert; without it the text is that of a mail.
    """

    brief: ClassVar[str] = "url"

    url: str | None = field(default=None, repr=False)
    url_file: str | None = None
    url_env: str | None = None
    channel: str | None = None  # None: the one that the webhook was made for
    notify_channel: bool = False  # true: call everybody who is there
    username: str | None = None
    emoji: str | None = None  # :fire:
    format: str | None = None  # god's: "%{host}: %{message}"
    ca_file: str | None = None
    insecure: bool = False
    timeout: Seconds = 10.0

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        secret.at_most_one("url", self.url_file, self.url_env, self.url)
        if self.url is None and self.url_file is None and self.url_env is None:
            raise ValueError("url_file is missing; write url_file: /etc/overseer/slack-url")
        if self.url is not None:
            url.check_url("url", self.url)
        url.check_timeout(self.timeout)
        for name in FIELD.findall(self.format or ""):
            if name not in FIELDS:
                known = ", ".join(FIELDS)
                raise ValueError(f"format: there is no %{{{name}}}; there are {known}")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        import json

        from overseer.contacts import http

        where = self.where()
        request = http.Request(
            url=where,
            body=json.dumps(self.message(notice)).encode(),
            secrets=(where,),
            ca_file=self.ca_file,
            insecure=self.insecure,
            timeout=self.timeout,
        )
        return f"{self.channel or 'slack'} by {url.place(where)}: {http.send(request, hear)}"

    def knock(self, hear: Hear = unheard) -> str:
        from overseer.contacts import http

        return http.knock(
            self.where(), hear, ca_file=self.ca_file, insecure=self.insecure, timeout=self.timeout
        )

    def where(self) -> str:
        """NotDelivered where the URL cannot be read, or is none."""
        if self.url is not None:
            return self.url
        found = (secret.read("url", self.url_file, self.url_env) or "").strip()
        try:
            return url.check_url(self.url_file or self.url_env or "url", found)
        except ValueError as error:
            raise NotDelivered(str(error)) from None

    def message(self, notice: Notice) -> dict[str, str]:
        text = self.text(notice)
        options = {
            "text": f"<!channel> {text}" if self.notify_channel else text,
            "channel": self.channel,
            "username": self.username,
            "icon_emoji": self.emoji,
        }
        return {name: value for name, value in options.items() if value is not None}

    def text(self, notice: Notice) -> str:
        if self.format is None:
            body = escape(notice.text.strip())[:MOST].replace("```", "'''")
            return f"*{escape(notice.subject)}*\n```{body}```"
        return "\n".join(line(one, self.format) for one in told(notice))[:MOST]


def line(one: Told, format: str) -> str:
    """What is not known is left blank, as god leaves it."""
    special = {"subject": one.subject, "message": one.line, "samples": ", ".join(one.samples)}
    known = {**one.as_json(), **special}
    return FIELD.sub(lambda name: escape(str(known[name[1]] or "")), format)


def escape(text: str) -> str:
    """Slack's three characters, so that no log line can call the channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
