"""The keys that stand for others. After the expansion none of them is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from overseer.conditions.base import Times
from overseer.config import forms
from overseer.config.command import SIGNAL
from overseer.config.forms import Form
from overseer.config.healthy import EXAMPLE
from overseer.config.record import form_of, record
from overseer.model.units import Bytes, Percent, Seconds

THREE_OF_FIVE = Times(3, 5)


class OnExit(StrEnum):
    """What follows an end that nobody asked for."""

    RESTART = "restart"
    RESTART_ON_FAILURE = "restart_on_failure"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """god's shorthand: the main process, and no more of its tree."""

    interval: Seconds | None = None
    memory_max: Bytes | None = None
    memory_times: Times = THREE_OF_FIVE
    cpu_max: Percent | None = None
    cpu_times: Times = THREE_OF_FIVE


CHECKS: Mapping[str, Any] = {"type": ["object", "array"]}
"""A mapping of conditions, or a list; what stands in them is described with the conditions."""


MUSTS: Mapping[str, Any] = {"type": ["object", "array"], "$comment": EXAMPLE}


def _checks() -> Form:
    return Form(lambda node, key, troubles: node, "{memory_usage: {above: 100MB}}", CHECKS)


def _musts() -> Form:
    return Form(lambda node, key, troubles: node, EXAMPLE, MUSTS)


def _or_mapping(form: Form, inner: Mapping[str, Any]) -> Form:
    return Form(form.read, form.example, {"anyOf": [form.schema, inner]})


OFF: Mapping[str, Any] = {"enum": ["off", False]}

ATTRIBUTES: Mapping[str, Form] = {
    "uid": forms.TEXT,
    "gid": forms.TEXT,
    "shell": forms.BOOL,
    "grace": form_of(Seconds),
    "stop_signal": SIGNAL,
    "stop_timeout": form_of(Seconds),
}
"""Concise keys that may stand beside `transitions`."""

GRAPH: Mapping[str, Form] = {
    "on_exit": form_of(OnExit),
    "start_tries": _or_mapping(forms.whole(1, 1000, "5"), {"type": "object"}),
    "memory": _or_mapping(form_of(Bytes), {"type": "object"}),
    "cpu": _or_mapping(form_of(Percent), {"type": "object"}),
    "keepalive": _or_mapping(forms.BOOL, record(Keepalive).schema),
    "healthy": _musts(),
    "restart_if": _checks(),
    "stop_if": _checks(),
    "start_if": _checks(),
    "reload_if": _checks(),
    "alert_if": _checks(),
    "flapping": _or_mapping(Form(forms.TEXT.read, "off", OFF), {"type": "object"}),
}
"""Concise keys that become transitions; beside `transitions` they need `extend: default`."""
