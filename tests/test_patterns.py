"""How long a pattern may take, those of the package, and searches that end in time."""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.matcher import MOST_STEPS, Matcher
from overseer.patterns import SLOW, NotJudged, check_pattern, is_slow, steps

PACKAGE = Path(__file__).parents[1] / "overseer"
DJANGOS = "overseer.mail.django"
"""Can be imported in a site alone."""
ALLOWED = {
    "(## `overseer": "reads docs/commands.md, when that is written",
    r"(?:(\d+(?:\.\d+)?)(ms|s|m": "ms and m: the next character tells which",
    r"\A(\s*(?:\{#": "the first line of a template, which is the application's own code",
    "[ \\t]*\n    (?: (?:[\\#;]": "each branch begins apart; fed below",
    r"(?P<place>[A-Za-z_]\w*(\.\w+)*|/.+": "names a function, in a watch file",
}
"""Beginnings of patterns that look slow, and why they are not, or who writes what they read."""
HOSTILE = ["(a+)+$", "(a|a)*b", "(x+x+)+y", r"(\w+)*\s", ".*a.*b.*c", "(?:a{0,30}){0,30}b"]
HARMLESS = [
    "FATAL|out of memory",
    "ERROR.*timeout",
    r"^(\S+) (\S+) \[",
    r"(\w+\.)+foo",
    r"(a|b)*c",
    r"(\d{1,3}\.){3}\d{1,3}",
    "(?i)(fatal|error): .*",
    "(?>a+)+b",
    "^.*$",
]


@pytest.mark.field("S3")
@pytest.mark.parametrize("pattern", HOSTILE)
def test_what_can_share_out_a_text_in_many_ways_is_slow(pattern: str) -> None:
    assert is_slow(pattern)


@pytest.mark.parametrize("pattern", HARMLESS)
def test_what_can_match_in_few_ways_is_not(pattern: str) -> None:
    assert not is_slow(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("FATAL|out of memory", "FATAout of memor" * 60),
        ("ERROR.*timeout", "ERROR" * 200),
        (r"\d+x", "1" * 1000),
        (r"(\w+\.)+foo", "a." * 500),
        ("[\u0400-\u0480]+[\u0450-\u04ff]+x", "\u0460" * 300),
    ],
)
def test_steps_are_never_fewer_than_there_are(pattern: str, text: str) -> None:
    """A step takes ten nanoseconds at most, here and on a machine a hundred times as slow."""
    began = time.process_time()
    re.search(pattern, text)
    assert time.process_time() - began < max(1e-3, steps(pattern, 0, 1024) * 1e-6)


@pytest.mark.field("S3")
def test_no_pattern_of_the_package_can_be_made_to_take_long() -> None:
    """Over text of others. Where only a look at what it reads shows that, it is in ALLOWED."""
    slow = {
        f"{where}: {pattern}"
        for where, pattern, flags in patterns_of_the_package()
        if steps(pattern, flags, 1000) > SLOW and not pattern.startswith(tuple(ALLOWED))
    }
    assert slow == set()


def patterns_of_the_package() -> Iterator[tuple[str, str, int]]:
    """Compiled at import, and written as literals where they are used."""
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text()
        name = ".".join(("overseer", *path.relative_to(PACKAGE).with_suffix("").parts))
        if "import re\n" in source:
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and is_of_re(node.func) and node.args:
                    yield from literal(f"{name}:{node.lineno}", node.args[0])
            yield from compiled(name)


def compiled(name: str) -> Iterator[tuple[str, str, int]]:
    if name.startswith(DJANGOS):
        return
    for word, value in vars(importlib.import_module(name)).items():
        for one in value.values() if type(value) is dict else [value]:
            if isinstance(one, re.Pattern):
                yield f"{name}.{word}", as_text(one.pattern), one.flags & ~re.UNICODE


def is_of_re(function: ast.expr) -> bool:
    owner = getattr(getattr(function, "value", None), "id", "")
    return owner == "re" and getattr(function, "attr", "") not in ("escape", "error")


def literal(where: str, node: ast.expr) -> Iterator[tuple[str, str, int]]:
    if isinstance(node, ast.Constant):
        yield where, as_text(node.value), 0


def as_text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else pattern.decode("latin-1")


@pytest.mark.field("S3")
def test_a_search_that_would_never_end_is_given_up_and_others_are_made() -> None:
    texts = ["aaa", "a" * 40 + "b", "b"]
    with Matcher("(a+)+$", 5.0) as matcher:
        began = time.process_time()
        assert matcher.search(texts) == [True, None, False]
    assert time.process_time() - began < 0.5  # whatever it took, it took elsewhere


def test_a_deadline_holds_for_all_texts_together() -> None:
    with Matcher("(a+)+$", 0.2) as matcher:
        assert matcher.search(["a" * 40 + "b"] * 9) == [None] * 9
        with pytest.raises(NotJudged, match=r"whether '\(a\+\)\+\$' matches could not be told in"):
            matcher.matches("a" * 40 + "b")


@pytest.mark.parametrize("pattern", HARMLESS)
def test_cheap_patterns_over_ordinary_lines_start_no_process(pattern: str) -> None:
    lines = ["2026-11-29 12:00:00 a line that says nothing of note to anybody"] * 50
    assert len(lines) * steps(pattern, 0, 64) < MOST_STEPS


def test_text_of_any_kind_is_searched_by_the_helper() -> None:
    with Matcher("(é+)+$", 30.0, re.IGNORECASE) as matcher:
        assert matcher.search(["É" * 100, "\ud800\n\0", ""]) == [True, False, False]
        assert matcher.search(["\U0001f600é"]) == [True]


@pytest.mark.parametrize("pattern", ["(", "(" * 5000, "a{99999999999}"])
def test_what_is_no_pattern_is_a_problem_in_words(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^expect: '[^']+' is .*; write PONG$"):
        check_pattern("expect", pattern, "PONG")
