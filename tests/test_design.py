"""Every paragraph of the design's fourth section, and every conformance case that this release
holds, has a test that carries its number."""

import re
from pathlib import Path

import pytest
from conformance import HELD, LATER

TESTS = Path(__file__).parent
TEXT = "\n".join(path.read_text() for path in sorted(TESTS.rglob("test_*.py")))
PARAGRAPHS = set(re.findall(r'mark\.design\("(4\.\d+)"\)', TEXT))
CASES = {int(number) for number in re.findall(r"mark\.case\((\d+)\)", TEXT)}


@pytest.mark.parametrize("number", range(1, 21))
def test_a_paragraph_has_a_test(number: int) -> None:
    assert f"4.{number}" in PARAGRAPHS


@pytest.mark.parametrize("number", sorted(HELD))
def test_a_case_has_a_test(number: int) -> None:
    assert number in CASES


def test_no_case_is_both_held_and_left_for_later() -> None:
    assert set(HELD) & set(LATER) == set()
