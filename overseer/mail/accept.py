"""From what a program hands over to what is queued: complete, seven bits, nobody betrayed."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.utils import formatdate, make_msgid, parseaddr

from overseer.errors import UsageError
from overseer.mail.addresses import NotAscii, read_addresses
from overseer.mail.draft import Draft, Field
from overseer.mail.envelope import Envelope
from overseer.mail.headers import write_addresses, write_text
from overseer.mail.home import with_domain
from overseer.mail.seven_bit import fit_body, fit_field

HIDDEN = frozenset({"bcc", "resent-bcc", "return-path"})
"""Not for those who get it: the blind copies, and what only the last server writes."""
ADDRESSED = frozenset({"from", "sender", "reply-to", "to", "cc"})
ADDRESSED |= {f"resent-{name}" for name in ADDRESSED}
MOST_HOPS = 50
"""`Received` headers of a mail that is not going round in circles (RFC 5321, 6.3)."""


def accept(
    draft: Draft, *, sender: str, rcpts: Sequence[str], author: Address, received: str = ""
) -> Envelope:
    """Message-ID and Date are fixed here, once, where the program has not done so; *author* is
    whose it is if it does not say, and of whose domain are the addresses that have none;
    *received* is where it came from, if not from within this process.

    UsageError for a message that no server would take, for an address in it that few take
    (SMTPUTF8), and for one that comes by for the 51st time.
    """
    if sum(field.name == "received" for field in draft.fields) > MOST_HOPS:
        raise UsageError(f"received more than {MOST_HOPS} times: it goes round in circles")
    kept = [field for field in draft.fields if field.name not in HIDDEN]
    whole = fit_body(draft._replace(fields=complete(kept, author)))
    fields = [at_home(field, author.domain) for field in whole.fields]
    if received:
        fields.insert(0, made("Received", received))
    done = Draft(tuple(map(fit_field, fields)), whole.body)
    raw = b"".join(field.raw for field in done.fields)
    message_id = done.texts("message-id")[0]
    return Envelope(raw + b"\r\n" + done.body, message_id, sender, tuple(dict.fromkeys(rcpts)))


def complete(fields: list[Field], author: Address) -> tuple[Field, ...]:
    wanted = {
        "From": lambda: write_addresses("From", [author]),
        "Date": lambda: write_text("Date", formatdate(localtime=True)),
        "Message-ID": lambda: write_text("Message-ID", make_msgid(domain=author.domain)),
    }
    said = {field.name for field in fields if field.text}
    missing = {name.lower(): name for name in wanted if name.lower() not in said}
    there = [field for field in fields if field.name not in missing]
    return (*there, *(Field(key, wanted[name]()) for key, name in missing.items()))


def made(name: str, text: str) -> Field:
    return Field(name.lower(), write_text(name, text))


def at_home(field: Field, domain: str) -> Field:
    """As other hosts can read it: `root` is somebody else there, and domains are ASCII."""
    if field.name not in ADDRESSED:
        return field
    try:
        addresses = read_addresses(field.name, field.text, names=True)
    except NotAscii:
        raise
    except UsageError:
        return field  # no address of the envelope: as it came
    if field.raw.isascii() and all(address.domain for address in addresses):
        return field
    name = field.raw.partition(b":")[0].decode().strip()
    comment = parseaddr(field.text)[0] if len(addresses) == 1 else ""  # root (Cron Daemon)
    whole = [with_domain(one, domain, comment) for one in addresses]
    return Field(field.name, write_addresses(name, whole))
