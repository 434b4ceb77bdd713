"""Requests are read field by field; what is not text gets a plain answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseer.control.fields import Fields
from overseer.errors import UsageError

NOT_TEXT = st.sampled_from(["\udce9", "\ud800", "\x00", "\x1b[2J", "\x9b", "\u202e", "\r", "a\nb"])


@given(before=st.text("abc"), strange=NOT_TEXT)
@pytest.mark.field("K12")
def test_what_is_not_text_is_refused_in_every_text(before: str, strange: str) -> None:
    text = before + strange
    fields = Fields({"reason": text, "names": ["web", text], "incident": text})

    for read in (
        lambda: fields.text("reason"),
        lambda: fields.maybe_text("incident"),
        lambda: fields.words(),
        lambda: fields.choice("reason", "now"),
    ):
        with pytest.raises(UsageError) as refusal:
            read()
        str(refusal.value).encode()


def test_a_path_may_hold_any_byte() -> None:
    fields = Fields({"files": ["/srv/caf\udce9.yml"], "cwd": "/srv/\udce9"})

    assert fields.paths("files") == ["/srv/caf\udce9.yml"]
    assert fields.maybe_path("cwd") == "/srv/\udce9"


@pytest.mark.parametrize("number", ["9" * 4000, "1e400", "-1", "NaN", "1e10", "true", '"5"'])
def test_seconds_are_a_number_that_can_be_waited_for(number: str) -> None:
    fields = Fields({"timeout": json.loads(number)})

    with pytest.raises(UsageError, match="not a number of seconds"):
        fields.seconds("timeout")


@pytest.mark.parametrize("number", ["9" * 4000, "1e400", "-1", "NaN", "true", '"5"'])
def test_a_moment_is_a_number_too(number: str) -> None:
    fields = Fields({"since": json.loads(number)})

    with pytest.raises(UsageError, match="not a moment in seconds since the epoch"):
        fields.moment("since")
