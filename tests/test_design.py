"""Every paragraph of the design's fourth section, and every numbered conformance case has a
test that carries its number."""

import re
from pathlib import Path

import pytest
from conformance import CASES

TESTS = Path(__file__).parent
TEXT = "\n".join(path.read_text() for path in sorted(TESTS.rglob("test_*.py")))
PARAGRAPHS = set(re.findall(r'mark\.design\("(4\.\d+)"\)', TEXT))
MARKED = {int(number) for number in re.findall(r"mark\.case\((\d+)\)", TEXT)}


@pytest.mark.parametrize("number", range(1, 21))
def test_a_paragraph_has_a_test(number: int) -> None:
    assert f"4.{number}" in PARAGRAPHS


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_case_has_a_test(number: int) -> None:
    assert number in MARKED


def test_no_test_carries_a_number_that_there_is_not() -> None:
    assert MARKED <= CASES


LISTED = set(re.findall(r"^\| ([A-Z]\d+) \|", (TESTS / "conformance.md").read_text(), re.MULTILINE))
FIELD = set(re.findall(r'mark\.field\("([A-Z]\d+)"\)', TEXT))


def test_each_case_from_the_field_is_listed_and_has_a_test() -> None:
    assert FIELD == LISTED


ENDS_IN_A_KEY = re.compile(
    r"\b(?:write|change|to|with|as|or|and|in) [a-z_]+:\"|[a-z_]:;|[a-z_]:\. "
)


def test_no_message_ends_with_the_colon_of_a_key() -> None:
    """More may follow it: `make it, or change user:; next try 12:09`."""
    package = TESTS.parent / "overseer"
    found = [
        f"{path.relative_to(package)}:{number}: {line.strip()}"
        for path in sorted(package.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ENDS_IN_A_KEY.search(line)
    ]

    assert not found
