"""The sandbox that values are rendered in. Imported only where a file asks for more than names."""

import re
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateRuntimeError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from overseer.config.render import AS_IT_STANDS, Missing, Scope, absent, brief, spell

LONGEST_TEXT = 10**6
"""Characters, or items, that a multiplication may make."""
MOST_BITS = 10**4
"""Of a power."""
LONGEST_RENDERING = 2.0
"""Seconds of processor time for all loops of a load together."""
TOO_LONG = f"it takes more than {LONGEST_RENDERING:g}s, with what stands before it; loop less"
LOOKS_EVERY = 1000
"""Lines of a loop between two looks at the clock."""
WIDE = re.compile(r"%[^a-zA-Z%]{0,20}(?:\d{5}|\*)")
"""A format that makes more of its value than a line."""


class Unknown(StrictUndefined):
    """Says what is not there in our words."""

    @property
    def _undefined_message(self) -> str:
        owner: Any = self._undefined_obj
        if self._undefined_hint:
            return self._undefined_hint
        if owner is missing:
            return f"there is no variable {self._undefined_name}"
        return absent(owner, "it", str(self._undefined_name))


class Sandbox(ImmutableSandboxedEnvironment):
    """Nothing can be loaded, changed or called that reaches out of the text, and nothing takes all
    of the memory or goes on for ever."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if is_too_much(operator, left, right):
            raise TemplateRuntimeError("it makes too much; write less")
        return super().call_binop(context, operator, left, right)

    spent = 0.0
    """Seconds, by loops until now."""

    def fill_in(self, text: str, names: Scope) -> str:
        template = self.from_string(text)
        return self._in_time(template.render, names) if "{%" in text else template.render(names)

    def _in_time(self, render: Any, names: Scope) -> str:
        """Any: what a template renders by. Its lines are counted, for a loop may be without an
        end."""
        begun, lines = time.thread_time() - self.spent, 0

        def trace(_: FrameType, event: str, __: Any) -> Any:
            nonlocal lines
            lines += event == "line"
            if lines % LOOKS_EVERY == 0 and time.thread_time() - begun > LONGEST_RENDERING:
                raise TemplateRuntimeError(TOO_LONG)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return str(render(names))
        finally:
            sys.settrace(before)
            self.spent = time.thread_time() - begun


def environment() -> Sandbox:
    return Sandbox(
        undefined=Unknown, autoescape=False, keep_trailing_newline=True, finalize=spell_or_keep
    )


def spell_or_keep(value: object) -> object:
    return value if isinstance(value, Unknown) else spell(value)


def is_too_much(operator: str, left: object, right: object) -> bool:
    match operator, left, right:
        case ("**", int(), int()):
            return left.bit_length() * right > MOST_BITS
        case ("*", Sequence(), int()):
            return len(left) * right > LONGEST_TEXT
        case ("*", int(), Sequence()):
            return left * len(right) > LONGEST_TEXT
        case ("%", str(), _):
            return WIDE.search(left) is not None
    return False


def cannot_be(value: str, error: TemplateError) -> Missing:
    line = int(getattr(error, "lineno", None) or 1) - 1
    hint = f"; {AS_IT_STANDS}" if isinstance(error, TemplateSyntaxError) else ""
    return Missing(f"{brief(value)} cannot be filled in: {error.message}{hint}", line)
