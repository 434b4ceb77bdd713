"""YAML without its traps."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from overseer.config.node import Table, Text
from overseer.config.parse import parse
from overseer.config.trouble import Troubles
from overseer.model.watch import Watch

Problems = Callable[..., list[str]]


@pytest.mark.parametrize("word", ["010", "yes", "NO", "on", "1:30", "1.10", "2024-01-31", "0x10"])
def test_the_values_of_env_are_the_text_that_is_written(
    word: str, watch: Callable[..., Watch]
) -> None:
    assert watch(f"env: {{A: {word}}}").program.env == {"A": word}


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "1", "y"])
def test_booleans_are_true_and_false_only(word: str, problems: Problems) -> None:
    found = problems(f"watches:\n  web: {{command: x, autostart: {word}}}\n")

    assert found == [f"2:32: autostart: '{word}' is not understood; write true or false"]


def test_a_key_that_is_there_twice_is_an_error_naming_both_lines(problems: Problems) -> None:
    found = problems("watches:\n  web:\n    command: x\n    command: y\n")

    assert found == ["4:5: command is here twice, first in line 3"]


def test_anchors_and_merge_keys_work_and_what_is_written_wins(
    read: Callable[..., object], watch: Callable[..., Watch]
) -> None:
    config = read("""
        x-usual: &usual
          interval: 7s
          nice: 5
        watches:
          web:
            <<: *usual
            command: x
            nice: 3
    """)

    web = config.watches["web"]  # type: ignore[attr-defined]
    assert (web.interval, web.program.nice) == (7.0, 3)


def test_an_anchor_that_holds_itself_is_an_error(problems: Problems) -> None:
    assert problems("vars: {a: &a [*a]}\n") == ["1:15: an anchor cannot hold itself"]


def test_x_keys_are_ignored_everywhere(problems: Problems) -> None:
    assert not problems("""
        x-note: {any: [thing]}
        watches:
          x-old: 3
          web: {command: x, x-owner: ada, restart_if: {memory_usage: {above: 1MB, x-why: leak}}}
    """)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {{ root }}/bin\n", '1:14: not YAML: did not find expected key; quote the value: "{{'),
        ("a: {{ root }}\n", '1:4: braces begin a mapping here; quote the value: "{{ root }}"'),
        ("a: b: c\n", "1:5: not YAML: mapping values are not allowed in this context; a value"),
        ("a:\n\tb: c\n", "2:1: not YAML: found character that cannot start any token; indent with"),
        ("a: @x\n", "1:4: not YAML: found character that cannot start any token; quote the value"),
        ("---\na: 1\n---\nb: 2\n", "3:1: a second document begins; one file is one document"),
        ("a: !ruby/object 3\n", "1:4: the tag !ruby/object is not understood; leave it out"),
        ("a: \x01\n", "1:4: a control character stands here; write it as an escape"),
        ("x: " + "[" * 60 + "]" * 60, "1:53: more than 50 levels; write it flatter"),
        ("a: *b\n", "1:4: there is no anchor &b before this"),
    ],
)
def test_what_is_not_yaml_is_said_with_its_place_and_what_was_meant(text: str, said: str) -> None:
    troubles = Troubles()

    parse(text, "f", troubles)

    (problem,) = troubles.problems
    assert str(problem).startswith(f"f:{said}")


BOMB = "a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefgh")
)
CHAIN = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3000))


@pytest.mark.field("K12")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "f:5:24: aliases make more than 50000 values of"),
        (CHAIN, "f:50:12: more than 50 levels; write it flatter"),
    ],
)
def test_aliases_cannot_make_more_than_can_be_read(text: str, message: str) -> None:
    troubles = Troubles()

    parse(text, "f", troubles)

    (problem,) = troubles.problems
    assert str(problem).startswith(message)


def test_thousands_may_share_a_mapping() -> None:
    troubles = Troubles()
    shared = "x: &x {" + ", ".join(f"k{n}: {n}" for n in range(30)) + "}\n"

    node = parse(shared + "".join(f"w{n}: {{<<: *x, a: 1}}\n" for n in range(5000)), "f", troubles)

    assert not troubles.problems
    assert isinstance(node, Table)
    assert len(node.entries) == 5001


@pytest.mark.parametrize("text", ["a: */5 1 * * *", "a: [*/5 1 * * *]", "a: {cron: */5 1 * * *}"])
def test_a_schedule_without_quotes_is_said_to_need_them(text: str) -> None:
    troubles = Troubles()

    parse(f"x: 1\n{text}\n", "f", troubles)

    (problem,) = troubles.problems
    assert str(problem).startswith("f:2:")
    assert str(problem).endswith('a * begins an alias in YAML; quote the value: "*/5 1 * * *"')


def test_nothing_of_a_python_object_is_ever_made(problems: Problems) -> None:
    (found,) = problems("vars: {a: !!python/object/apply:os.system [id]}\n")

    assert found.endswith("is not understood; leave it out")


def test_quoted_text_is_never_nothing() -> None:
    troubles = Troubles()

    node = parse('"null"', "f", troubles)

    assert isinstance(node, Text)
    assert node.quoted


@pytest.mark.field("A7")
@pytest.mark.parametrize("text", ["", "# all\n", "watches:\n", "{}", "x-a: {b: c}\n", "---\n~\n"])
def test_a_file_that_holds_nothing_is_a_problem(text: str, problems: Problems) -> None:
    (said,) = problems(text)

    assert said.startswith("1:1: ")
    assert "holds nothing" in said
    assert "unload" not in said, "it may never have been loaded"


@pytest.mark.parametrize("text", ["watches: {}\n"])
@pytest.mark.case(1)
def test_a_file_without_watches_is_in_order_and_empty(
    text: str, read: Callable[..., object]
) -> None:
    assert read(text).watches == {}  # type: ignore[attr-defined]


def test_a_file_that_is_not_utf8_is_said_with_its_place(problems: Problems, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from overseer.config import ConfigError, load

    path = tmp_path / "latin.yml"
    path.write_bytes(b"watches: {}\nx-a: \xff\n")

    with pytest.raises(ConfigError, match=r"latin\.yml:2:6: not UTF-8; save the file as UTF-8"):
        load([path], check_host=False)


@pytest.mark.field("M5")
@pytest.mark.parametrize("escape", ["\\ud800", "\\d", "\\xzz", "\\U00110000"])
def test_a_bad_escape_is_no_open_quote(escape: str, problems: Problems) -> None:
    (problem,) = problems(f'watches:\n  a:\n    command: "/bin/x {escape}"\n')

    assert problem.startswith("3:")
    assert "a backslash begins an escape between double quotes: write two" in problem
    (unclosed,) = problems('watches:\n  a:\n    command: "/bin/x\n')
    assert unclosed == "3:14: a quote opens here and is not closed"


@pytest.mark.field("M5")
@pytest.mark.parametrize("key", ["[a, b]", "{a: b}", "[]", "{}"])
def test_a_key_that_is_no_word_is_blamed_where_it_stands_and_hides_nothing(
    key: str, problems: Problems
) -> None:
    text = f"watches:\n  a:\n    command: /bin/x\n    ? {key}\n    : 1\n    comand: y\n"

    assert [one for one in problems(text) if "warning" not in one] == [
        "4:7: a key is a word, not a list or a mapping",
        "6:5: a: there is no key comand; did you mean command?",
    ]


@pytest.mark.field("M5")
@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("{command: x, each: [a, b, a], instances: 2}", ["web: each: a is here twice, first at"]),
        ("{command: x, use: {a: b}}", ["web: use: a mapping is not understood; write use: NAME"]),
        ("{command: x, env: []}", ["env: an empty list is not understood"]),
        ("{command: x, env: [a]}", ["env: a list is not understood"]),
        (
            "{command: x, instances: -1, memory: 100, cpu: 50, shell: no}",
            ["web: instances: -1 is not between", "memory: '100'", "cpu: '50'", "shell: 'no'"],
        ),
    ],
)
def test_a_problem_is_said_once_and_hides_no_other(
    definition: str, expected: list[str], problems: Problems
) -> None:
    found = [one for one in problems(f"watches:\n  web: {definition}\n") if "warning" not in one]

    assert len(found) == len(expected)
    assert all(words in one for words, one in zip(expected, found, strict=True))
