"""The schema that is shipped says what the reader understands."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from test_config_explicit import FILE

from overseer.config import schema

VALIDATOR = Draft202012Validator(schema.build())
ROOT = Path(__file__).parents[2]


def test_the_shipped_copy_is_up_to_date() -> None:
    """`python -m overseer.config.schema` writes it anew."""
    assert schema.SHIPPED.read_text() == schema.text()


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema.text()))


@pytest.mark.parametrize(
    "path", [*ROOT.glob("examples/*.yml"), *ROOT.glob("watches/*.yml")], ids=lambda p: p.name
)
def test_examples_and_ready_made_watches_fit(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text()))


def test_a_file_with_a_bit_of_everything_fits() -> None:
    VALIDATOR.validate(yaml.safe_load(FILE))


@pytest.mark.parametrize(
    "text",
    [
        "watchs: {}",
        "watches: {web: {comand: x}}",
        "watches: {web: {command: x, interval: soon}}",
        "watches: {web: {command: x, memory: 100}}",
        "watches: {web: {command: x, kill: all}}",
        "watches: {web: {command: x, transitions: [{when: process_exits}]}}",
        "watches: {web: {command: x, transitions: [{from: upp, when: process_exits}]}}",
        "watches: {web: {command: x, restart_if: {cpu_usage: {abve: 5%}}}}",
        "watches: {web: {command: x, transitions: {add: []}}}",
        "contacts: {ops: {emial: a@b.c}}",
    ],
)
def test_what_the_reader_refuses_an_editor_marks(
    text: str, problems: Callable[..., list[str]]
) -> None:
    assert problems(text)
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
