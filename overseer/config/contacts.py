"""From `contacts:` and their groups to the objects that reach people."""

from collections.abc import Iterable, Mapping

from overseer.config.catalogue import Catalogue
from overseer.config.contact_defaults import ContactDefaults
from overseer.config.forms import NAMES, wrong
from overseer.config.keys import NAME
from overseer.config.node import Entry, Node, Series, Spot, Table, Text
from overseer.config.record import build, options
from overseer.config.trouble import UNREAD, Troubles, Unread, suggestion
from overseer.config.watch import Call
from overseer.contacts.base import Contact
from overseer.contacts.email import Email, MailDefaults
from overseer.contacts.terms import Terms
from overseer.model.transition import Notify

BESIDE = frozenset({"group", "groups", *options(Terms)})
EXAMPLE = "{email: ops@example.org}"


class ContactReader:
    """*groups* gathers who is in which, *terms* what each wants, *calls* whom they name."""

    def __init__(
        self,
        mail: MailDefaults,
        defaults: Mapping[str, Entry],
        catalogue: Catalogue,
        troubles: Troubles,
    ) -> None:
        self._mail = mail
        self._catalogue = catalogue
        self._troubles = troubles
        self._defaults = ContactDefaults(defaults, catalogue, troubles)
        self._wishes: dict[str, Mapping[str, Entry]] = {}
        self.groups: dict[str, list[str]] = {}
        self.terms: dict[str, Terms] = {}
        self.calls: list[Call] = []

    def read(self, name: str, entry: Entry) -> Contact | Unread:
        NAME.read(Text(name, entry.spot, True), "contacts", self._troubles)
        node = entry.node
        if not isinstance(node, Table):
            return wrong(node, name, EXAMPLE, self._troubles)
        kinds = [key for key in node.entries if key not in BESIDE and not key.startswith("x-")]
        if len(kinds) != 1:
            found = f"is reached in {len(kinds)} ways ({', '.join(kinds)}); write one of them"
            near = next((hint for kind in kinds if (hint := suggestion(kind, BESIDE))), "")
            found += near if kinds else ""
            said = found if kinds else f"has no way of reaching it; write {EXAMPLE}"
            return self._troubles.error(entry.spot, f"the contact {name} {said}")
        self._join(name, node)
        self._wishes[name] = wishes(node)
        way = node.entries[kinds[0]]
        kind = self._catalogue.contact(kinds[0], way.spot)
        if isinstance(kind, Unread):
            return UNREAD
        return self._build(kind, self._defaults.under(kinds[0], kind, way), name)

    def _build(self, kind: type[Contact], way: Entry, name: str) -> Contact | Unread:
        contact = build(kind, way.node, name, self._troubles)
        if not isinstance(contact, Email):
            return contact
        try:
            return contact.with_defaults(self._mail)
        except ValueError as error:
            return self._troubles.error(way.spot, f"{name}, with what mail: says: {error}")

    def _join(self, name: str, node: Table) -> None:
        for key in ("group", "groups"):
            if key not in node.entries:
                continue
            groups = NAMES.read(node.entries[key].node, f"{name}: {key}", self._troubles)
            for group in groups if isinstance(groups, tuple) else ():
                self.groups.setdefault(group, []).append(name)

    def agree(self, groups: Mapping[str, Entry], contacts: Mapping[str, Entry]) -> None:
        """When and of what each wants to be told: as it says itself, else as its groups say."""
        for name, own in self._wishes.items():
            kept = dict(own)
            for group, entry in groups.items():
                if name in self.groups.get(group, ()) and isinstance(entry.node, Table):
                    kept = {**wishes(entry.node), **kept}
            if kept:
                self._agree(name, Table(kept, contacts[name].spot))

    def _agree(self, name: str, node: Table) -> None:
        terms = build(Terms, node, name, self._troubles)
        if not isinstance(terms, Unread):
            self.terms[name] = terms
            if terms.escalate:
                spot = node.entries["escalate"].spot
                self.calls.append(Call(Notify(terms.escalate.to), spot, "escalate"))

    def read_groups(self, groups: Mapping[str, Entry], contacts: Mapping[str, Entry]) -> None:
        """`contact_groups: {night: [ops, chris]}`, or a mapping with what all of them wish"""
        for group, entry in groups.items():
            NAME.read(Text(group, entry.spot, True), "contact_groups", self._troubles)
            members = self._members(group, entry)
            nodes = members.items if isinstance(members, Series) else (members,)
            if not nodes and not contained(group, contacts):
                said = f"the contact group {group} is empty; write {group}: [ops], or leave it out"
                self._troubles.error(entry.spot, said)
            for node in nodes:
                names = NAMES.read(node, group, self._troubles)
                for member in names if isinstance(names, tuple) else ():
                    if member in groups and member not in contacts:
                        said = f"{group}: {member} is a contact group; name its contacts"
                        self._troubles.error(node.spot, said)
                    else:
                        self._add(member, group, node.spot, contacts)

    def _members(self, group: str, entry: Entry) -> Node:
        node = entry.node
        if not isinstance(node, Table):
            return node
        known = ("contacts", *options(Terms))
        for key, inner in node.entries.items():
            if key not in known and not key.startswith("x-"):
                self._troubles.error(inner.spot, f"{group} has no {key}{suggestion(key, known)}")
        members = node.entries.get("contacts")
        return Series((), node.spot) if members is None else members.node

    def _add(self, member: str, group: str, spot: Spot, contacts: Mapping[str, Entry]) -> None:
        if member in contacts:
            self.groups.setdefault(group, []).append(member)
        else:
            near = suggestion(member, contacts, otherwise=f"write contacts: {{{member}: …}}")
            self._troubles.error(spot, f"{group}: there is no contact {member}{near}")

    def check_names(self, groups: Mapping[str, Entry], contacts: Mapping[str, Entry]) -> None:
        """A name means one thing."""
        for group in self.groups:
            if group in contacts:
                spot = groups[group].spot if group in groups else contacts[group].spot
                said = f"{group} is a contact and a contact group; give one another name"
                self._troubles.error(spot, said)


def contained(group: str, contacts: Mapping[str, Entry]) -> bool:
    """A contact may say itself that it is in a group."""
    found = (one.node.entries for one in contacts.values() if isinstance(one.node, Table))
    return any(_names(one.get(key), group) for one in found for key in ("group", "groups"))


def _names(entry: Entry | None, group: str) -> bool:
    node = entry.node if entry else None
    items = node.items if isinstance(node, Series) else (node,)
    return any(isinstance(one, Text) and one.value == group for one in items)


def wishes(node: Table) -> Mapping[str, Entry]:
    return {key: node.entries[key] for key in options(Terms) if key in node.entries}


def check_calls(
    calls: Iterable[Call],
    contacts: Mapping[str, Entry],
    groups: Mapping[str, Iterable[str]],
    troubles: Troubles,
) -> None:
    """Whoever is named exists; a contact that nobody names is a warning."""
    called: set[str] = set()
    for call in calls:
        for name in call.notify.everybody:
            if name not in contacts and name not in groups:
                known = (*contacts, *groups)
                near = suggestion(name, known, otherwise=f"write it under contacts: {name}: …")
                message = f"{call.key}: there is no contact {name}{near}"
                troubles.error(call.spot, message, only_notify=True)
            called.update(groups.get(name, (name,)))
    for name, entry in contacts.items():
        if name not in called:
            said = f"nothing notifies the contact {name}; write notify: {name} in a watch"
            troubles.warn(entry.spot, said)
