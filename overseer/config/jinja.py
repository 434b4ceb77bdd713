"""The sandbox that values are rendered in. Imported only where a file asks for more than names."""

from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from overseer.config.render import absent, spell


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


def environment() -> ImmutableSandboxedEnvironment:
    """Nothing can be loaded, changed or called that reaches out of the text."""
    return ImmutableSandboxedEnvironment(
        undefined=Unknown, autoescape=False, keep_trailing_newline=True, finalize=spell_or_keep
    )


def spell_or_keep(value: object) -> object:
    return value if isinstance(value, Unknown) else spell(value)
