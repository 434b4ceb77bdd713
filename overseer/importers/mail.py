"""god's e-mail contacts: the server, the sender, and what is secret about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overseer.config.node import Node, Text, text
from overseer.importers.page import Remark
from overseer.importers.recording import Options
from overseer.importers.values import NotCarried, number, shown, word

Made = tuple[dict[str, Node], tuple[Remark, ...]]
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OLD = {
    "address": "server_host",
    "port": "server_port",
    "domain": "server_domain",
    "authentication": "server_auth",
    "user_name": "server_user",
    "password": "server_password",
}
"""Keys of `server_settings`, as god's first versions had them."""
KNOWN = frozenset(
    {
        *("to_email", "to_name", "from_email", "from_name", "delivery_method", "email"),
        *(*OLD.values(), "sendmail_path", "sendmail_args", "server_settings", "message_settings"),
    }
)
PLAIN = Remark("god spoke to the server without TLS; tls: starttls, if it can, is better")
LOGIN = Remark(
    "god sent the password without TLS; here TLS is spoken before a login (tls: starttls)"
)
SENDMAIL = "/usr/sbin/sendmail"


def options(given: Options, label: str) -> Made:
    own = _modern(given)
    to = own.get("to_email") or own.get("email")
    if not isinstance(to, str) or "@" not in to:
        raise NotCarried(f"to_email = {shown(to)} is no address")
    found: dict[str, Node] = {"to": word(_address(to, own.get("to_name")))}
    if own.get("from_email"):
        found["from"] = word(_address(str(own["from_email"]), own.get("from_name")))
    remarks = [Remark(f"{key} = {shown(own[key])} is left out") for key in own.keys() - KNOWN]
    if own.get("delivery_method") == "sendmail":
        found["sendmail"] = word(own.get("sendmail_path") or SENDMAIL)
        if own.get("sendmail_args") not in (None, "-i -t"):
            remarks.append(Remark(f"sendmail_args = {shown(own['sendmail_args'])} is left out"))
    else:
        more, said = _server(own, label)
        found |= more
        remarks += said
    return found, tuple(remarks)


def _modern(given: Options) -> Options:
    server, message = (given.get(f"{name}_settings") or {} for name in ("server", "message"))
    old = {OLD[key]: value for key, value in dict(server).items() if key in OLD}
    if "from" in message:
        old["from_email"] = message["from"]
    return {**old, **given}


def _address(address: str, name: Any) -> str:
    address = "".join(address.split())
    if not isinstance(name, str) or not name:
        return address
    return f"{name} <{address}>" if name.replace(" ", "").isalnum() else f'"{name}" <{address}>'


def _server(own: Options, label: str) -> tuple[dict[str, Node], list[Remark]]:
    host = str(own.get("server_host") or "localhost")
    port = int(number(own.get("server_port") or 25))
    if not any(own.get(f"server_{key}") for key in ("host", "port", "auth")):
        return {}, []
    found: dict[str, Node] = {"server_host": word(host)}
    remarks = []
    if port != 25:
        found["server_port"] = text(str(port))
    if own.get("server_auth"):
        found["user"] = word(own.get("server_user") or "")
        found["password_file"], remark = password_file(label)
        remarks.append(remark)
        if host not in LOOPBACK:
            found["tls"] = text("implicit" if port == 465 else "starttls")
            remarks.append(LOGIN)
    elif host not in LOOPBACK:
        found["tls"] = text("none")
        remarks.append(PLAIN)
    return found, remarks


def password_file(label: str) -> tuple[Node, Remark]:
    """A password is not written where everybody reads it."""
    path = f"/etc/overseer/{label}.password"
    said = f"write the password into {path} (chmod 600), or name a variable with password_env"
    return text(path), Remark(said)


@dataclass(frozen=True, slots=True)
class Mail:
    node: Mapping[str, Node]
    remarks: tuple[Remark, ...]


def shared(contacts: Sequence[Mapping[str, Node]]) -> Mail | None:
    """What all of them have in common besides whom they reach, as the top-level `mail`."""
    if not contacts:
        return None
    first, *others = [
        {key: node for key, node in one.items() if key not in ("to", "password_file")}
        for one in contacts
    ]
    if not first or any(one != first for one in others):
        return None
    found: dict[str, Node] = {
        key: first[key] for key in ("sendmail", "tls", "from") if key in first
    }
    if "server_host" in first:
        found = {"smtp": text(_url(first)), **found}
    remarks: list[Remark] = []
    if "user" in first:
        found["password_file"], remark = password_file("mail")
        remarks.append(remark)
    if "tls" in first:
        remarks.append(PLAIN if first["tls"] == text("none") else LOGIN)
    return Mail(found, tuple(remarks))


def _url(server: Mapping[str, Node]) -> str:
    from urllib.parse import quote

    def value(key: str) -> str:
        node = server.get(key)
        return node.value if isinstance(node, Text) else ""

    user = f"{quote(value('user'), safe='')}@" if "user" in server else ""
    port = value("server_port")
    return f"smtp://{user}{value('server_host')}{f':{port}' if port else ''}"
