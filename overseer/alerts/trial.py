"""`overseer contacts test NAME`: one alert that says it is a trial, with the dialogue."""

from overseer.alerts.letter import Facts, message_id
from overseer.contacts.base import Contact, Hear, NotDelivered
from overseer.model.change import Change


def send(contact: Contact, name: str, host: str, wall: float, hear: Hear) -> str:
    """How it went, in one line. Raises NotDelivered; waits as long as the server does."""
    from overseer.alerts import render  # Jinja2: only where something is rendered

    facts = Facts(
        watch="",
        change=Change.NOTICE,
        headline=f"a trial of contact {name}",
        message="somebody wants to know whether alerts arrive; nothing is wrong",
        at=wall,
        incident=f"trial.{name}.{int(wall * 1000):x}",
        next="nothing",
    )
    id = message_id(f"{int(wall * 1000):x}.trial.{name}", host)
    try:
        return contact.deliver(render.notice([facts], id, host, contact), hear)
    except NotDelivered:
        raise
    except Exception as error:  # other people's contacts
        raise NotDelivered(f"contact {name}: {type(error).__name__}: {error}") from error
