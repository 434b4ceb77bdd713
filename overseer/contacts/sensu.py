"""contacts: {monitoring: {sensu: {handler: [pagerduty]}}}"""

import re
from dataclasses import dataclass

from overseer.contacts import url
from overseer.contacts.base import Contact, Hear, NotDelivered, Notice, unheard
from overseer.contacts.told import Told, told
from overseer.model.units import Seconds

NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
MOST = 2000
"""Characters of output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensu(Contact):
    """A check result for the Sensu agent of this host: by its socket, or by its HTTP API.

    Each watch is a check: what opens an incident fails it, the recovery passes it. What has
    no recovery is a check of its own, with the event in its name.
    """

    check_name: str = "overseer"  # the first part of each check's name
    status_code: int = 2  # of what opens an incident: critical
    handler: tuple[str, ...] = ("default",)
    host: str = "localhost"
    port: int = 3030
    url: str | None = None  # http://127.0.0.1:3031/events, instead of the socket
    ca_file: str | None = None
    insecure: bool = False
    timeout: Seconds = 10.0

    def __post_init__(self) -> None:
        Contact.__post_init__(self)
        url.check_port("port", self.port)
        url.check_timeout(self.timeout)
        if self.url is not None:
            url.check_url("url", self.url)
        if not self.check_name or NOT_IN_A_NAME.search(self.check_name):
            raise ValueError(f"check_name: {self.check_name!r} is not understood; write overseer")
        if not 1 <= self.status_code <= 255:
            raise ValueError(f"status_code: {self.status_code} is not understood; write 2")

    def deliver(self, notice: Notice, hear: Hear = unheard) -> str:
        results = [self.result(one) for one in told(notice)]
        said = [self._post(one, hear) if self.url else self._write(one, hear) for one in results]
        names = ", ".join(str(one["name"]) for one in results)
        return f"{names} to {url.place(self.url) if self.url else self._where()}: {said[-1]}"

    def knock(self, hear: Hear = unheard) -> str:
        if self.url is None:
            self._ask(b"ping", hear)
            return f"{self._where()} answers"
        from overseer.contacts import http

        return http.knock(
            self.url, hear, ca_file=self.ca_file, insecure=self.insecure, timeout=self.timeout
        )

    def result(self, one: Told) -> dict[str, object]:
        alone = not one.over and not one.open
        which = [one.event] if alone else one.check.split(" ")[:1] if one.check else []
        parts = (self.check_name, one.watch or "daemon", *which)
        samples = f" ({', '.join(one.samples)})" if one.samples else ""
        return {
            "name": NOT_IN_A_NAME.sub("_", ".".join(parts)),
            "status": 0 if one.over else 1 if alone else self.status_code,
            "output": f"{one.line}{samples}"[:MOST],
            "handlers": list(self.handler),
        }

    def _post(self, result: dict[str, object], hear: Hear) -> str:
        import json

        from overseer.contacts import http

        check = {**result, "metadata": {"name": result["name"]}}
        del check["name"]
        request = http.Request(
            url=self.url or "",
            body=json.dumps({"check": check}).encode(),
            ca_file=self.ca_file,
            insecure=self.insecure,
            timeout=self.timeout,
        )
        return http.send(request, hear)

    def _write(self, result: dict[str, object], hear: Hear) -> str:
        """The socket answers `ok`, or says what it did not understand."""
        import json

        said = self._ask(json.dumps(result).encode(), hear)
        if not said.startswith("ok"):
            why = f"{self._where()}: {said[:200]}"
            raise NotDelivered(why, final=said.startswith("invalid"), only_this=True)
        return said

    def _ask(self, data: bytes, hear: Hear) -> str:
        import socket

        hear(f"> {data.decode()}")
        try:
            with socket.create_connection((self.host, self.port), self.timeout) as agent:
                agent.sendall(data)
                said = agent.recv(1024).decode(errors="replace").strip()
        except TimeoutError:
            raise NotDelivered(f"{self._where()}: no answer in time") from None
        except OSError as error:
            raise NotDelivered(f"{self._where()}: {error.strerror or error}") from None
        hear(f"< {said}")
        if not said:
            raise NotDelivered(f"{self._where()}: closed without an answer")
        return said

    def _where(self) -> str:
        return f"{self.host}:{self.port}"
