"""Facts and incidents as they are written into the database, and read again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from overseer.alerts.incident import Incident, Said, Standing
from overseer.alerts.letter import Facts
from overseer.model.change import Change


def encode(value: object) -> str:
    return _ENCODER.encode(value)


def _slots(value: Any) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}


_ENCODER = json.JSONEncoder(default=_slots, separators=(",", ":"), check_circular=False)


def mail_of(texts: Sequence[str], why: str = "") -> str:
    """The payload of a mail that tells of all these."""
    held = f',"why":{json.dumps(why)}' if why else ""
    return f'{{"items":[{",".join(texts)}]{held}}}'


def read_mail(payload: str) -> tuple[Sequence[Facts], str]:
    """What it tells of, and why it was held back as a whole.

    Raises ValueError, TypeError or KeyError for what no version of ours has written.
    """
    kept = json.loads(payload)
    return [one_fact(item) for item in kept["items"]], str(kept.get("why", ""))


def read_facts(text: str) -> Facts:
    return one_fact(json.loads(text))


def one_fact(kept: dict[str, Any]) -> Facts:
    """Words that a later version has added are passed over."""
    known = {name: kept[name] for name in Facts.__dataclass_fields__ if name in kept}
    known["samples"] = tuple(known.get("samples", ()))
    if known.get("lines") is not None:
        known["lines"] = tuple(known["lines"])
    return Facts(**known)


def read_incident(kept: dict[str, Any]) -> Incident:
    known = {name: kept[name] for name in Incident.__dataclass_fields__ if name in kept}
    words = set(Change)
    return replace(
        Incident(**known),
        exits=tuple(known.get("exits", ())),
        lately=tuple(Said(said["what"], said["at"]) for said in known.get("lately", ())),
        said=tuple(Change(word) for word in known.get("said", ()) if word in words),
        told=tuple(known.get("told", ())),
        checks=tuple(
            Standing(**{**one, "told": tuple(one["told"])}) for one in known.get("checks", ())
        ),
    )
