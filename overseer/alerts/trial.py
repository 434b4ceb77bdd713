"""One alert that goes at once, past the queue: a trial, or the news that nothing can be written."""

import logging

from overseer.alerts.letter import Facts, message_id
from overseer.contacts.base import Contact, Hear, NotDelivered, unheard
from overseer.model.change import Change

log = logging.getLogger(__name__)


def send(contact: Contact, name: str, host: str, wall: float, hear: Hear) -> str:
    """`overseer contacts test NAME`: how it went, in one line. Raises NotDelivered; waits as long
    as the server does."""
    facts = Facts(
        watch="",
        change=Change.NOTICE,
        headline=f"a trial of contact {name}",
        message="somebody wants to know whether alerts arrive; nothing is wrong",
        at=wall,
        incident=f"trial.{name}.{int(wall * 1000):x}",
        next="nothing",
    )
    return deliver(contact, name, host, facts, hear)


def about_overseer(message: str, change: Change, wall: float) -> Facts:
    return Facts(
        watch="",
        change=change,
        headline=message.splitlines()[0],
        message=message,
        at=wall,
        incident=f"overseer.{change}.{int(wall):x}",
    )


def try_once(contact: Contact, name: str, host: str, facts: Facts) -> None:
    try:
        log.info("alert to %s delivered: %s", name, deliver(contact, name, host, facts, unheard))
    except NotDelivered as error:
        log.error("alert to %s is lost: %s", name, error)


def deliver(contact: Contact, name: str, host: str, facts: Facts, hear: Hear) -> str:
    from overseer.alerts import render  # Jinja2: only where something is rendered

    id = message_id(f"{facts.incident}.{name}", host)
    try:
        return contact.deliver(render.notice([facts], id, host, contact), hear)
    except NotDelivered:
        raise
    except BaseException as error:  # other people's contacts
        raise NotDelivered(f"contact {name}: {type(error).__name__}: {error}") from error
