"""Every paragraph of the design's fourth section, and every conformance case that this release
holds, has a test that carries its number."""

import re
from pathlib import Path

import pytest
from conformance import CASES, HELD, LATER

TESTS = Path(__file__).parent
TEXT = "\n".join(path.read_text() for path in sorted(TESTS.rglob("test_*.py")))
PARAGRAPHS = set(re.findall(r'mark\.design\("(4\.\d+)"\)', TEXT))
MARKED = {int(number) for number in re.findall(r"mark\.case\((\d+)\)", TEXT)}


@pytest.mark.parametrize("number", range(1, 21))
def test_a_paragraph_has_a_test(number: int) -> None:
    assert f"4.{number}" in PARAGRAPHS


@pytest.mark.parametrize("number", sorted(HELD))
def test_a_case_has_a_test(number: int) -> None:
    assert number in MARKED


def test_what_is_left_for_later_has_no_test_yet() -> None:
    assert set(LATER) & MARKED == set()


def test_no_test_carries_a_number_that_there_is_not() -> None:
    assert MARKED <= CASES
