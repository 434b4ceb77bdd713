"""god's contacts, as those of a watch file: how each is reached, and what became of the others."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from overseer.config.node import Node, table, text
from overseer.importers import mail
from overseer.importers.notify import People
from overseer.importers.page import Item, Remark
from overseer.importers.recording import Contact, Options, Recording
from overseer.importers.values import NotCarried, flag, name, shown, whole, word

Reader = Callable[[Any], Node]
GONE = {
    "airbrake": "write a webhook to a service that is there, or apprise",
    "campfire": "the service is gone; write slack, a webhook, or apprise",
    "hipchat": "the service is gone; write slack, a webhook, or apprise",
    "prowl": "write apprise with a prowl:// URL",
    "scout": "the service is gone; write a webhook, statsd, or alertmanager",
    "twitter": "god's way to it is gone; write apprise, with the URL of a service that is there",
}
SECRET_URL = Remark("whoever has this URL may write there: url_file keeps it out of this file")


def check_name(value: Any) -> Node:
    return text(re.sub(r"[^A-Za-z0-9_.-]+", "_", str(value)))


WAYS: Mapping[str, Mapping[str, Reader]] = {
    "jabber": {
        "from_jid": word,
        "to_jid": word,
        "host": word,
        "port": whole,
        "subject": word,
    },
    "sensu": {
        "check_name": check_name,
        "status_code": whole,
        "handler": word,
        "host": word,
        "port": whole,
    },
    "slack": {
        "url": word,
        "channel": word,
        "notify_channel": flag,
        "username": word,
        "emoji": word,
        "format": word,
    },
    "statsd": {"host": word, "port": whole},
    "webhook": {"url": word, "format": word},
}
NEEDED = {
    "jabber": ("from_jid", "to_jid"),
    "slack": ("url",),
    "statsd": ("host",),
    "webhook": ("url",),
}
GODS = {"webhook": {"format": "form"}}
"""What god took where nothing was written, and overseer does not."""
REMARKS = {"slack": (SECRET_URL,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A contact by its name here. *options* is None for one that could not be carried over."""

    name: str
    kind: str
    group: str | None = None
    options: Mapping[str, Node] | None = None
    remarks: tuple[Remark, ...] = ()
    why: str = ""


def reached(recording: Recording) -> list[Reached]:
    """god ignored a second contact of a name."""
    found: dict[str, Reached] = {}
    twice = []
    for contact in recording.contacts:
        one = _reached(contact, recording.defaults)
        if found.setdefault(name(one.name), one) is not one:
            why = f"{one.name} is left out ({contact.at}): it is there twice"
            twice.append(Reached(name=one.name, kind=one.kind, why=why))
    return [*found.values(), *twice]


def people(found: Iterable[Reached]) -> People:
    known: dict[str, str] = {}
    lost: dict[str, str] = {}
    for one in found:
        names = [one.name, *([one.group] if one.group else [])]
        for label in names:
            if one.options is None:
                lost[label] = one.why
            else:
                known[label] = name(label)
    return People(known, {label: why for label, why in lost.items() if label not in known})


def items(found: Iterable[Reached]) -> Iterator[Item]:
    """`mail`, where all e-mail contacts share a way; and `contacts`."""
    everybody = list(found)
    shared = mail.shared([one.options for one in everybody if one.kind == "email" and one.options])
    if shared:
        yield Item(key="mail", node=table(shared.node), remarks=shared.remarks)
    yield Item(key="contacts", children=tuple(_item(one, bool(shared)) for one in everybody))


def _item(one: Reached, shared: bool) -> Item:
    if one.options is None:
        return Item(remarks=(Remark(one.why), *one.remarks))
    options = dict(one.options)
    if one.kind == "email" and shared:
        options = {"to": options["to"]}
    brief = options.keys() == {"to"}
    inner = {one.kind: options["to"] if brief else table(options) if options else text("null")}
    if one.group:
        inner["group"] = text(name(one.group))
    above = (mail.PLAIN, mail.LOGIN, mail.password_file(name(one.name))[1]) if shared else ()
    remarks = tuple(remark for remark in one.remarks if remark not in above)
    return Item(key=name(one.name), node=table(inner), remarks=remarks)


def _reached(contact: Contact, defaults: Mapping[str, Options]) -> Reached:
    """A contact's own values go before those of its kind."""
    own = {**defaults.get(contact.kind.replace("_", ""), {}), **contact.options}
    label = str(own.pop("name", None) or f"contact-{contact.at}")
    group = own.pop("group", None)
    found = Reached(name=label, kind=contact.kind, group=None if group is None else str(group))
    try:
        options, remarks = _options(contact, own, name(label))
    except NotCarried as error:
        why = f"{label} is left out ({contact.at}): {contact.kind}: {error}"
        return Reached(name=label, kind=contact.kind, group=found.group, why=why)
    return Reached(
        name=label, kind=contact.kind, group=found.group, options=options, remarks=remarks
    )


def _options(contact: Contact, own: Options, label: str) -> mail.Made:
    kind = contact.kind
    if kind == "email":
        return mail.options(own, label)
    if kind in GONE:
        raise NotCarried(GONE[kind])
    if kind not in WAYS:
        raise NotCarried("a contact of your own; write a command or a webhook that does the same")
    found: dict[str, Node] = {}
    remarks = list(REMARKS.get(kind, ()))
    for key, value in {**GODS.get(kind, {}), **own}.items():
        if value is None:
            continue
        if key in WAYS[kind]:
            found[key] = WAYS[kind][key](value)
        elif key == "password":
            found["password_file"], remark = mail.password_file(label)
            remarks.append(remark)
        else:
            remarks.append(Remark(f"{key} = {shown(value)} is left out"))
    _check(kind, found)
    return found, tuple(remarks)


def _check(kind: str, found: Mapping[str, Node]) -> None:
    if missing := [key for key in NEEDED.get(kind, ()) if key not in found]:
        raise NotCarried(f"{missing[0]} is missing; god would not have taken it")
